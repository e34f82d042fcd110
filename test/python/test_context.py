"""Owns the behaviour of the request context: what a job sees of the request that it answers."""

import asyncio
import dataclasses
import json
import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../jobtypes/python3/shim"))

from racetrack_shim.context import Request, attach, current_call, current_extra, current_request, enter

META = {
    "method": "GET",
    "path": "/pub/job/adder/1.0/api/v1/multiply/3",
    "query": "q=1&q=2&empty=&t=a%20b",
    "params": {"factor": "3"},
    "headers": ["Host", "example.com:8080", "X-Caller-Name", "alice", "x-two", "1", "X-Two", "2"]
    + ["Cookie", 'a=1; b="x y"'],
    "client": "10.0.0.7",
}


def in_thread(function):
    """Runs the function where no call has been entered."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


class RequestTest(unittest.TestCase):
    def setUp(self):
        self.request = Request(json.dumps(META).encode())

    def test_headers_in_any_case(self):
        headers = self.request.headers
        self.assertEqual(headers.get("x-caller-name"), "alice")
        self.assertEqual(headers["X-CALLER-NAME"], "alice")
        self.assertIn("X-Caller-name", headers)
        self.assertNotIn("X-Other", headers)
        self.assertIsNone(headers.get("X-Other"))
        self.assertEqual(headers.get("X-Other", "d"), "d")
        with self.assertRaises(KeyError):
            headers["X-Other"]
        self.assertEqual(headers.getlist("x-TWO"), ["1", "2"])
        self.assertEqual(headers["x-two"], "1")
        self.assertIn(("x-caller-name", "alice"), headers.items())
        self.assertEqual(dict(headers)["host"], "example.com:8080")

    def test_the_time_that_is_left(self):
        self.assertIsNone(self.request.remaining_seconds)
        soon = Request(json.dumps({"deadline": (time.time() + 100) * 1000}).encode())
        self.assertTrue(90 < soon.remaining_seconds <= 100)
        self.assertEqual(Request(b'{"deadline":1000}').remaining_seconds, 0)

    def test_url(self):
        url = self.request.url
        self.assertEqual((url.path, url.query), (META["path"], META["query"]))
        self.assertEqual(str(url), "http://example.com:8080%s?%s" % (META["path"], META["query"]))
        self.assertEqual((url.hostname, url.port, url.scheme), ("example.com", 8080, "http"))
        self.assertEqual(str(self.request.base_url), "http://example.com:8080/")

    def test_query_parameters(self):
        query = self.request.query_params
        self.assertEqual((query["q"], query.get("t"), query.get("empty")), ("2", "a b", ""))
        self.assertEqual(query.getlist("q"), ["1", "2"])
        self.assertEqual(dict(query), {"q": "2", "empty": "", "t": "a b"})

    def test_the_rest(self):
        request = self.request
        self.assertEqual(request.method, "GET")
        self.assertEqual(request.path_params, {"factor": "3"})
        self.assertEqual(request.client.host, "10.0.0.7")
        self.assertEqual(request.cookies, {"a": "1", "b": "x y"})
        request.state.user = "bob"
        self.assertEqual(request.state.user, "bob")
        with self.assertRaises(AttributeError):
            request.nothing

    def test_a_call_without_meta(self):
        request = Request(b"")
        self.assertEqual((request.method, request.path_params, request.client), ("POST", {}, None))
        self.assertIsNone(request.headers.get("X-Caller-Name"))
        self.assertEqual(str(request.url), "http://localhost/api/v1/perform")

    def test_nothing_is_parsed_before_it_is_asked_for(self):
        request = Request(b"{broken")
        with self.assertRaises(ValueError):
            request.method


class ContextTest(unittest.TestCase):
    def test_each_call_overwrites_the_one_before(self):
        enter(b'{"method":"GET"}', 7)
        current_extra.get()["a"] = 1
        self.assertEqual((current_request.get().method, current_call.get()), ("GET", 7))
        self.assertEqual(current_extra.get(), {"a": 1})
        enter(b"", 8)
        self.assertEqual((current_request.get().method, current_call.get()), ("POST", 8))
        self.assertEqual(current_extra.get(), {})

    def test_outside_of_a_call(self):
        def look():
            with self.assertRaises(LookupError):
                current_request.get()
            with self.assertRaises(LookupError):
                current_extra.get()
            return current_call.get(), current_extra.get(None)

        self.assertEqual(in_thread(look), (0, None))

    def test_coroutines_keep_their_own(self):
        async def call(id):
            enter(b"", id)
            await asyncio.sleep(0)
            current_extra.get()["id"] = id
            await asyncio.sleep(0)
            return current_call.get(), current_extra.get()["id"]

        async def both():
            return await asyncio.gather(call(1), call(2))

        self.assertEqual(asyncio.run(both()), [(1, 1), (2, 2)])

    def test_jobs_of_any_kind_take_the_variables(self):
        class Plain:
            pass

        class Slotted:
            __slots__ = ()

        @dataclasses.dataclass(frozen=True)
        class Frozen:
            n: int = 1

        for kind in (Plain, Slotted, Frozen):
            job = kind()
            self.assertTrue(attach(job), kind)
            enter(b"", 9)
            self.assertEqual(job.request_context.get().method, "POST")
            job.request_extra.get()["x"] = 1
            self.assertEqual(current_extra.get(), {"x": 1})

    def test_a_job_that_takes_nothing(self):
        self.assertFalse(attach(object()))


if __name__ == "__main__":
    unittest.main()
