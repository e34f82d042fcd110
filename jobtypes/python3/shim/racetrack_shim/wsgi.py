"""Owns running a WSGI application (PEP 3333): one request in one thread, the answer sent as it comes."""

import sys
from contextvars import copy_context

from . import protocol
from .context import enter
from .crashes import crash_frame, crash_meta, log_crash
from .logs import finish_lines
from .streams import WINDOW_BYTES, Cancelled, OutgoingStream
from .web_request import reply_meta
from .wsgi_input import WsgiInput

_PIECE_BYTES = 64 * 1024


class WsgiHost:
    def __init__(self, app, runner):
        self._app = app
        self._runner = runner

    def start(self, request):
        exchange = WsgiExchange(self._app, self._runner, request)
        self._runner.streams[request.id] = exchange
        self._runner.spawn(copy_context().run, exchange.run)

    def stop(self):
        """WSGI knows no shutdown."""


class WsgiExchange:
    """One request; `input`, `window` and `cancel` are called by the thread that reads the connection."""

    def __init__(self, app, runner, request):
        self._app = app
        self._runner = runner
        self._request = request
        self._id = request.id
        self._input = WsgiInput(self._give_room)
        self._input.feed(request.body, request.more)
        self._head = None
        self._declared_length = None
        self._stream = None
        self._complete = False
        self._cancelled = False

    def input(self, frame):
        self._input.feed(frame.body, frame.flags & protocol.MORE)

    def window(self, size):
        if self._stream is not None:
            self._stream.window(size)

    def cancel(self, meta=b""):
        """The caller is gone: the thread learns it when it next reads or writes."""
        self._cancelled = True
        self._runner.streams.pop(self._id, None)
        self._input.cut()
        if self._stream is not None:
            self._stream.cancel()
        self._runner.send(protocol.encode(protocol.END, self._id))

    def run(self):
        enter(self._request.meta, self._id)
        try:
            self._respond()
        except BaseException as error:
            self._fail(error)
        finally:
            self._runner.streams.pop(self._id, None)
            finish_lines()

    def _respond(self):
        pieces = self._app(environ_of(self._request, self._input), self._start_response)
        try:
            if isinstance(pieces, (list, tuple)) and self._head is not None and self._stream is None:
                self._declared_length = sum(map(len, pieces))
                pieces = [b"".join(pieces)] if self._declared_length <= WINDOW_BYTES else pieces
            for piece in pieces:
                self._write(piece)
            self._finish()
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def _start_response(self, status, headers, exc_info=None):
        if exc_info:
            try:
                if self._stream is not None or self._complete:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # the traceback refers to this frame
        elif self._head is not None:
            raise RuntimeError("the WSGI application called start_response twice")
        pairs = []
        self._declared_length = None
        for name, value in headers:
            if name.lower() == "location":
                value = self._request.used_location(value)
            elif name.lower() == "content-length" and value.isdigit():
                self._declared_length = int(value)
            pairs.append((name, value))
        self._head = reply_meta(int(status.split(" ", 1)[0]), pairs)
        return self._write

    def _write(self, data):
        if self._head is None:
            raise RuntimeError("the WSGI application sent a body before it called start_response")
        if not isinstance(data, bytes):
            raise TypeError("the WSGI application must yield bytes, not %s" % type(data).__name__)
        if self._cancelled:
            raise Cancelled()
        if not data or self._complete:
            return
        if self._stream is None:
            if len(data) == self._declared_length and len(data) <= WINDOW_BYTES:
                self._send_whole(data)
                return
            self._stream = OutgoingStream(self._runner.send, self._id, self._head, self._runner.flusher())
            if self._cancelled:  # in this very moment
                raise Cancelled()
        view = memoryview(data)
        for at in range(0, len(view), _PIECE_BYTES):
            self._stream.wait_for_room()
            self._stream.put(bytes(view[at : at + _PIECE_BYTES]))

    def _finish(self):
        if self._head is None:
            raise RuntimeError("the WSGI application did not call start_response")
        if self._cancelled:
            raise Cancelled()
        if self._stream is not None:
            self._stream.end()
        elif not self._complete:
            self._send_whole(b"")
        self._complete = True

    def _send_whole(self, body):
        self._complete = True
        self._runner.send(protocol.encode(protocol.RESULT, self._id, body, self._head))

    def _fail(self, error):
        if self._complete or self._cancelled:
            log_crash(error)
        elif self._stream is not None:
            self._stream.end(crash_meta(error))
        else:
            self._runner.send(crash_frame(self._id, error))

    def _give_room(self, size):
        self._runner.send(protocol.encode(protocol.WINDOW, self._id, size.to_bytes(4, "little")))


def environ_of(request, body):
    """The WSGI environment. The application sees the address that it was told, and no SCRIPT_NAME: so the addresses
    that it makes (`url_for`) are the ones that its routes are written with."""
    host, port = request.server
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.declared_path,
        "QUERY_STRING": request.query,
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.client[0],
        "REMOTE_PORT": str(request.client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.input_terminated": True,  # reading ends where the body does, also for one without Content-Length
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        if "_" in name:  # could not be told from the header with a dash
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        joint = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = environ[key] + joint + value if key in environ else value
    return environ
