"""Owns the table of results: what each value becomes on the wire, and which responses are taken as they are."""

import asyncio
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import importlib
import os
import pathlib
import sys
import threading
import typing
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../jobtypes/python3/shim"))

from racetrack_shim.encode import PydanticSerializationError, Reply, encode, is_stream, reply_of


def optional(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


numpy, pandas, pydantic, fastapi, flask = map(optional, ("numpy", "pandas", "pydantic", "fastapi", "flask"))


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Mode(str, enum.Enum):
    FAST = "fast"


@dataclasses.dataclass
class Point:
    a: int
    b: typing.Optional[int] = None
    secret: str = dataclasses.field(default="s", metadata={"exclude": True})
    kind: typing.ClassVar[str] = "point"


class Quantity:
    def __init__(self, text):
        self.text = text

    def __to_json__(self):
        return self.text


class EncodeTest(unittest.TestCase):
    def check(self, value, text):
        self.assertEqual(encode(value).decode(), text)

    def refused(self, value, kind):
        with self.assertRaises(PydanticSerializationError) as caught:
            encode(value)
        self.assertEqual(str(caught.exception), "Unable to serialize unknown type: <class '%s'>" % kind)
        self.assertIsInstance(caught.exception, ValueError)

    def test_atoms(self):
        self.check(None, "null")
        self.check(True, "true")
        self.check("héllo", '"héllo"')
        self.check(42, "42")
        self.check(42.0, "42.0")
        self.check(0.1 + 0.2, "0.30000000000000004")
        self.check('say "null":', '"say \\"null\\":"')
        self.check(10**30, "1" + "0" * 30)

    def test_json_is_compact(self):
        self.check({"a": [1, {"b": None}], "c": "d"}, '{"a":[1,{"b":null}],"c":"d"}')

    def test_nan_and_infinities_are_null_wherever_they_stand(self):
        for value in (float("nan"), float("inf"), float("-inf")):
            self.check(value, "null")
            self.check({"a": [1.5, value, (value,)]}, '{"a":[1.5,null,[null]]}')

    def test_collections_become_arrays(self):
        self.check((1, 2), "[1,2]")
        self.check({3}, "[3]")
        self.check(frozenset([3]), "[3]")
        self.check(collections.deque([1, 2]), "[1,2]")
        self.check((number for number in (1, 2)), "[1,2]")
        self.check({"a": 1}.keys(), '["a"]')
        self.check(map(str, [1]), '["1"]')
        self.check(collections.namedtuple("Pair", "x y")(1, 2), "[1,2]")
        self.check(collections.OrderedDict(a=1), '{"a":1}')

    def test_a_generator_beside_a_nan_is_read_once(self):
        self.check({"a": (number for number in (1, 2)), "b": float("nan")}, '{"a":[1,2],"b":null}')

    def test_keys(self):
        self.check({1: "a", None: "b"}, '{"1":"a","None":"b"}')
        self.check({True: 1, 1.5: 2, "null": 3}, '{"true":1,"1.5":2,"null":3}')
        self.check({Colour.RED: 1, Level.HIGH: 2, b"x": 3}, '{"red":1,"3":2,"x":3}')
        self.check({datetime.date(2020, 1, 2): 1, (1, "a"): 2}, '{"2020-01-02":1,"1,a":2}')
        self.check({float("nan"): 1}, '{"nan":1}')

    def test_text_forms(self):
        self.check(b"abc", '"abc"')
        self.check(bytearray(b"abc"), '"abc"')
        self.check(decimal.Decimal("1.10"), '"1.10"')
        self.check(uuid.UUID(int=5), '"00000000-0000-0000-0000-000000000005"')
        self.check(pathlib.Path("/a/b"), '"/a/b"')
        self.check(fractions.Fraction(1, 3), '"1/3"')
        self.check(datetime.datetime(2020, 1, 2, 3, 4, 5), '"2020-01-02T03:04:05"')
        self.check(datetime.date(2020, 1, 2), '"2020-01-02"')
        self.check(datetime.time(1, 2, 3), '"01:02:03"')

    def test_durations_are_iso_8601(self):
        for delta, text in (
            (dict(seconds=90), "PT1M30S"),
            (dict(), "PT0S"),
            (dict(days=1, hours=1), "P1DT1H"),
            (dict(days=400), "P1Y35D"),
            (dict(seconds=-90), "-PT1M30S"),
            (dict(milliseconds=1500), "PT1.5S"),
            (dict(microseconds=-1), "-PT0.000001S"),
        ):
            self.check(datetime.timedelta(**delta), '"%s"' % text)

    def test_enums(self):
        self.check([Colour.RED, Level.HIGH, Mode.FAST], '["red",3,"fast"]')

    def test_dataclasses_without_excluded_fields(self):
        self.check(Point(1), '{"a":1,"b":null}')
        self.check([{"at": Point(1, 2)}], '[{"at":{"a":1,"b":2}}]')

    def test_objects_with_a_json_form_of_their_own(self):
        self.check([Quantity("100Mi"), {"quantity": Quantity("1000m")}], '["100Mi",{"quantity":"1000m"}]')

    def test_unknown_types_are_refused_by_name(self):
        self.refused(range(3), "range")
        self.refused({"a": object()}, "object")
        self.refused(Point, "type")
        self.refused({"a": float("nan"), "b": object()}, "object")

        async def coroutine():
            return 1

        pending = coroutine()
        self.refused(pending, "coroutine")
        pending.close()

    def test_bytes_that_are_no_text_are_refused(self):
        with self.assertRaises(PydanticSerializationError):
            encode(b"\xff")

    def test_a_lone_surrogate_is_escaped(self):
        self.check(["\ud800", "é"], '["\\ud800","é"]')

    def test_a_value_that_contains_itself_is_refused(self):
        circle = []
        circle.append(circle)
        with self.assertRaisesRegex(PydanticSerializationError, "contains itself"):
            encode(circle)

    def test_a_value_twice_is_no_circle(self):
        inner = [float("nan")]
        self.check([inner, inner], "[[null],[null]]")

    def test_too_deep_nesting_is_refused(self):
        deep = []
        for _ in range(100000):
            deep = [deep]
        with self.assertRaisesRegex(PydanticSerializationError, "nested more than"):
            encode(deep)

    def test_an_endless_json_form_is_refused(self):
        class Endless:
            def __to_json__(self):
                return Endless()

        with self.assertRaisesRegex(PydanticSerializationError, "nested more than"):
            encode(Endless())

    def test_two_threads_may_encode_the_same_object(self):
        entered, proceed = threading.Event(), threading.Event()

        class Slow:
            def __to_json__(self):
                entered.set()
                proceed.wait(5)
                return 1

        shared = [Slow()]
        results = []
        threads = [threading.Thread(target=lambda: results.append(encode(shared))) for _ in range(2)]
        threads[0].start()
        entered.wait(5)
        threads[1].start()
        proceed.set()
        for thread in threads:
            thread.join(5)
        self.assertEqual(results, [b"[1]", b"[1]"])

    def test_streams_are_generators_and_nothing_else(self):
        async def stream():
            yield 1

        self.assertTrue(is_stream(number for number in ()))
        self.assertTrue(is_stream(stream()))
        for value in ([1], range(3), iter([1]), map(str, []), "text", None, open):
            self.assertFalse(is_stream(value), value)

    def test_numpy_values_when_numpy_is_installed(self):
        if numpy is None:
            self.skipTest("numpy is not installed")
        self.check(numpy.array([[1, 2], [3, 4]]), "[[1,2],[3,4]]")
        self.check({"a": [numpy.int64(7), numpy.float64(1.5), numpy.bool_(True)]}, '{"a":[7,1.5,true]}')
        self.check({"a": numpy.array([1.5, float("nan")])}, '{"a":[1.5,null]}')
        self.check({numpy.int64(1): numpy.str_("x")}, '{"1":"x"}')
        self.check(numpy.array(["2020-01-02"], dtype="datetime64[ns]"), '["2020-01-02T00:00:00"]')
        self.check(numpy.longdouble(2.5), "2.5")
        self.check(numpy.array(5), "5")

    def test_pandas_objects_when_pandas_is_installed(self):
        if pandas is None:
            self.skipTest("pandas is not installed")
        frame = pandas.DataFrame({"x": [1, 2], "y": ["a", None], "z": [0.5, float("nan")]})
        self.check(frame, '[{"x":1,"y":"a","z":0.5},{"x":2,"y":null,"z":null}]')
        self.check({"s": pandas.Series([1, 2])}, '{"s":[1,2]}')
        self.check(pandas.Timestamp("2020-01-02"), '"2020-01-02T00:00:00"')
        self.check([pandas.NaT, pandas.NA, pandas.Timedelta(90, "s")], '[null,null,"PT1M30S"]')
        self.check(pandas.Series(pandas.to_datetime(["2020-01-02"])), '["2020-01-02T00:00:00"]')
        self.check(frame.columns, '["x","y","z"]')

    def test_pydantic_models_when_pydantic_is_installed(self):
        if pydantic is None:
            self.skipTest("pydantic is not installed")

        class Model(pydantic.BaseModel):
            at: datetime.datetime
            count: int = pydantic.Field(alias="n")

        model = Model(at=datetime.datetime(2020, 1, 2), n=3)
        self.check([model], '[{"at":"2020-01-02T00:00:00","n":3}]')

    def test_models_of_pydantic_version_1(self):
        class OldModel:
            __fields__ = {"n": int}

            def json(self, by_alias):
                return '{"n":1}'

        self.check({"m": OldModel()}, '{"m":{"n":1}}')


def gather(pieces):
    async def read():
        return b"".join([piece async for piece in pieces])

    return asyncio.run(read()) if hasattr(pieces, "__anext__") else b"".join(pieces)


class ReplyTest(unittest.TestCase):
    def test_plain_values_are_no_replies(self):
        class Response:
            """Of no framework."""

        for value in (1, {}, "text", Response()):
            self.assertIsNone(reply_of(value))

    def test_a_reply_is_taken_as_it_is(self):
        reply = Reply(200, [], "text/plain", b"x")
        self.assertIs(reply_of(reply), reply)

    def test_starlette_responses_by_their_shape(self):
        kind = type("Response", (), {"__module__": "starlette.responses"})
        response = type("Mine", (kind,), {})()
        response.status_code, response.body, response.background = 418, b"tea", None
        response.raw_headers = [(b"x-a", b"1"), (b"x-a", b"2"), (b"content-length", b"3"), (b"content-type", b"a/b")]
        reply = reply_of(response)
        self.assertEqual((reply.status, reply.media_type, reply.body), (418, "a/b", b"tea"))
        self.assertEqual(reply.headers, ["x-a", "1", "x-a", "2", "content-length", "3"])

    def test_starlette_responses_when_fastapi_is_installed(self):
        if fastapi is None:
            self.skipTest("fastapi is not installed")
        from fastapi import responses

        reply = reply_of(responses.JSONResponse({"a": 1}, status_code=201, headers={"X-Own": "1"}))
        self.assertEqual((reply.status, reply.media_type, reply.body), (201, "application/json", b'{"a":1}'))
        self.assertEqual(reply.headers, ["x-own", "1", "content-length", "7"])
        self.assertEqual(reply_of(responses.HTMLResponse("<p>")).media_type, "text/html; charset=utf-8")
        ran = threading.Event()
        task = fastapi.BackgroundTasks()
        task.add_task(ran.set)
        stream = responses.StreamingResponse(iter(["a", "b"]), media_type="text/csv", background=task)
        reply = reply_of(stream)
        self.assertEqual(asyncio.run(_texts(reply.body)), ["a", "b"])
        self.assertTrue(ran.is_set())
        file = reply_of(responses.FileResponse(__file__, media_type="text/x-python"))
        with open(__file__, "rb") as source:
            self.assertEqual(file.body, source.read())
        with self.assertRaises(FileNotFoundError):
            reply_of(responses.FileResponse("no-such-file"))

    def test_large_files_come_in_pieces(self):
        import tempfile

        kind = type("Response", (), {"__module__": "starlette.responses"})
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x" * 3000000)
            file.flush()
            response = kind()
            response.status_code, response.raw_headers, response.background = 200, [], None
            response.path = file.name
            reply = reply_of(response)
        self.assertEqual(len(gather(reply.body)), 3000000)

    def test_flask_responses_when_flask_is_installed(self):
        if flask is None:
            self.skipTest("flask is not installed")
        response = flask.Response("no", status=403, mimetype="text/plain")
        response.set_cookie("a", "1")
        reply = reply_of(response)
        self.assertEqual((reply.status, reply.media_type, reply.body), (403, "text/plain; charset=utf-8", b"no"))
        self.assertIn("Set-Cookie", reply.headers)
        streamed = reply_of(flask.Response(iter(["a", "b"])))
        self.assertEqual(gather(streamed.body), b"ab")


async def _texts(pieces):
    return [piece async for piece in pieces]


if __name__ == "__main__":
    unittest.main()
