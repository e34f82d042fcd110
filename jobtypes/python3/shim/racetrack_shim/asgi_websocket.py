"""Owns one WebSocket of an ASGI application."""

from json import dumps, loads

from . import protocol
from .asgi_exchange import AsgiExchange, latin
from .crashes import crash_frame, crash_meta
from .streams import WINDOW_BYTES
from .web_request import reply_meta

_NO_STATUS = 1005
_GOING_WRONG = 1011


class AsgiWebsocket(AsgiExchange):
    def __init__(self, host, runner, request):
        super().__init__(host, runner, request)
        self._connected = False
        self._accepted = False
        self._credit = WINDOW_BYTES
        self._closing = {"code": _NO_STATUS, "reason": ""}

    async def receive(self):
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        item = await self._next()
        if item is None:
            return dict(self._closing, type="websocket.disconnect")
        body, is_text = item
        if is_text:
            return {"type": "websocket.receive", "text": body.decode("utf-8", "replace")}
        return {"type": "websocket.receive", "bytes": body}

    async def send(self, message):
        self._refuse_if_gone()
        kind = message["type"]
        if self._done:
            raise RuntimeError("the ASGI application sent %r after it had closed the WebSocket" % kind)
        if kind == "websocket.accept" and not self._accepted:
            self._accept(message)
        elif kind == "websocket.send" and self._accepted:
            await self._send_message(message)
        elif kind == "websocket.close":
            self._close(message.get("code", 1000), message.get("reason") or "")
        else:
            raise RuntimeError("the ASGI application sent %r at a time when it does not fit" % kind)

    def _accept(self, message):
        pairs = latin(message.get("headers") or ())
        if message.get("subprotocol"):
            pairs.append(("sec-websocket-protocol", message["subprotocol"]))
        # Checked like any other head, then marked as the change of protocol that it is.
        meta = dict(loads(reply_meta(200, pairs)), status=101)
        self._send_frame(protocol.CHUNK, b"", dumps(meta).encode())
        self._accepted = True

    async def _send_message(self, message):
        text = message.get("text")
        body = bytes(message["bytes"]) if text is None else text.encode()
        while self._credit <= 0:
            self._room.clear()
            await self._room.wait()
            self._refuse_if_gone()
        self._credit -= len(body)
        self._send_frame(protocol.CHUNK, body, flags=0 if text is None else protocol.TEXT)

    def _close(self, code, reason):
        if self._accepted:
            self._send_frame(protocol.END, b"", dumps({"code": code, "reason": reason}).encode())
        else:
            self._send_frame(protocol.RESULT, b"", reply_meta(403, ()))
        self._closing = {"code": code, "reason": reason}
        self._done = True
        self._runner.streams.pop(self._id, None)
        self._arrived.set()

    def _on_input(self, body, flags):
        self._put((body, bool(flags & protocol.TEXT)))

    def _on_window(self, size):
        self._credit += size
        self._room.set()

    def _on_cancel(self, meta):
        if meta and not self._done:
            self._closing.update(loads(meta))
        super()._on_cancel(meta)

    def _returned(self):
        if self._done:
            return
        if not self._accepted:
            raise RuntimeError("the ASGI application returned without accepting or refusing the WebSocket")
        self._close(1000, "")

    def _failed(self, error):
        if self._accepted:
            self._send_frame(protocol.END, b"", crash_meta(error, {"code": _GOING_WRONG, "reason": ""}))
        else:
            self._runner.send(crash_frame(self._id, error))

    def _scope(self):
        offered = self._request.header("sec-websocket-protocol") or ""
        subprotocols = [name.strip() for name in offered.split(",") if name.strip()]
        return dict(self._common_scope("ws"), type="websocket", subprotocols=subprotocols)
