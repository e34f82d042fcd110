"""Owns one HTTP request of an ASGI application."""

from . import protocol
from .asgi_exchange import AsgiExchange, latin
from .crashes import crash_frame, crash_meta
from .streams import WINDOW_BYTES, OutgoingStream
from .web_request import reply_meta

_PIECE_BYTES = 64 * 1024


class AsgiHttp(AsgiExchange):
    def __init__(self, host, runner, request):
        super().__init__(host, runner, request)
        self._head = None
        self._stream = None
        self._answered = False
        if request.body or not request.more:
            self._inbox.append((request.body, request.more))

    async def receive(self):
        item = await self._next()
        if item is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": item[0], "more_body": item[1]}

    async def send(self, message):
        self._refuse_if_gone()
        kind = message["type"]
        if kind == "http.response.start" and self._head is None:
            self._head = reply_meta(message["status"], latin(message.get("headers", ())))
        elif kind == "http.response.body" and self._head is not None and not self._answered:
            await self._send_body(message.get("body", b""), message.get("more_body", False))
        else:
            raise RuntimeError("the ASGI application sent %r at a time when it does not fit" % kind)

    async def _send_body(self, body, more):
        if self._stream is None and not more and len(body) <= WINDOW_BYTES:
            self._send_frame(protocol.RESULT, bytes(body), self._head)
        else:
            await self._stream_body(memoryview(body), more)
        if not more:
            self._answered = self._done = True
            self._arrived.set()

    async def _stream_body(self, view, more):
        if self._stream is None:
            self._stream = OutgoingStream(self._runner.send, self._id, self._head, self._runner.flusher())
        if not view and more and not self._stream.begun:
            self._stream.put(b"")  # an empty piece sends the head
        for at in range(0, len(view), _PIECE_BYTES):
            while not self._stream.has_room:
                self._room.clear()
                await self._room.wait()
            self._refuse_if_gone()
            self._stream.put(bytes(view[at : at + _PIECE_BYTES]))
        if not more:
            self._stream.end()

    def _on_input(self, body, flags):
        more = bool(flags & protocol.MORE)
        if body or not more:
            self._put((body, more))

    def _on_window(self, size):
        if self._stream is not None:
            self._stream.window(size)
            self._room.set()

    def _on_cancel(self, meta):
        super()._on_cancel(meta)
        if self._stream is not None:
            self._stream.cancel()

    def _returned(self):
        if not self._answered:
            raise RuntimeError("the ASGI application returned without a complete answer")

    def _failed(self, error):
        if self._stream is not None and self._stream.begun:
            self._stream.end(crash_meta(error))
        else:
            self._runner.send(crash_frame(self._id, error))

    def _scope(self):
        return dict(self._common_scope("http"), type="http", method=self._request.method.upper())
