"""Binds requests to v2 handlers and compares with what FastAPI answered to the same requests (bind_cases.json)."""

import datetime
import json
import os
import sys
import types
import unittest
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Union

import shim_path
from handlers import Point, handlers_with
from markers import FakeMarkers

from racetrack_shim.bind import PlanError, plan_handler
from racetrack_shim.bodies import Body
from racetrack_shim.calls import BadBody, Unprocessable

CASES = os.path.join(os.path.dirname(__file__), "bind_cases.json")
JSON = ["Content-Type", "application/json; charset=utf-8"]
HANDLERS = handlers_with(FakeMarkers)


def answer_of(case):
    """What the binding makes of a recorded request, in the form of the recorded answer."""
    path = "/h/{path}" if "value" in case else "/h"
    plan = plan_handler(HANDLERS[case["handler"]], path, "POST", {})
    params = {"path": case["value"]} if "value" in case else {}
    headers = case.get("headers", ["content-type", "application/json"])
    try:
        arguments = plan.bind(params, case.get("query", ""), headers, Body(case.get("body", "").encode()))
    except Unprocessable as error:
        return {"detail": error.errors}
    return {"arguments": {name: repr(value) for name, value in arguments.items()}}


def plan(func, path="/h", components=None):
    return plan_handler(func, path, "POST", {} if components is None else components)


def framework_class(name, module="starlette.requests", **members):
    return type(name, (), dict(members, __module__=module))


class RecordedAnswers(unittest.TestCase):
    def test_every_recorded_request_gets_the_recorded_answer(self):
        with open(CASES, encoding="utf-8") as file:
            cases = json.load(file)
        self.assertGreaterEqual(len(cases), 90)
        for case in cases:
            with self.subTest(case={key: value for key, value in case.items() if key != "answer"}):
                self.assertEqual(answer_of(case), case["answer"])


class Bodies(unittest.TestCase):
    def test_a_body_without_content_type_is_taken_for_json(self):
        self.assertEqual(plan(HANDLERS["whole_list"]).bind({}, "", [], Body(b"[1]")), {"items": [1]})

    def test_a_body_that_is_no_text_cannot_be_read(self):
        with self.assertRaises(BadBody):
            plan(HANDLERS["whole_list"]).bind({}, "", JSON, Body(b'["\xff"]'))

    def test_a_body_nested_too_deeply_cannot_be_read(self):
        with self.assertRaises(BadBody):
            plan(HANDLERS["any_body"]).bind({}, "", JSON, Body(b"[" * 100000))

    def test_a_broken_multipart_body_cannot_be_read(self):
        for body in (b"", b"--XX\r\n", b"--XX\r\n\r\nno name\r\n--XX--\r\n", b"nothing"):
            with self.subTest(body=body), self.assertRaises(BadBody):
                plan(HANDLERS["form"]).bind({}, "", ["content-type", "multipart/form-data; boundary=XX"], Body(body))

    def test_a_refused_binary_body_is_shown_as_text(self):
        with self.assertRaises(Unprocessable) as caught:
            plan(HANDLERS["plain_dict"]).bind({}, "", ["content-type", "text/plain"], Body(b"a\xff"))
        self.assertEqual(caught.exception.errors[0]["input"], "a\ufffd")

    def test_files_become_the_upload_class_that_the_job_brings(self):
        class UploadFile:
            __module__ = "starlette.datastructures"

            def __init__(self, file, size=None, filename=None, headers=None):
                self.file, self.size, self.filename, self.headers = file, size, filename, headers

        def handler(file: UploadFile, more: Optional[List[UploadFile]] = None): ...

        head = (
            b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: image/png\r\n\r\n'
        )
        content = bytes(range(256)) + b"\r\n--X"
        made = plan(handler)
        headers = ["content-type", "multipart/form-data; boundary=XX"]
        arguments = made.bind({}, "", headers, Body(head + content + b"\r\n--XX--\r\n"))
        upload = arguments["file"]
        self.addCleanup(upload.file.close)
        self.assertEqual((upload.filename, upload.size, upload.file.read()), ("a.bin", len(content), content))
        self.assertEqual(upload.headers["content-type"], "image/png")
        self.assertIsNone(arguments["more"])
        self.assertEqual(made.bodyMediaType, "multipart/form-data")
        self.assertEqual(made.body["required"], ["file"])

    def test_text_in_place_of_a_file_is_refused(self):
        upload = framework_class("UploadFile", "fastapi.datastructures")

        def handler(file: upload): ...

        body = b'--XX\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--XX--\r\n'
        with self.assertRaises(Unprocessable) as caught:
            plan(handler).bind({}, "", ["content-type", "multipart/form-data; boundary=XX"], Body(body))
        self.assertEqual(caught.exception.errors[0]["loc"], ["body", "file"])


