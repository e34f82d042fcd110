"""A job whose user interface is a plain WSGI application, for the tests of the wrapper."""

import os
import signal
import time


class Page:
    def webview_app(self, base_url):
        def app(environ, start_response):
            name = environ["PATH_INFO"][len(base_url) + 1 :] or "index"
            answer = globals().get("page_" + name, page_unknown)
            return answer(environ, start_response)

        return app


def page_index(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]


def page_unknown(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"no page " + environ["PATH_INFO"].encode()]


def page_headers(environ, start_response):
    headers = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Latin", "\xe9"), ("Vary", "Cookie")]
    start_response("207 Multi-Status", headers + [("Connection", "close"), ("Content-Type", "text/x-mine")])
    return [b"headers"]


def page_count(environ, start_response):
    body = environ["wsgi.input"]
    size = 0
    while True:
        piece = body.read(100000)
        if not piece:
            break
        size += len(piece)
    start_response("200 OK", [])
    return [b"%d" % size]


def page_large(environ, start_response):
    size = int(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Length", str(size))])
    for _ in range(size // 65536):
        yield b"x" * 65536
    yield b"x" * (size % 65536)


def page_slow(environ, start_response):
    start_response("200 OK", [])
    yield b"first "
    time.sleep(0.3)
    yield b"second"


def page_short(environ, start_response):
    start_response("200 OK", [("Content-Length", "10")])
    yield b"abc"


def page_empty(environ, start_response):
    start_response("204 No Content", [("X-Note", "nothing")])
    return []


def page_ignore(environ, start_response):
    start_response("403 Forbidden", [])
    return [b"not for you"]


def page_crash(environ, start_response):
    print("about to crash")
    raise ValueError("the page is broken")


def page_break(environ, start_response):
    start_response("200 OK", [])
    yield b"begun"
    raise ValueError("broke off")


def page_exit(environ, start_response):
    raise SystemExit(3)


def page_die(environ, start_response):
    os.kill(os.getpid(), signal.SIGKILL)


def page_die_late(environ, start_response):
    start_response("200 OK", [])
    yield b"begun"
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGKILL)


def page_endless(environ, start_response):
    start_response("200 OK", [])
    while True:
        yield b"x" * 65536


def page_threads(environ, start_response):
    start_response("200 OK", [])
    return [b"%d" % len(os.listdir("/proc/self/task"))]
