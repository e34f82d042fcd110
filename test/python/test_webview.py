"""Owns the behaviour of the job's user interface: what WSGI and ASGI applications see, and what of theirs reaches the wire."""

import asyncio
import json
import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../jobtypes/python3/shim"))

from racetrack_shim import logs, protocol
from racetrack_shim.calls import CallRunner
from racetrack_shim.describe import webview_kind
from racetrack_shim.webview import Webview

BASE = "/pub/job/guests/1.0.0/api/v1/webview"
LATEST = "/pub/job/guests/latest/api/v1/webview"
WAIT = 10


class FakeConnection:
    """Gathers the frames that the shim sends."""

    def __init__(self):
        self._decoder = protocol.Decoder()
        self._changed = threading.Condition()
        self.frames = []

    def send(self, data):
        with self._changed:
            self.frames += self._decoder.feed(data)
            self._changed.notify_all()

    def wait_for(self, enough):
        """Waits until `enough`, a function of the frames, gives something true; returns it."""
        with self._changed:
            if not self._changed.wait_for(lambda: enough(self.frames), WAIT):
                raise AssertionError("waited in vain; frames: %r" % [(each.type, each.meta) for each in self.frames])
            return enough(self.frames)


class Answer:
    def __init__(self, frames):
        self.frames = frames
        self.last = frames[-1]
        self.meta = json.loads(frames[0].meta)
        self.status = self.meta["status"]
        self.headers = list(zip(self.meta.get("headers", [])[::2], self.meta.get("headers", [])[1::2]))
        self.body = b"".join(each.body for each in frames)


LAST = (protocol.RESULT, protocol.ERROR, protocol.END)
ANSWERS = LAST + (protocol.CHUNK,)


class WebviewCase(unittest.TestCase):
    def setUp(self):
        os.environ.update(JOB_NAME="guests", JOB_VERSION="1.0.0")
        self.connection = FakeConnection()
        logs.send_to(self.connection)
        self.runner = CallRunner(self.connection, self.spawn)
        self.next_id = 1

    def tearDown(self):
        loop = self.runner._loop
        if loop is not None:
            asyncio.run_coroutine_threadsafe(end_tasks(), loop).result(WAIT)
            loop.call_soon_threadsafe(loop.stop)

    def spawn(self, function, *arguments):
        threading.Thread(target=function, args=arguments, daemon=True).start()

    def open(self, path="/", method="GET", mount=BASE, **more):
        """Sends an `http` frame; returns its id."""
        id = self.next_id
        self.next_id += 1
        meta = {"method": method, "path": mount + path, "query": more.get("query", ""), "mount": mount}
        meta.update(headers=["Host", "example.com:81"] + more.get("headers", []), client=["10.0.0.7", 4711])
        meta["websocket"] = more.get("websocket", False)
        flags = protocol.MORE if more.get("more") else 0
        frame = protocol.Frame(protocol.HTTP, flags, 0, id, json.dumps(meta).encode(), more.get("body", b""))
        self.webview.start(frame)
        return id

    def tell(self, type, id, body=b"", flags=0, meta=b""):
        self.runner.tell(protocol.Frame(type, flags, 0, id, meta, body))

    def frames_of(self, id, types=ANSWERS, frames=None):
        return [each for each in (frames or self.connection.frames) if each.id == id and each.type in types]

    def answer(self, id):
        self.connection.wait_for(lambda frames: self.frames_of(id, LAST, frames))
        self.connection.wait_for(lambda _: id not in self.runner.streams)
        return Answer(self.frames_of(id))

    def get(self, path="/", **more):
        return self.answer(self.open(path, **more))

    def logged(self, part):
        found = lambda frames: [each for each in frames if each.type == protocol.LOG and part in each.body.decode()]
        return self.connection.wait_for(found)[0]

    def serve(self, app):
        self.webview = Webview(app, self.runner)


