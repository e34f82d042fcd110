"""Owns the table of errors: what the caller receives for each, and what is said of a job that cannot start."""

import os
import sys
import tempfile
import unittest

SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../jobtypes/python3/shim")
sys.path.insert(0, SHIM)
sys.path.insert(0, os.path.join(SHIM, "standins"))

from racetrack_client.log.context_error import ContextError
from racetrack_job_wrapper.call_error import call_error
from racetrack_job_wrapper.errors import AlreadyExists, EntityNotFound, UnauthorizedError, ValidationError
from racetrack_job_wrapper.outgoing import HttpError, Response
from racetrack_shim.encode import PydanticSerializationError, encode
from racetrack_shim.failures import failure_of, start_failure

try:
    import fastapi
except ImportError:
    fastapi = None
try:
    import werkzeug.exceptions
except ImportError:
    werkzeug = None

# The code that calls and catches stands in the shim's folder, as the real one does.
_CATCH = """
def caught(function, **arguments):
    try:
        function(**arguments)
    except BaseException as error:
        return error
"""
_namespace = {}
exec(compile(_CATCH, os.path.join(os.path.abspath(SHIM), "racetrack_shim", "calls.py"), "exec"), _namespace)


def failure_from(function, **arguments):
    return failure_of(_namespace["caught"](function, **arguments), True)


def raising(error):
    def perform():
        raise error

    return failure_from(perform)