class Parameters(unittest.TestCase):
    def test_defaults_are_fresh_for_every_call(self):
        handler = HANDLERS["aliased"]
        first = plan(handler).bind({}, "the-a=1", [], Body(b""))["tags"]
        first.append("changed")
        self.assertEqual(plan(handler).bind({}, "the-a=1", [], Body(b""))["tags"], ["t"])

    def test_a_parameter_of_the_request_class_receives_the_request(self):
        request_class = framework_class("Request")

        def handler(request: request_class, a: int = 1): ...

        given = object()
        self.assertEqual(plan(handler).bind({}, "a=2", [], Body(b""), request=given), {"request": given, "a": 2})

    def test_bound_methods_and_spread_parameters(self):
        class Job:
            def handler(self, a: int, *args, **kwargs): ...

        self.assertEqual(plan(Job().handler).bind({}, "a=2&kwargs=3", [], Body(b"")), {"a": 2})

    def test_a_path_segment_with_a_converter(self):
        def handler(rest: str): ...

        made = plan(handler, "/files/{rest:path}")
        self.assertEqual(made.bind({"rest": "a/b"}, "", [], Body(b"")), {"rest": "a/b"})
        self.assertEqual(made.request, [{"name": "rest", "in": "path", "required": True, "schema": {"type": "string"}}])

    def test_annotations_in_text_are_resolved(self):
        space = {}
        exec("from typing import *\ndef handler(a: 'int', b: 'List[Nowhere]' = 5): ...", space)
        self.assertEqual(plan(space["handler"]).bind({}, "a=1&b=x", [], Body(b"")), {"a": 1, "b": "x"})

    @unittest.skipIf(sys.version_info < (3, 9), "typing.Annotated came with Python 3.9")
    def test_markers_and_limits_in_annotated_since_python_3_9(self):
        from typing import Annotated

        limit = types.SimpleNamespace(ge=3)
        named = Annotated[int, FakeMarkers.Query(alias="n", le=9), limit]

        def handler(count: named = 5, inner: Annotated[Optional[int], limit] = None): ...

        made = plan(handler)
        self.assertEqual(made.bind({}, "n=7", [], Body(b"")), {"count": 7, "inner": None})
        self.assertEqual(made.request[0]["schema"], {"type": "integer", "minimum": 3, "maximum": 9, "default": 5})
        with self.assertRaises(Unprocessable) as caught:
            made.bind({}, "n=10&inner=2", [], Body(b""))
        self.assertEqual(
            [error["type"] for error in caught.exception.errors], ["less_than_equal", "greater_than_equal"]
        )
        self.assertEqual([error["loc"] for error in caught.exception.errors], [["query", "n"], ["query", "inner"]])

    def test_a_class_derived_from_a_marker_counts(self):
        derived = type("Mine", (FakeMarkers.Header,), {"__module__": "job"})

        def handler(api_key: str = derived()): ...

        self.assertEqual(plan(handler).bind({}, "", ["API-Key", "k"], Body(b"")), {"api_key": "k"})

    def test_what_only_fastapi_can_give_is_refused_with_a_reason(self):
        response = framework_class("Response", "starlette.responses")

        def depends(a=FakeMarkers.Depends(print)): ...

        def responds(response: response): ...

        def searches(point: Point = FakeMarkers.Query()): ...

        for handler, words in ((depends, "Depends()"), (responds, "Response"), (searches, "from the query")):
            with self.subTest(words=words), self.assertRaises(PlanError) as caught:
                plan(handler)
            self.assertTrue(str(caught.exception).startswith("POST /h: parameter '"))
            self.assertIn(words, str(caught.exception))