class WsgiTest(WebviewCase):
    def serve_result(self, result, headers=(), status="200 OK"):
        def app(environ, start_response):
            self.environ = environ
            start_response(status, list(headers))
            return result(environ) if callable(result) else result

        self.serve(app)

    def test_environ(self):
        self.serve_result([b"ok"])
        headers = ["X-Two", "1", "x-two", "2", "Content-Type", "text/plain", "Content-Length", "0", "X_Forged", "1"]
        self.get("/a%20b/%C5%BC", method="PUT", query="q=%20", headers=headers + ["Cookie", "a=1", "Cookie", "b=2"])
        expected = {
            "REQUEST_METHOD": "PUT",
            "SCRIPT_NAME": "",
            "PATH_INFO": BASE + "/a b/\xc5\xbc",
            "QUERY_STRING": "q=%20",
            "SERVER_NAME": "example.com",
            "SERVER_PORT": "81",
            "REMOTE_ADDR": "10.0.0.7",
            "HTTP_HOST": "example.com:81",
            "HTTP_X_TWO": "1,2",
            "HTTP_COOKIE": "a=1; b=2",
            "CONTENT_TYPE": "text/plain",
            "CONTENT_LENGTH": "0",
            "wsgi.url_scheme": "http",
            "wsgi.multithread": True,
        }
        self.assertEqual({name: self.environ.get(name) for name in expected}, expected)
        self.assertNotIn("HTTP_X_FORGED", self.environ)

    def test_path_is_the_declared_one_by_every_address(self):
        self.serve_result(lambda environ: [environ["PATH_INFO"].encode()])
        for mount in (BASE, LATEST, "/api/v1/webview"):
            self.assertEqual(self.get("/x/", mount=mount).body.decode(), BASE + "/x/")
            self.assertEqual(self.get("", mount=mount).body.decode(), BASE + "/")

    def test_redirects_lead_back_to_the_address_used(self):
        def app(environ, start_response):
            start_response("302 Found", [("Location", environ["QUERY_STRING"])])
            return []

        self.serve(app)
        host = "http://example.com:81"
        for given, expected in (
            (BASE + "/x?y", LATEST + "/x?y"),
            (BASE, LATEST),
            (host + BASE + "/", host + LATEST + "/"),
            (BASE + "er/", BASE + "er/"),
            ("/elsewhere", "/elsewhere"),
            ("http://other.org" + BASE + "/", "http://other.org" + BASE + "/"),
        ):
            self.assertIn(("Location", expected), self.get(mount=LATEST, query=given).headers)
            self.assertIn(("Location", given), self.get(mount=BASE, query=given).headers)

    def test_short_answer_is_one_frame_with_headers_as_they_are(self):
        headers = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Latin", "\xe9")]
        self.serve_result([b"a", b"b"], headers, "201 Created")
        answer = self.get()
        self.assertEqual([each.type for each in answer.frames], [protocol.RESULT])
        self.assertEqual((answer.status, answer.headers, answer.body), (201, headers, b"ab"))

    def test_declared_length_makes_one_frame_of_an_iterator(self):
        self.serve_result(lambda _: iter([b"hello"]), [("Content-Length", "5")])
        self.assertEqual([each.type for each in self.get().frames], [protocol.RESULT])

    def test_write_callable_comes_before_the_iterable(self):
        def app(environ, start_response):
            write = start_response("200 OK", [])
            write(b"first ")
            return [b"second"]

        self.serve(app)
        self.assertEqual(self.get().body, b"first second")

    def test_start_response_may_come_with_the_first_piece(self):
        def app(environ, start_response):
            start_response("202 Accepted", [])
            yield b"late"

        self.serve(app)
        self.assertEqual((self.get().status, self.get().body), (202, b"late"))

    def test_exc_info_replaces_a_head_that_is_not_out(self):
        def app(environ, start_response):
            start_response("200 OK", [])
            try:
                raise KeyError("k")
            except KeyError:
                start_response("503 Sorry", [("X-Why", "k")], sys.exc_info())
            return [b"sorry"]

        self.serve(app)
        answer = self.get()
        self.assertEqual((answer.status, answer.headers, answer.body), (503, [("X-Why", "k")], b"sorry"))

    def test_exc_info_is_raised_when_the_head_is_out(self):
        def app(environ, start_response):
            start_response("200 OK", [])
            yield b"begun"
            try:
                raise KeyError("k")
            except KeyError:
                start_response("503 Sorry", [], sys.exc_info())

        self.serve(app)
        answer = self.get()
        self.assertEqual([each.type for each in answer.frames], [protocol.CHUNK, protocol.END])
        self.assertEqual(json.loads(answer.last.meta)["cause"], "KeyError")

    def test_crash_before_the_head_is_an_error_of_the_job(self):
        def app(environ, start_response):
            raise ValueError("broken page")

        self.serve(app)
        answer = self.get()
        self.assertEqual(answer.last.type, protocol.ERROR)
        self.assertEqual((answer.status, answer.meta["fault"]), (500, "job"))
        self.assertEqual(json.loads(answer.body), {"error": "broken page", "type": "ValueError"})
        self.assertIn("test_webview.py:", answer.meta["traceback"])

    def test_misuse_is_explained(self):
        def no_start(environ, start_response):
            return [b"x"]

        def twice(environ, start_response):
            start_response("200 OK", [])
            start_response("200 OK", [])

        def split_header(environ, start_response):
            start_response("200 OK", [("X-A", "a\r\nX-B: b")])
            return []

        def odd_status(environ, start_response):
            start_response("99 Low", [])
            return []

        def text(environ, start_response):
            start_response("200 OK", [])
            return iter(["text"])

        for app, part in ((no_start, "start_response"), (twice, "twice"), (split_header, "header"), (odd_status, "99")):
            self.serve(app)
            self.assertIn(part, json.loads(self.get().body)["error"])
        self.serve(text)
        self.assertIn("must yield bytes, not str", json.loads(self.get().body)["error"])

    def test_iterable_is_closed_whatever_happens(self):
        closed = []

        class Pieces:
            def __init__(self, pieces):
                self.pieces = pieces

            def __iter__(self):
                return iter(self.pieces)

            def close(self):
                closed.append(self.pieces)

        self.serve_result(lambda _: Pieces([b"x"]))
        self.get()
        self.serve_result(lambda _: Pieces([None]))
        self.assertEqual(self.get().status, 500)
        self.assertEqual(closed, [[b"x"], [None]])

    def test_crash_after_the_answer_is_logged(self):
        self.serve_result(lambda _: FailsToClose([b"x"], "too late"), [("Content-Length", "1")])
        id = self.open()
        self.assertEqual(self.answer(id).body, b"x")
        self.assertEqual(self.logged("too late").id, id)

    def test_prints_belong_to_their_request(self):
        out, sys.stdout = sys.stdout, logs.LineStream(sys.__stdout__, "INFO")
        try:
            self.serve_result(lambda _: [print("seen") or b"x"])
            id = self.open()
            self.answer(id)
        finally:
            sys.stdout = out
        self.assertEqual(self.logged("seen").id, id)

    def test_body_arrives_piece_by_piece(self):
        self.serve_result(lambda environ: [environ["wsgi.input"].read()])
        id = self.open(method="POST", more=True, body=b"one ")
        self.tell(protocol.INPUT, id, b"two ", protocol.MORE)
        self.tell(protocol.INPUT, id, b"three")
        self.assertEqual(self.answer(id).body, b"one two three")

    def test_input_reads_like_a_file(self):
        def app(environ, start_response):
            body = environ["wsgi.input"]
            found = [body.read(2), body.readline(), body.readline(3), next(body), body.readlines(), body.read(), body.read(5)]
            start_response("200 OK", [])
            return [repr(found).encode()]

        self.serve(app)
        id = self.open(method="POST", more=True, body=b"abcd")
        self.tell(protocol.INPUT, id, b"ef\nlong line\n1\n", protocol.MORE)
        self.tell(protocol.INPUT, id, b"2\n3")
        expected = [b"ab", b"cdef\n", b"lon", b"g line\n", [b"1\n", b"2\n", b"3"], b"", b""]
        self.assertEqual(self.answer(id).body.decode(), repr(expected))

    def test_room_is_given_back_as_the_body_is_read(self):
        self.serve_result(lambda environ: [b"%d" % len(environ["wsgi.input"].read())])
        id = self.open(method="POST", more=True)
        piece = b"x" * 65536
        for _ in range(8):
            self.tell(protocol.INPUT, id, piece, protocol.MORE)
        self.connection.wait_for(lambda frames: sum(windows(frames, id)) >= 7 * 65536)
        self.tell(protocol.INPUT, id)
        self.assertEqual(self.answer(id).body, b"%d" % (8 * 65536))

    def test_room_is_not_given_for_what_nobody_reads(self):
        read = threading.Event()

        def app(environ, start_response):
            read.wait(WAIT)
            start_response("200 OK", [])
            return [b"%d" % len(environ["wsgi.input"].read())]

        self.serve(app)
        id = self.open(method="POST", more=True, body=b"x" * 262144)
        self.assertEqual(windows(self.connection.frames, id), [])
        self.tell(protocol.INPUT, id)
        read.set()
        self.assertEqual(self.answer(id).body, b"262144")

    def test_answer_waits_for_room(self):
        self.serve_result(lambda _: (b"x" * 65536 for _ in range(8)))
        id = self.open()
        sent = lambda frames: sum(len(each.body) for each in self.frames_of(id, (protocol.CHUNK,), frames))
        self.connection.wait_for(lambda frames: sent(frames) >= 262144)
        time.sleep(0.05)
        self.assertEqual(sent(self.connection.frames), 262144)
        self.tell(protocol.WINDOW, id, (262144).to_bytes(4, "little"))
        self.assertEqual(len(self.answer(id).body), 8 * 65536)

    def test_large_piece_is_cut(self):
        self.serve_result([b"x" * 1000000])
        id = self.open()
        sent = lambda frames: sum(len(each.body) for each in self.frames_of(id, (protocol.CHUNK,), frames))
        self.connection.wait_for(lambda frames: sent(frames) >= 262144)
        self.tell(protocol.WINDOW, id, (1000000).to_bytes(4, "little"))
        self.assertEqual(len(self.answer(id).body), 1000000)

    def test_nothing_remains_of_aborted_requests(self):
        threads = threading.active_count()

        def app(environ, start_response):
            start_response("200 OK", [])
            if environ["QUERY_STRING"] == "read":
                environ["wsgi.input"].read()
            while True:
                yield b"x" * 65536

        self.serve(app)
        for number in range(200):
            id = self.open(more=True, query="read" if number % 2 else "")
            self.tell(protocol.CANCEL, id)
            self.assertNotIn(id, self.runner.streams)
        deadline = time.time() + WAIT
        while threading.active_count() > threads + 1 and time.time() < deadline:
            time.sleep(0.01)
        self.assertLessEqual(threading.active_count(), threads + 1)
        self.assertEqual([each for each in self.connection.frames if each.type == protocol.LOG], [])


