"""A page and a WebSocket without any library: an ASGI application, and no `perform` at all."""

import json
from pathlib import Path


class EchoPage:
    def __init__(self) -> None:
        self.page = Path(__file__).with_name("page.html").read_bytes()

    def webview_app(self, base_url: str):
        """The application; it finds its own part of the path below `root_path`."""

        async def app(scope, receive, send):
            path = scope["path"][len(scope.get("root_path", "")) :]
            if scope["type"] == "websocket":
                await (echo if path == "/echo" else refuse)(receive, send)
            elif path == "/":
                await reply(send, 200, "text/html; charset=utf-8", self.page)
            elif path == "/shout" and scope["method"] == "POST":
                text = (await read_body(receive)).decode()
                await reply(send, 200, "application/json", json.dumps({"shout": text.upper()}).encode())
            else:
                await reply(send, 404, "text/plain; charset=utf-8", b"no such page")

        return app


async def echo(receive, send) -> None:
    """Sends every message back, until the other side has enough."""
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") is not None:
            await send({"type": "websocket.send", "text": message["text"]})
        else:
            await send({"type": "websocket.send", "bytes": message["bytes"]})


async def refuse(receive, send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4404})


async def read_body(receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def reply(send, status: int, media_type: str, body: bytes) -> None:
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