class Classes(unittest.TestCase):
    def test_a_failing_post_init_is_the_callers_fault_when_it_is_a_value_error(self):
        @dataclass
        class Even:
            n: int

            def __post_init__(self):
                if self.n % 2:
                    raise ValueError("odd")
                if self.n == 0:
                    raise RuntimeError("broken")

        def handler(even: Even): ...

        with self.assertRaises(Unprocessable) as caught:
            plan(handler).bind({}, "", JSON, Body(b'{"n": 1}'))
        expected = {
            "type": "value_error",
            "loc": ["body"],
            "msg": "Value error, odd",
            "input": {"n": 1},
            "ctx": {"error": {}},
        }
        self.assertEqual(caught.exception.errors, [expected])
        with self.assertRaises(RuntimeError):
            plan(handler).bind({}, "", JSON, Body(b'{"n": 0}'))

    def test_a_class_may_contain_itself(self):
        made = plan(node_handler)
        body = b'{"value": "1", "next": {"value": 2, "next": {"value": "x"}}}'
        with self.assertRaises(Unprocessable) as caught:
            made.bind({}, "", JSON, Body(body))
        self.assertEqual(caught.exception.errors[0]["loc"], ["body", "next", "next", "value"])

    def test_a_pydantic_model_checks_itself_and_its_errors_are_moved(self):
        class Refused(ValueError):
            def errors(self):
                row = {
                    "type": "t",
                    "loc": ("a", 0),
                    "msg": "m",
                    "input": 1,
                    "url": "u",
                    "ctx": {"error": ValueError("x")},
                }
                return [row]

        class Model:
            @classmethod
            def model_validate(cls, value, from_attributes):
                if value != {"a": 1}:
                    raise Refused()
                return "the model"

            @classmethod
            def model_json_schema(cls, ref_template):
                return {"type": "object", "title": "Model"}

        def handler(model: Model): ...

        components = {}
        made = plan(handler, components=components)
        self.assertEqual(made.body, {"$ref": "#/components/schemas/Model"})
        self.assertEqual(components, {"Model": {"type": "object", "title": "Model"}})
        self.assertEqual(made.bind({}, "", JSON, Body(b'{"a": 1}')), {"model": "the model"})
        with self.assertRaises(Unprocessable) as caught:
            made.bind({}, "", JSON, Body(b"{}"))
        expected = {"type": "t", "loc": ["body", "a", 0], "msg": "m", "input": 1, "ctx": {"error": {}}}
        self.assertEqual(caught.exception.errors, [expected])


class Descriptions(unittest.TestCase):
    def test_request_parameters_and_a_single_body(self):
        made = plan(HANDLERS["multiply"], "/multiply/{path}")
        number = {"type": "number"}
        expected = [
            {"name": "path", "in": "path", "required": True, "schema": number},
            {"name": "query", "in": "query", "required": True, "schema": number},
        ]
        self.assertEqual(made.request, expected)
        self.assertEqual((made.body, made.bodyRequired, made.response), (number, True, number))

    def test_several_bodies_are_one_object(self):
        made = plan(HANDLERS["two_bodies"])
        properties = {"x": {"type": "number"}, "y": {"type": "number", "default": 2.0}}
        self.assertEqual(
            made.body, {"title": "Body_two_bodies", "type": "object", "properties": properties, "required": ["x"]}
        )

    def test_without_a_body(self):
        made = plan(HANDLERS["bare"])
        self.assertEqual((made.body, made.bodyRequired, made.response, made.streaming), (None, False, None, False))

    def test_limits_and_descriptions_of_markers(self):
        def handler(
            n: int = FakeMarkers.Query(5, ge=1, description="how many"),
            hidden: int = FakeMarkers.Query(1, include_in_schema=False),
        ): ...

        row = {"name": "n", "in": "query", "required": False, "description": "how many"}
        self.assertEqual(plan(handler).request, [dict(row, schema={"type": "integer", "minimum": 1, "default": 5})])


class Shapes(unittest.TestCase):
    def check(self, annotation, value, expected):
        def handler() -> annotation: ...

        shaped = plan(handler).shape(value)
        self.assertEqual((shaped, type(shaped)), (expected, type(expected)))

    def test_results_take_the_promised_type(self):
        self.check(float, 4, 4.0)
        self.check(int, "5", 5)
        self.check(bool, 1, True)
        self.check(Dict[str, List[float]], {"a": [1, "2"]}, {"a": [1.0, 2.0]})
        self.check(Optional[float], None, None)
        self.check(Union[int, str], "7", "7")
        self.check(Point, {"x": "1", "extra": 2}, Point(1, 1.0))
        self.check(datetime.date, "2020-01-02", datetime.date(2020, 1, 2))

    def test_results_that_do_not_fit_stay_as_they_are(self):
        self.check(str, 5, 5)
        self.check(List[float], "ab", "ab")
        self.check(Any, 4, 4)
        self.check(None, 4, 4)

    def test_iterators_and_unknown_classes_pass(self):
        items = iter([1])

        def handler() -> Iterator[float]: ...

        made = plan(handler)
        self.assertIs(made.shape(items), items)
        self.assertTrue(made.streaming)
        self.assertEqual(made.response, {"type": "array", "items": {"type": "number"}})

    def test_without_annotation_nothing_changes(self):
        self.assertEqual(repr(plan(HANDLERS["bare"]).shape(4)), "4")

    def test_the_routes_response_model_wins_over_the_annotation(self):
        def handler() -> int: ...

        made = plan_handler(handler, "/h", "GET", {}, {"response_model": float})
        self.assertEqual(repr(made.shape(4)), "4.0")


@dataclass
class Node:
    value: int
    next: "Optional[Node]" = None


def node_handler(node: Node): ...


if __name__ == "__main__":
    unittest.main()
