"""Owns the behaviour of the stand-in modules: what existing jobs import, and the chain calls that they make."""

import asyncio
import contextlib
import dataclasses
import http.server
import importlib
import json
import os
import socket
import sys
import tempfile
import threading
import time
import typing
import unittest
from unittest import mock

SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../jobtypes/python3/shim")
sys.path.insert(0, SHIM)
sys.path.insert(0, os.path.join(SHIM, "standins"))

from racetrack_job_wrapper.call import JobCallError, async_job_call, call_job, call_job_coroutine
from racetrack_job_wrapper.endpoint_config import EndpointConfig
from racetrack_job_wrapper.entrypoint import JobEntrypoint
from racetrack_job_wrapper.recordkeeper import read_predecessor_id, remember_predecessor_id
from racetrack_job_wrapper.utils.datamodel import convert_to_json, parse_dict_datamodel, to_serializable
from racetrack_job_wrapper.utils.quantity import Quantity
from racetrack_shim.context import attach, enter


class Gateway(http.server.BaseHTTPRequestHandler):
    """Answers as the gateway would; the server keeps what it was asked."""

    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, dict((k.lower(), v) for k, v in self.headers.items()), body))
        status, body, headers = self.server.answers.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = handle_any

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def gateway(*answers):
    """A gateway with these answers, and the environment that leads a job to it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.seen, server.answers = [], [answer + ({},) * (3 - len(answer)) for answer in answers]
    server.url = "http://127.0.0.1:%d/pub" % server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        with environment(PUB_URL=server.url):
            yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def environment(**changes):
    values = {"JOB_NAME": "sample", "PUB_URL": "http://127.0.0.1:1/pub", "AUTH_TOKEN": "secret", "no_proxy": "*"}
    values.update(changes)
    return mock.patch.dict(os.environ, values, clear=True)


def job_answering(deadline=None, **headers):
    """A job in the middle of a request with these headers; `deadline` is in Unix seconds."""
    job = type("Job", (), {})()
    attach(job)
    flat = [text for pair in headers.items() for text in (pair[0].replace("_", "-"), pair[1])]
    meta = {"headers": flat} if deadline is None else {"headers": flat, "deadline": deadline * 1000}
    enter(json.dumps(meta).encode(), 1)
    return job


class CallJobTest(unittest.TestCase):
    def test_a_call_and_its_answer(self):
        with gateway((200, b"42.7")) as server:
            answer = call_job(object(), "adder", payload={"numbers": [40, 2.7]})
        self.assertEqual(answer, 42.7)
        method, path, headers, body = server.seen[0]
        self.assertEqual((method, path), ("POST", "/pub/job/adder/latest/api/v1/perform"))
        self.assertEqual(body, b'{"numbers":[40,2.7]}')
        self.assertEqual((headers["x-racetrack-auth"], headers["content-type"]), ("secret", "application/json"))

    def test_method_path_version_and_no_payload(self):
        with gateway((200, b"null")) as server:
            self.assertIsNone(call_job(object(), "adder", "/api/v1/a b?q=1", version="1.0.*", method="get"))
        method, path, headers, body = server.seen[0]
        self.assertEqual((method, path, body), ("GET", "/pub/job/adder/1.0.*/api/v1/a%20b?q=1", b""))
        self.assertNotIn("content-type", headers)

    def test_the_marks_of_the_current_request_are_passed_on(self):
        job = job_answering(X_Request_Tracing_Id="tid", traceparent="00-ab-cd-01", X_Recordkeeper_Predecessor_Id="p1")
        with gateway((200, b"1"), (200, b"1")) as server:
            call_job(job, "adder", payload={})
            remember_predecessor_id(job, "p2")
            with mock.patch.dict(os.environ, {"CALLER_NAME_HEADER": "X-Who", "REQUEST_TRACING_HEADER": "X-Trace"}):
                call_job(job, "adder", payload={})
        first, second = server.seen[0][2], server.seen[1][2]
        self.assertEqual((first["x-request-tracing-id"], first["x-caller-name"]), ("tid", ""))
        self.assertEqual((first["traceparent"], first["x-recordkeeper-predecessor-id"]), ("00-ab-cd-01", "p1"))
        self.assertEqual((second["x-trace"], second["x-who"]), ("", ""))
        self.assertEqual(second["x-recordkeeper-predecessor-id"], "p2")

    def test_an_error_of_the_callee(self):
        with gateway((500, b'{"error":"inner boom"}')) as server, self.assertRaises(RuntimeError) as caught:
            call_job(object(), "fail", payload={})
        url = server.url + "/job/fail/latest/api/v1/perform"
        self.assertEqual(
            str(caught.exception),
            "failed to call job \"fail latest\" by sample: Server error '500 Internal Server Error' for url '%s'\n"
            "For more information check: https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/500: "
            '{"error":"inner boom"}' % url,
        )

    def test_errors_of_the_caller_and_redirects_are_errors_too(self):
        with gateway((404, b"no"), (307, b"", {"Location": "/x"})):
            with self.assertRaisesRegex(RuntimeError, "Client error '404 Not Found' for url"):
                call_job(object(), "a", payload={})
            with self.assertRaisesRegex(RuntimeError, "Redirect response '307 .*' for .*\nRedirect location: '/x'\n"):
                call_job(object(), "a", payload={})

    def failed_call(self, *answer):
        with gateway(answer), self.assertRaises(JobCallError) as caught:
            call_job(object(), "model", payload={})
        return caught.exception

    def test_an_error_tells_what_the_callee_said(self):
        body = b'{"error":"no route","type":"ValueError"}'
        error = self.failed_call(400, body, {"X-Racetrack-Fault": "caller"})
        self.assertEqual((error.status, error.type, error.fault), (400, "ValueError", "job"))
        self.assertEqual(error.body, {"error": "no route", "type": "ValueError"})
        error = self.failed_call(503, b"busy", {"X-Racetrack-Fault": "platform", "Retry-After": "7"})
        self.assertEqual((error.status, error.type, error.body), (503, None, "busy"))
        self.assertEqual((error.fault, error.retry_after), ("platform", "7"))

    def test_an_answer_that_is_neither_success_nor_error_is_a_bad_gateway(self):
        for answer in ((307, b"", {"Location": "/x"}), (200, b"<html>"), (999, b"")):
            self.assertEqual(self.failed_call(*answer).status, 502)

    def test_an_answer_that_breaks_off_is_a_bad_gateway(self):
        def answer(listener):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12")

        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            threading.Thread(target=answer, args=(listener,), daemon=True).start()
            with environment(PUB_URL="http://127.0.0.1:%d" % listener.getsockname()[1]):
                with self.assertRaisesRegex(JobCallError, "the answer broke off") as caught:
                    call_job(object(), "adder")
        self.assertEqual((caught.exception.status, caught.exception.fault), (502, "platform"))

    def test_the_time_that_is_left_is_passed_on(self):
        job = job_answering(deadline=time.time() + 1000)
        with gateway((200, b"1")) as server:
            call_job(job, "adder", payload={})
        sent = server.seen[0][2]["x-request-timeout"]
        self.assertRegex(sent, r"^\d+\.\d{3}$")
        self.assertTrue(900 < float(sent) <= 1000)
        with gateway((200, b"1")) as server:
            call_job(job_answering(), "adder", payload={})
        self.assertNotIn("x-request-timeout", server.seen[0][2])

    def test_without_time_nothing_is_sent(self):
        for call in (call_job, async_job_call):
            with gateway() as server, self.assertRaisesRegex(JobCallError, "sample: no time is left") as caught:
                call(job_answering(deadline=time.time() - 1), "adder", payload={})
            self.assertEqual((caught.exception.status, caught.exception.fault, server.seen), (504, "job", []))

    def test_what_is_missing_in_the_environment(self):
        for name, text in (
            ("JOB_NAME", "None: JOB_NAME env var is not set"),
            ("PUB_URL", "sample: PUB_URL env var is not set"),
            ("AUTH_TOKEN", "sample: 'AUTH_TOKEN'"),
        ):
            with environment(), self.assertRaises(RuntimeError) as caught:
                del os.environ[name]
                call_job(object(), "adder")
            self.assertEqual(str(caught.exception), 'failed to call job "adder latest" by ' + text)

    def test_nobody_listens(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            with environment(PUB_URL="http://127.0.0.1:%d" % unused.getsockname()[1]):
                with self.assertRaises(JobCallError) as caught:
                    call_job(object(), "adder")
        self.assertEqual(
            str(caught.exception), 'failed to call job "adder latest" by sample: [Errno 111] Connection refused'
        )
        self.assertEqual((caught.exception.status, caught.exception.fault), (502, "platform"))

    def test_nobody_answers(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            with environment(PUB_URL="http://127.0.0.1:%d" % silent.getsockname()[1]):
                with self.assertRaisesRegex(JobCallError, "by sample: timed out$") as caught:
                    call_job(object(), "adder", timeout=0.05)
                self.assertEqual((caught.exception.status, caught.exception.fault), (504, "job"))
                with self.assertRaisesRegex(JobCallError, "by sample: timed out$"):
                    call_job(job_answering(deadline=time.time() + 0.05), "adder", timeout=None)

    def test_coroutines(self):
        async def both():
            calls = [call_job_coroutine(object(), "adder", payload={"n": n}) for n in (1, 2)]
            return await asyncio.gather(*calls)

        with gateway((200, b"7"), (200, b"7")) as server:
            self.assertEqual(asyncio.run(both()), [7, 7])
        self.assertEqual(sorted(body for _, _, _, body in server.seen), [b'{"n":1}', b'{"n":2}'])
        with gateway((500, b"x")), self.assertRaisesRegex(RuntimeError, "/Status/500: x$"):
            asyncio.run(call_job_coroutine(object(), "adder"))

    def test_asynchronous_calls_poll_until_the_result_is_there(self):
        with gateway((200, b'{"task_id":"t1"}'), (202, b""), (408, b""), (504, b""), (200, b'{"a":1}')) as server:
            self.assertEqual(async_job_call(object(), "slow", payload={"x": 1}), {"a": 1})
        self.assertEqual(server.seen[0][:2], ("POST", "/pub/async/new/job/slow/latest/api/v1/perform"))
        self.assertEqual(server.seen[4][:2], ("GET", "/pub/async/task/t1/poll"))
        self.assertNotIn("x-racetrack-auth", server.seen[4][2])
        with gateway((200, b'{"task_id":"t1"}'), (404, b"")):
            with self.assertRaisesRegex(RuntimeError, r"by sample: Response error: <Response \[404 Not Found\]>$"):
                async_job_call(object(), "slow")


class EntrypointTest(unittest.TestCase):
    def test_what_is_only_inherited_is_absent(self):
        class Job(JobEntrypoint):
            def perform(self):
                return 1

            def auxiliary_endpoints_v2(self):
                return [EndpointConfig("/x", "GET", self.perform)]

        job = Job()
        self.assertEqual(job.perform(), 1)
        self.assertFalse(hasattr(job, "auxiliary_endpoints"))
        self.assertFalse(hasattr(Job, "metrics"))
        self.assertEqual(job.auxiliary_endpoints_v2()[0].other_options, {})

    def test_overriding_methods_reach_the_default_with_super(self):
        class Job(JobEntrypoint):
            def metrics(self):
                return super().metrics() + [1]

        class Grandchild(Job):
            pass

        self.assertEqual(Job().metrics(), [1])
        self.assertEqual(Grandchild().metrics(), [1])

    def test_endpoint_configs_by_position_and_by_name(self):
        config = EndpointConfig("/x", "POST", len, {"tags": ["a"]})
        self.assertEqual(config, EndpointConfig(path="/x", method="POST", handler=len, other_options={"tags": ["a"]}))


class ImportsTest(unittest.TestCase):
    def test_the_former_names_give_the_same_objects(self):
        for package in ("job_wrapper", "fatman_wrapper"):
            self.assertIs(importlib.import_module(package).JobEntrypoint, JobEntrypoint)
            self.assertIs(importlib.import_module(package + ".entrypoint").JobEntrypoint, JobEntrypoint)
            self.assertIs(importlib.import_module(package + ".call").call_job, call_job)
        self.assertIs(importlib.import_module("fatman_wrapper.entrypoint").FatmanEntrypoint, JobEntrypoint)

    def test_the_clients_modules_give_the_same_objects(self):
        log = ["log.logs", "log.exception", "log.errors", "log.context_error"]
        for name in log + ["utils.env", "utils.datamodel", "utils.quantity"]:
            own = importlib.import_module("racetrack_job_wrapper." + name)
            same = importlib.import_module("racetrack_client." + name)
            for member in vars(own):
                if not member.startswith("_"):
                    self.assertIs(getattr(same, member), getattr(own, member))

    def test_other_modules_come_from_the_installed_client(self):
        with tempfile.TemporaryDirectory() as folder:
            for package in ("racetrack_client", "racetrack_client/utils"):
                os.mkdir(os.path.join(folder, package))
                open(os.path.join(folder, package, "__init__.py"), "w").close()
            with open(os.path.join(folder, "racetrack_client/utils/semver.py"), "w") as file:
                file.write("FOUND = True\n")
            kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith("racetrack_client")}
            sys.path.append(folder)
            try:
                self.assertTrue(importlib.import_module("racetrack_client.utils.semver").FOUND)
            finally:
                sys.path.remove(folder)
                sys.modules.update(kept)

    def test_importing_the_base_class_imports_nothing_heavy(self):
        import subprocess

        code = "import sys, racetrack_job_wrapper.entrypoint; heavy = {'logging', 'typing', 'urllib', 'inspect'}; "
        code += "print(sorted(heavy & set(sys.modules)))"
        path = os.path.join(SHIM, "standins")
        done = subprocess.run([sys.executable, "-S", "-c", code], env={"PYTHONPATH": path}, stdout=subprocess.PIPE)
        self.assertEqual(done.stdout.strip(), b"[]")

    def test_serving_from_code_says_what_to_do_instead(self):
        from racetrack_job_wrapper.standalone import serve_job_class, serve_job_instance

        for function, argument in ((serve_job_class, Point), (serve_job_instance, Point(1))):
            with self.assertRaisesRegex(RuntimeError, "racetrack-wrapper run .*test_standins.py Point$"):
                function(argument)


@dataclasses.dataclass
class Point:
    x: int


@dataclasses.dataclass
class Git:
    remote: str
    branch: typing.Optional[str] = None


@dataclasses.dataclass
class Resources:
    memory: typing.Optional[Quantity] = None


@dataclasses.dataclass
class Manifest:
    name: str
    git: Git
    resources: typing.Optional[Resources] = None
    labels: typing.List[str] = dataclasses.field(default_factory=list)
    origin: typing.Optional[str] = dataclasses.field(default=None, metadata={"exclude": True})


class HelpersTest(unittest.TestCase):
    def test_nested_dataclasses_there_and_back(self):
        manifest = Manifest("adder", Git("url", "master"), Resources(Quantity("1G")), ["a", "b"], "hidden")
        plain = {
            "name": "adder",
            "git": {"remote": "url", "branch": "master"},
            "resources": {"memory": "1G"},
            "labels": ["a", "b"],
        }
        self.assertEqual(to_serializable(manifest), plain)
        parsed = parse_dict_datamodel(plain, Manifest)
        self.assertEqual(to_serializable(parsed), plain)
        self.assertIsInstance(parsed.resources.memory, Quantity)
        bare = Manifest("adder", Git("url"))
        self.assertEqual(parse_dict_datamodel(to_serializable(bare), Manifest), bare)
        self.assertEqual(json.loads(convert_to_json(bare)), {"name": "adder", "git": {"remote": "url"}, "labels": []})

    def test_unknown_members_are_errors(self):
        with self.assertRaisesRegex(KeyError, 'unexpected field "z"'):
            parse_dict_datamodel({"x": 1, "z": 2}, Point)

    def test_quantities(self):
        self.assertEqual(Quantity("1Ki").plain_number, 1024)
        self.assertEqual(Quantity("1000m"), Quantity("1"))
        self.assertLess(Quantity("100M"), Quantity("100Mi"))
        self.assertEqual(str(Quantity("100Mi") / 2), "50Mi")
        for text in ("-1", "Mi", "1 X", "1Q"):
            with self.assertRaises(ValueError):
                Quantity(text)

    def test_contexts(self):
        from racetrack_client.log.context_error import ContextError, unwrap, wrap_context

        with self.assertRaises(ContextError) as caught:
            with wrap_context("starting"):
                with wrap_context("loading"):
                    raise KeyError("x")
        self.assertEqual(str(caught.exception), "starting: loading: 'x'")
        self.assertIsInstance(unwrap(caught.exception), KeyError)

    def test_logging(self):
        from racetrack_client.log.exception import log_exception, short_exception_details
        from racetrack_client.log.logs import configure_logs, get_logger

        configure_logs(log_level="debug")
        self.assertEqual(get_logger("job").name, "racetrack.job")
        try:
            raise ValueError("50% done")
        except ValueError as error:
            self.assertRegex(short_exception_details(error), r"^50% done, cause=ValueError, traceback=.*\.py:\d+$")
            with self.assertLogs("racetrack") as logs:
                log_exception(error)
        self.assertEqual(logs.records[0].getMessage(), "50% done")
        self.assertEqual(logs.records[0].cause, "ValueError")

    def test_the_predecessor_outside_of_a_request(self):
        self.assertIsNone(read_predecessor_id(object()))
        remember_predecessor_id(object(), "p")


if __name__ == "__main__":
    unittest.main()