class FailureTest(unittest.TestCase):
    def check(self, error, status, body, fault):
        failure = raising(error)
        self.assertEqual((failure.status, failure.body.decode(), failure.fault), (status, body, fault))
        return failure

    def test_value_errors_are_the_callers(self):
        failure = self.check(ValueError("nope"), 400, '{"error":"nope","type":"ValueError"}', "caller")
        self.assertEqual((failure.message, failure.cause), ("nope", "ValueError"))
        self.assertRegex(failure.traceback, r"^[^ ]*test_failures\.py:\d+$")
        self.check(ValueError(), 400, '{"error":"","type":"ValueError"}', "caller")

    def test_other_errors_are_the_jobs(self):
        self.check(RuntimeError("boom"), 500, '{"error":"boom","type":"RuntimeError"}', "job")
        self.check(KeyError("k"), 500, '{"error":"\'k\'","type":"KeyError"}', "job")
        self.check(AssertionError(), 500, '{"error":"","type":"AssertionError"}', "job")
        self.check(StopIteration(), 500, '{"error":"","type":"StopIteration"}', "job")

    def test_a_failed_call_of_another_job_keeps_its_status(self):
        def failed(status, headers):
            answer = HttpError(Response("http://g/job", status, "", headers, b'{"type":"KeyError"}'))
            return self.check(call_error("inner", answer), expected, '{"error":"inner","type":"JobCallError"}', fault)

        for status, expected in ((400, 400), (404, 404), (500, 500), (429, 429), (401, 502), (403, 502), (407, 502)):
            fault = "job"
            self.assertEqual(failed(status, {"x-racetrack-fault": "caller"}).headers, [])
        expected, fault = 503, "platform"
        failure = failed(503, {"x-racetrack-fault": "platform", "retry-after": "2"})
        self.assertEqual((failure.headers, failure.message), (["Retry-After", "2"], "inner"))

    def test_arguments_that_do_not_fit_are_the_callers(self):
        def perform(x, y):
            return x

        failure = failure_from(perform, x=1)
        self.assertEqual(failure.status, 400)
        self.assertRegex(
            failure.body.decode(),
            r'^{"error":"failed to call a function: .*perform\(\) missing 1 required positional argument: \'y\'",'
            r'"type":"ValueError"}$',
        )
        self.assertEqual((failure.fault, failure.traceback), ("caller", ""))

    def test_a_type_error_inside_the_job_is_the_jobs(self):
        def perform():
            return 1 + "a"

        failure = failure_from(perform)
        reason = "unsupported operand type(s) for +: 'int' and 'str'"
        text = '{"error":"failed to call a function: %s","type":"ValueError"}' % reason
        self.assertEqual((failure.status, failure.body.decode(), failure.fault), (400, text, "job"))

    def test_a_result_that_cannot_be_encoded_is_the_jobs(self):
        failure = failure_from(lambda: encode(object()))
        text = '{"error":"Unable to serialize unknown type: <class \'object\'>","type":"PydanticSerializationError"}'
        self.assertEqual((failure.status, failure.body.decode(), failure.fault), (400, text, "job"))
        self.assertEqual(failure_of(PydanticSerializationError("x")).fault, "job")
        self.assertEqual(failure_of(ValueError("x"), called=False).fault, "job")

    def test_the_exceptions_with_a_status_of_their_own(self):
        failure = self.check(ValidationError("vv"), 400, '{"error":"vv","type":"ValidationError"}', "caller")
        self.assertEqual(failure.message, "")
        body = '{"error":"ua: details","type":"UnauthorizedError"}'
        failure = self.check(UnauthorizedError("ua", "details"), 401, body, "caller")
        self.assertEqual(failure.message, "ua: details")
        self.check(EntityNotFound("no"), 404, '{"error":"no","type":"EntityNotFound"}', "caller")
        self.check(AlreadyExists("yes"), 409, '{"error":"yes","type":"AlreadyExists"}', "caller")
        special = type("JobNotFound", (EntityNotFound,), {})
        self.check(special("no"), 404, '{"error":"no","type":"JobNotFound"}', "caller")

    def test_the_same_names_from_elsewhere_are_nothing_special(self):
        foreign = type("ValidationError", (Exception,), {"__module__": "jsonschema.exceptions"})
        self.check(foreign("vv"), 500, '{"error":"vv","type":"ValidationError"}', "job")

    def test_a_context_does_not_inherit_the_causes_status(self):
        error = ContextError("doing", ValueError("inner"))
        failure = self.check(error, 500, '{"error":"doing: inner","type":"ContextError"}', "job")
        self.assertEqual(failure.cause, "ValueError")

    def test_chained_errors_show_the_outer_and_log_the_root(self):
        def perform():
            try:
                {}["k"]
            except KeyError as error:
                raise RuntimeError("outer") from error

        failure = failure_from(perform)
        self.assertEqual(failure.body, b'{"error":"outer","type":"RuntimeError"}')
        self.assertEqual(failure.cause, "KeyError")
        self.assertEqual(len(failure.traceback.split(", ")), 2)

    def test_exception_groups_by_their_shape(self):
        class ExceptionGroup(Exception):
            """As the backport for interpreters before 3.11 looks."""

            def __init__(self, message, exceptions):
                super().__init__("%s (%d sub-exceptions)" % (message, len(exceptions)))
                self.exceptions = tuple(exceptions)

        ExceptionGroup = type("ExceptionGroup", (ExceptionGroup, type("BaseExceptionGroup", (Exception,), {})), {})
        body = '{"error":"eg (2 sub-exceptions): a, \'b\'","type":"ExceptionGroup: ValueError, KeyError"}'
        self.check(ExceptionGroup("eg", [ValueError("a"), KeyError("b")]), 500, body, "job")
        self.check(ExceptionGroup("eg", [ValueError("a")]), 500, '{"error":"a","type":"ValueError"}', "job")

    def test_a_job_that_exits(self):
        for error, text in ((SystemExit(3), "3"), (SystemExit(), ""), (SystemExit("bye"), "'bye'")):
            body = '{"error":"the job\'s code called sys.exit(%s)","type":"SystemExit"}' % text
            self.check(error, 500, body, "job")

    def test_an_exception_that_cannot_be_shown(self):
        class Broken(Exception):
            def __str__(self):
                raise RuntimeError("no")

        body = '{"error":"Broken, whose message cannot be shown: RuntimeError","type":"Broken"}'
        self.check(Broken(), 500, body, "job")

    def test_http_exceptions_by_their_shape(self):
        kind = type("HTTPException", (Exception,), {"status_code": 409, "detail": {"a": 1}, "headers": {"X-A": "b"}})
        failure = self.check(kind(), 409, '{"detail":{"a":1}}', "caller")
        self.assertEqual((failure.headers, failure.message), (["X-A", "b"], ""))
        import http.client

        self.check(http.client.HTTPException("x"), 500, '{"error":"x","type":"HTTPException"}', "job")
        kind = type("HTTPException", (Exception,), {"status_code": 204, "detail": "x", "headers": None})
        self.check(kind(), 204, "", "caller")

    def test_http_exceptions_when_fastapi_is_installed(self):
        if fastapi is None:
            self.skipTest("fastapi is not installed")
        failure = self.check(fastapi.HTTPException(403, "x", headers={"A": "b"}), 403, '{"detail":"x"}', "caller")
        self.assertEqual(failure.headers, ["A", "b"])
        self.check(fastapi.HTTPException(503), 503, '{"detail":"Service Unavailable"}', "job")

    def test_http_exceptions_when_werkzeug_is_installed(self):
        if werkzeug is None:
            self.skipTest("werkzeug is not installed")
        self.check(werkzeug.exceptions.Gone("x"), 410, '{"detail":"x"}', "caller")

    def test_a_recursion_has_a_short_traceback(self):
        def perform():
            return perform()

        failure = failure_from(perform)
        self.assertEqual(failure.body.decode()[-25:], '"type":"RecursionError"}'.rjust(25, ","))
        self.assertEqual(len(failure.traceback.split(", ")), 1)