class AsgiTest(WebviewCase):
    def serve_http(self, handle):
        """Serves an application without lifespan; `handle` is its part for HTTP."""

        async def app(scope, receive, send):
            if scope["type"] == "lifespan":
                raise AssertionError("no lifespan here")
            self.scope = scope
            await handle(scope, receive, send)

        self.serve(app)

    def test_scope(self):
        async def handle(scope, receive, send):
            await reply(send, b"ok")

        self.serve_http(handle)
        answer = self.get("/a%20b/%C5%BC", mount=LATEST, query="q=%20", headers=["X-One", "\xe9"])
        self.assertEqual((answer.status, answer.body), (200, b"ok"))
        expected = {
            "type": "http",
            "method": "GET",
            "path": LATEST + "/a b/\u017c",
            "raw_path": LATEST.encode() + b"/a%20b/%C5%BC",
            "root_path": LATEST,
            "query_string": b"q=%20",
            "headers": [(b"host", b"example.com:81"), (b"x-one", b"\xe9")],
            "client": ("10.0.0.7", 4711),
            "server": ("example.com", 81),
            "scheme": "http",
            "http_version": "1.1",
            "state": {},
        }
        self.assertEqual({name: self.scope.get(name) for name in expected}, expected)

    def test_mount_without_slash_is_the_root_page(self):
        async def handle(scope, receive, send):
            await reply(send, scope["path"][len(scope["root_path"]) :].encode())

        self.serve_http(handle)
        self.assertEqual(self.get("").body, b"/")

    def test_body_arrives_piece_by_piece(self):
        async def handle(scope, receive, send):
            found = []
            while True:
                message = await receive()
                found.append((message["body"], message["more_body"]))
                if not message["more_body"]:
                    break
            await reply(send, repr(found).encode())

        self.serve_http(handle)
        id = self.open(method="POST", more=True)
        self.tell(protocol.INPUT, id, b"one", protocol.MORE)
        self.tell(protocol.INPUT, id)
        self.assertEqual(self.answer(id).body.decode(), repr([(b"one", True), (b"", False)]))
        self.assertEqual(self.get().body.decode(), repr([(b"", False)]))

    def test_streams_and_waits_for_room(self):
        async def handle(scope, receive, send):
            await start(send)
            for _ in range(8):
                await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            await send({"type": "http.response.body"})

        self.serve_http(handle)
        id = self.open()
        sent = lambda frames: sum(len(each.body) for each in self.frames_of(id, (protocol.CHUNK,), frames))
        self.connection.wait_for(lambda frames: sent(frames) >= 262144)
        self.assertEqual(self.get_meanwhile(), 500)
        self.assertEqual(sent(self.connection.frames), 262144)
        self.tell(protocol.WINDOW, id, (262144).to_bytes(4, "little"))
        self.assertEqual(len(self.answer(id).body), 8 * 65536)

    def get_meanwhile(self):
        """The loop is not held up by a stream without room: another request is answered."""

        async def crash(scope, receive, send):
            raise RuntimeError("meanwhile")

        streaming, self.webview = self.webview, Webview(crash, self.runner)
        try:
            return self.get().status
        finally:
            self.webview = streaming

    def test_crashes(self):
        async def handle(scope, receive, send):
            if scope["query_string"] == b"late":
                await start(send)
                await send({"type": "http.response.body", "body": b"begun", "more_body": True})
            if scope["query_string"] == b"silent":
                return
            if scope["query_string"] == b"after":
                await reply(send, b"ok")
            raise LookupError("broken page")

        self.serve_http(handle)
        early = self.get()
        self.assertEqual((early.last.type, early.status, early.meta["fault"]), (protocol.ERROR, 500, "job"))
        self.assertEqual(json.loads(early.body), {"error": "broken page", "type": "LookupError"})
        late = self.get(query="late")
        self.assertEqual([each.type for each in late.frames], [protocol.CHUNK, protocol.END])
        self.assertEqual(json.loads(late.last.meta)["message"], "broken page")
        self.assertIn("without a complete answer", json.loads(self.get(query="silent").body)["error"])
        id = self.open(query="after")
        self.assertEqual(self.answer(id).body, b"ok")
        self.assertEqual(self.logged("broken page").id, id)

    def test_caller_who_leaves_is_announced(self):
        seen = []
        ended = threading.Event()

        async def handle(scope, receive, send):
            seen.append((await receive())["type"])
            seen.append((await receive())["type"])
            try:
                await start(send)
            except OSError as error:
                seen.append(type(error).__name__)
            ended.set()

        self.serve_http(handle)
        id = self.open()
        self.connection.wait_for(lambda _: True)
        self.tell(protocol.CANCEL, id)
        self.assertTrue(ended.wait(WAIT))
        self.assertEqual(seen, ["http.request", "http.disconnect", "CallerGone"])
        self.assertEqual([each.type for each in self.frames_of(id)], [protocol.END])

    def test_nothing_remains_of_aborted_requests(self):
        async def handle(scope, receive, send):
            await start(send)
            while True:
                await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})

        self.serve_http(handle)
        for _ in range(200):
            id = self.open()
            self.tell(protocol.CANCEL, id)
            self.assertNotIn(id, self.runner.streams)
        running = lambda: asyncio.run_coroutine_threadsafe(other_tasks(), self.runner.loop()).result(WAIT)
        deadline = time.time() + WAIT
        while running() and time.time() < deadline:
            time.sleep(0.01)
        self.assertEqual(running(), 0)
        self.assertEqual([each for each in self.connection.frames if each.type == protocol.LOG], [])

    def test_lifespan_begins_before_the_first_request_and_ends_with_stop(self):
        events = []

        async def app(scope, receive, send):
            if scope["type"] != "lifespan":
                events.append("request")
                await reply(send, scope["state"]["name"].encode())
                return
            events.append((await receive())["type"])
            scope["state"]["name"] = "Ada"
            await send({"type": "lifespan.startup.complete"})
            events.append((await receive())["type"])
            await send({"type": "lifespan.shutdown.complete"})

        self.serve(app)
        self.assertEqual(events, [])
        self.assertEqual((self.get().body, self.get().body), (b"Ada", b"Ada"))
        self.webview.stop()
        self.assertEqual(events, ["lifespan.startup", "request", "request", "lifespan.shutdown"])

    def test_failed_startup_is_told_to_every_caller(self):
        async def app(scope, receive, send):
            await send({"type": "lifespan.startup.failed", "message": "Traceback\nno database"})

        self.serve(app)
        for _ in range(2):
            answer = self.get()
            self.assertEqual(answer.status, 500)
            self.assertIn("could not start up: no database", json.loads(answer.body)["error"])
        self.webview.stop()


