"""A program that speaks plain HTTP; its endpoints do what the rules of `verify` want to see."""

import json
import math
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NUMBER = {"type": "number"}
LINES = "application/x-ndjson"
EVENTS = "text/event-stream"


class Refusal(Exception):
    pass


def number(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e300:
        raise Refusal("a number was expected")
    return float(value)


def perform(given):
    if not isinstance(given.get("numbers"), list):
        raise Refusal("numbers must be a list")
    return math.fsum(number(value) for value in given["numbers"])


def slow(given):
    seconds = number(given.get("seconds"))
    time.sleep(seconds)
    return seconds


def texts(given):
    count, size, pause = (number(given.get(name)) for name in ("count", "size", "pause"))
    for _ in range(int(count)):
        yield "x" * int(size)
        time.sleep(pause)


def fail(given):
    raise RuntimeError("told to fail")


def crash(given):
    os._exit(3)


def body_of(**properties):
    return {"type": "object", "properties": properties, "required": list(properties)}


# Path: function, schema of the input, example, schema of the answer.
ENDPOINTS = {
    "/perform": (perform, body_of(numbers={"type": "array", "items": NUMBER}), {"numbers": [40, 2]}, NUMBER),
    "/slow": (slow, body_of(seconds=NUMBER), {"seconds": 0.01}, NUMBER),
    "/stream": (
        lambda given: list(texts(given)),
        body_of(count=NUMBER, size=NUMBER, pause=NUMBER),
        {"count": 3, "size": 8, "pause": 0.01},
        {"type": "array", "items": {"type": "string"}},
    ),
    "/fail": (fail, body_of(), None, {}),
    "/crash": (crash, body_of(), None, {}),
}


def operation(schema, example, answer):
    content = {"schema": schema} if example is None else {"schema": schema, "example": example}
    good = {"description": "the answer", "content": {"application/json": {"schema": answer}}}
    return {"post": {"requestBody": {"content": {"application/json": content}}, "responses": {"200": good}}}


OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "verify", "version": "1"},
    "paths": {path: operation(*described) for path, (_, *described) in ENDPOINTS.items()},
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def send(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.read_body()  # also when nobody wants it: the next request follows on the same connection
        if self.path == "/openapi.json":
            self.send(200, OPENAPI)
        elif self.path in ENDPOINTS:
            self.send(405, {"detail": "Method Not Allowed"})
        else:
            self.send(404, {"detail": "Not Found"})

    do_DELETE = do_PUT = do_PATCH = do_GET

    def do_POST(self):
        body = self.read_body()
        if self.path not in ENDPOINTS:
            self.send(404, {"detail": "Not Found"})
            return
        try:
            given = self.parse(body)
            if self.path == "/stream" and self.headers.get("Accept") in (LINES, EVENTS):
                self.stream(given, self.headers["Accept"])
            else:
                self.send(200, ENDPOINTS[self.path][0](given))
        except Refusal as error:
            self.send(422, {"detail": str(error)})
        except RuntimeError as error:
            self.send(500, {"error": str(error), "type": "RuntimeError"})

    def read_body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def parse(self, body):
        try:
            given = json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise Refusal("the body is no JSON") from None
        if not isinstance(given, dict):
            raise Refusal("the body is no object")
        return given

    def stream(self, given, media_type):
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        mask = "data: %s\n\n" if media_type == EVENTS else "%s\n"
        try:
            for text in texts(given):
                self.wfile.write((mask % json.dumps(text)).encode())
        except OSError:
            pass  # the caller has left


server = ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