class StartFailureTest(unittest.TestCase):
    def fail_with(self, source):
        """The report of a job file that contains `source`."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "entrypoint.py")
            with open(path, "w") as file:
                file.write(source)
            try:
                exec(compile(source, path, "exec"), {"__name__": "racetrack_job"})
            except BaseException as error:
                failure = start_failure(error)
                failure["error"] = failure["error"].replace(folder, "")
                return failure
        raise AssertionError("nothing was raised")

    def test_the_text_ends_with_the_jobs_own_line(self):
        failure = self.fail_with("\nraise KeyError('no model')\n")
        self.assertRegex(failure["error"], r"^'no model', cause=KeyError, traceback=.*, /entrypoint\.py:2$")
        self.assertEqual(failure["type"], "KeyError")
        self.assertNotIn("hint", failure)

    def test_libraries_below_the_jobs_line_are_left_out(self):
        failure = self.fail_with("import json\n\njson.loads('{')\n")
        self.assertTrue(failure["error"].endswith(", /entrypoint.py:3"), failure["error"])

    def test_the_text_is_one_line(self):
        failure = self.fail_with("raise RuntimeError('a\\n  b')\n")
        self.assertTrue(failure["error"].startswith("a b, cause=RuntimeError, "), failure["error"])

    def test_the_whole_cause_chain_is_told(self):
        failure = self.fail_with("try:\n  1/0\nexcept Exception as e:\n  raise RuntimeError('outer') from e\n")
        self.assertRegex(failure["error"], r"^outer, cause=ZeroDivisionError, .*/entrypoint\.py:4, /entrypoint\.py:2$")

    def test_a_syntax_error_ends_with_its_own_line(self):
        failure = self.fail_with("x = 1\ndef (:\n")
        self.assertRegex(failure["error"], r"cause=SyntaxError, traceback=.*, /entrypoint\.py:2$")

    def test_a_missing_package_is_named(self):
        failure = self.fail_with("\nimport cv2_of_nobody\n")
        self.assertRegex(failure["error"], r"cause=ModuleNotFoundError, .*/entrypoint\.py:2$")
        self.assertIn("pip install cv2_of_nobody;", failure["hint"])
        self.assertIn("requirements.txt", failure["hint"])
        self.assertIn("--install", failure["hint"])

    def test_packages_with_another_name_than_their_module(self):
        for module, package in (("cv2", "opencv-python"), ("sklearn.svm", "scikit-learn"), ("PIL", "Pillow")):
            hint = start_failure(ModuleNotFoundError("No module named %r" % module, name=module))["hint"]
            self.assertIn("pip install %s;" % package, hint)

    def test_a_missing_part_of_an_installed_package(self):
        failure = self.fail_with("import json.nothing\n")
        self.assertIn("json is installed but has no module json.nothing", failure["hint"])

    def test_a_missing_name(self):
        failure = self.fail_with("from json import nothing\n")
        self.assertIn("cannot import name 'nothing'", failure["error"])
        self.assertIn("the installed version of json", failure["hint"])

    def test_a_missing_file(self):
        failure = self.fail_with("open('no-such-model.bin')\n")
        self.assertIn(os.getcwd(), failure["hint"])
        failure = self.fail_with("open('/no-such-folder/model.bin')\n")
        self.assertIn("/no-such-folder/model.bin does not exist", failure["hint"])

    def test_a_missing_environment_variable(self):
        failure = self.fail_with("import os\nos.environ['NO_SUCH_VARIABLE']\n")
        self.assertTrue(failure["error"].endswith("/entrypoint.py:2"), failure["error"])
        self.assertIn("NO_SUCH_VARIABLE", failure["hint"])

    def test_a_constructor_that_exits(self):
        failure = self.fail_with("import sys\nsys.exit(1)\n")
        self.assertTrue(failure["error"].startswith("the job's code called sys.exit(1), cause=SystemExit, "))


if __name__ == "__main__":
    unittest.main()