class WebsocketTest(WebviewCase):
    def serve_websocket(self, handle):
        async def app(scope, receive, send):
            self.scope = scope
            if scope["type"] == "websocket":
                await handle(receive, send)

        self.serve(app)

    def connect(self, headers=()):
        return self.open("/ws", headers=list(headers), websocket=True)

    def test_messages_both_ways(self):
        async def handle(receive, send):
            self.first = await receive()
            await send({"type": "websocket.accept", "subprotocol": "b", "headers": [(b"x-a", b"1")]})
            for _ in range(3):
                message = await receive()
                await send(dict(message, type="websocket.send"))
            await send({"type": "websocket.close", "code": 4000, "reason": "enough"})
            self.after = await receive()

        self.serve_websocket(handle)
        id = self.connect(["Sec-WebSocket-Protocol", "a, b"])
        for body, flags in (("hé".encode(), protocol.TEXT), (b"\xff", 0), (b"", protocol.TEXT)):
            self.tell(protocol.INPUT, id, body, flags)
        answer = self.answer(id)
        self.assertEqual((self.scope["subprotocols"], self.scope["scheme"]), (["a", "b"], "ws"))
        self.assertEqual(self.first, {"type": "websocket.connect"})
        self.assertEqual((answer.status, answer.headers), (101, [("x-a", "1"), ("sec-websocket-protocol", "b")]))
        messages = [(each.body, each.flags) for each in answer.frames[1:-1]]
        self.assertEqual(messages, [("hé".encode(), protocol.TEXT), (b"\xff", 0), (b"", protocol.TEXT)])
        self.assertEqual(json.loads(answer.last.meta), {"code": 4000, "reason": "enough"})

    def test_refusals(self):
        async def refuse(receive, send):
            await send({"type": "websocket.close", "code": 4404})

        async def crash(receive, send):
            raise KeyError("k")

        async def silent(receive, send):
            pass

        self.serve_websocket(refuse)
        answer = self.answer(self.connect())
        self.assertEqual((answer.last.type, answer.status), (protocol.RESULT, 403))
        for handle in (crash, silent):
            self.serve_websocket(handle)
            answer = self.answer(self.connect())
            self.assertEqual((answer.last.type, answer.status), (protocol.ERROR, 500))

    def test_endings(self):
        async def crash(receive, send):
            await send({"type": "websocket.accept"})
            raise KeyError("k")

        async def leave(receive, send):
            await send({"type": "websocket.accept"})

        self.serve_websocket(crash)
        closing = json.loads(self.answer(self.connect()).last.meta)
        self.assertEqual((closing["code"], closing["fault"], closing["cause"]), (1011, "job", "KeyError"))
        self.serve_websocket(leave)
        self.assertEqual(json.loads(self.answer(self.connect()).last.meta), {"code": 1000, "reason": ""})

    def test_caller_closes(self):
        seen = []
        ended = threading.Event()

        async def handle(receive, send):
            await receive()
            await send({"type": "websocket.accept"})
            seen.append(await receive())
            seen.append(await receive())
            ended.set()

        self.serve_websocket(handle)
        id = self.connect()
        self.connection.wait_for(lambda frames: self.frames_of(id, (protocol.CHUNK,), frames))
        self.tell(protocol.INPUT, id, b"last words", protocol.TEXT)
        self.tell(protocol.CANCEL, id, meta=b'{"code": 4001, "reason": "bye"}')
        self.assertTrue(ended.wait(WAIT))
        expected = [{"type": "websocket.receive", "text": "last words"}]
        expected.append({"type": "websocket.disconnect", "code": 4001, "reason": "bye"})
        self.assertEqual(seen, expected)
        self.assertNotIn(id, self.runner.streams)

    def test_sending_waits_for_room(self):
        async def handle(receive, send):
            await send({"type": "websocket.accept"})
            for _ in range(8):
                await send({"type": "websocket.send", "bytes": b"x" * 65536})

        self.serve_websocket(handle)
        id = self.connect()
        sent = lambda frames: sum(len(each.body) for each in self.frames_of(id, (protocol.CHUNK,), frames))
        self.connection.wait_for(lambda frames: sent(frames) >= 262144)
        time.sleep(0.05)
        self.assertEqual(sent(self.connection.frames), 262144)
        self.tell(protocol.WINDOW, id, (262144).to_bytes(4, "little"))
        self.assertEqual(len(self.answer(id).body), 8 * 65536)

    def test_room_is_given_back_for_messages_received(self):
        async def handle(receive, send):
            await send({"type": "websocket.accept"})
            while (await receive())["type"] != "websocket.disconnect":
                pass

        self.serve_websocket(handle)
        id = self.connect()
        for _ in range(4):
            self.tell(protocol.INPUT, id, b"x" * 65536)
        self.connection.wait_for(lambda frames: sum(windows(frames, id)) == 262144)
        self.tell(protocol.CANCEL, id)


class KindTest(unittest.TestCase):
    def test_two_arguments_are_wsgi_and_three_are_asgi(self):
        class Asgi:
            async def __call__(self, scope, receive, send):
                pass

        self.assertEqual(webview_kind(lambda environ, start_response: []), "wsgi")
        self.assertEqual(webview_kind(Asgi()), "asgi")
        with self.assertRaises(ValueError):
            webview_kind(lambda one: None)


class FailsToClose:
    """An iterable whose `close` raises."""

    def __init__(self, pieces, message):
        self._pieces = pieces
        self._message = message

    def __iter__(self):
        return iter(self._pieces)

    def close(self):
        raise RuntimeError(self._message)


async def end_tasks():
    """Cancels what still runs on the event loop."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def other_tasks():
    return len(asyncio.all_tasks()) - 1


async def start(send, status=200):
    await send({"type": "http.response.start", "status": status, "headers": []})


async def reply(send, body):
    await start(send)
    await send({"type": "http.response.body", "body": body})


def windows(frames, id):
    return [int.from_bytes(each.body, "little") for each in frames if each.id == id and each.type == protocol.WINDOW]


if __name__ == "__main__":
    unittest.main()
