"""Owns the pages: an ASGI application with a login, and a WebSocket that only who is logged in may open."""

import json
from pathlib import Path

import sessions

PASSWORDS = {"ada": "engine"}  # a real application asks a database, which keeps no passwords either
MAX_LOGIN = 1024


class Pages:
    def __init__(self, job) -> None:
        self.job = job
        self.page = Path(__file__).with_name("page.html").read_bytes()

    async def __call__(self, scope, receive, send) -> None:
        route = scope["type"], scope["path"][len(scope.get("root_path", "")) :]
        if route == ("websocket", "/live"):
            await self.live(scope, receive, send)
        elif route == ("http", "/login") and scope["method"] == "POST":
            await self.login(scope, receive, send)
        elif route == ("http", "/"):
            await reply(send, 200, self.page, "text/html; charset=utf-8")
        elif scope["type"] == "http":
            await reply(send, 404, b"no such page")

    async def login(self, scope, receive, send) -> None:
        try:
            given = json.loads(await body_of(receive))
            known = PASSWORDS.get(given["user"]) == given["password"]
        except (ValueError, KeyError, TypeError):
            await reply(send, 400, b"give user and password")
            return
        if known:
            cookie = sessions.cookie_for(given["user"], scope.get("root_path") or "/")
            await reply(send, 204, b"", cookie=cookie)
        else:
            await reply(send, 403, b"wrong user or password")

    async def live(self, scope, receive, send) -> None:
        """Answers each message with a prediction."""
        await receive()
        user = sessions.user_of(scope["headers"])
        if user is None:
            await send({"type": "websocket.close", "code": 4401})  # before it is accepted: a 403
            return
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "welcome, %s" % user})
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            await send({"type": "websocket.send", "text": self.prediction(message.get("text") or "")})

    def prediction(self, text: str) -> str:
        try:
            return json.dumps(self.job.perform(json.loads(text)))
        except (ValueError, TypeError) as error:
            return json.dumps({"error": str(error)})


async def body_of(receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > MAX_LOGIN:
            return body[:MAX_LOGIN]


async def reply(send, status: int, body: bytes, media_type: str = "text/plain; charset=utf-8", cookie: str = "") -> None:
    headers = [(b"content-type", media_type.encode())] + ([(b"set-cookie", cookie.encode())] if cookie else [])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
