"""A job whose user interface is a plain ASGI application with WebSockets, for the tests of the wrapper."""

import asyncio
import os
import signal


class Page:
    def webview_app(self, base_url):
        return app


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    name = scope["path"][len(scope["root_path"]) :].strip("/").replace("-", "_") or "index"
    kind = "socket" if scope["type"] == "websocket" else "page"
    await globals().get("%s_%s" % (kind, name), page_unknown)(scope, receive, send)


async def lifespan(receive, send):
    await receive()
    print("interface is up")
    await send({"type": "lifespan.startup.complete"})
    await receive()
    print("interface is down")
    await send({"type": "lifespan.shutdown.complete"})


async def page_index(scope, receive, send):
    await reply(send, ("%s %s" % (scope["root_path"], scope["path"])).encode())


async def page_unknown(scope, receive, send):
    await reply(send, b"no such page", 404)


async def page_echo(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        message = await receive()
        await send({"type": "http.response.body", "body": message["body"], "more_body": message["more_body"]})
        if not message["more_body"]:
            return


async def page_head_first(scope, receive, send):
    """Sends the head, and the body only when the caller's own body ends."""
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-type", b"text/event-stream")]})
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    while (await receive())["more_body"]:
        pass
    await send({"type": "http.response.body", "body": b"done"})


async def page_crash(scope, receive, send):
    raise LookupError("the page is broken")


async def page_wait(scope, receive, send):
    await receive()
    print("waiting")
    message = await receive()
    print("then came %s" % message["type"])


async def page_tasks(scope, receive, send):
    await reply(send, b"%d" % len(asyncio.all_tasks()))


async def socket_echo(scope, receive, send):
    await receive()
    offered = scope["subprotocols"]
    chosen = "chat.v2" if "chat.v2" in offered else None
    await send({"type": "websocket.accept", "subprotocol": chosen, "headers": [(b"x-room", b"7")]})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            print("closed with %s %s" % (message["code"], message["reason"]))
            return
        if message.get("text") == "close":
            await send({"type": "websocket.close", "code": 4002, "reason": "as you wish"})
            return
        if message.get("text") == "crash":
            raise LookupError("the socket is broken")
        if message.get("text") == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        await send(dict(message, type="websocket.send"))


async def socket_refuse(scope, receive, send):
    await receive()
    await send({"type": "websocket.close", "code": 4404})


async def socket_broken(scope, receive, send):
    raise LookupError("no socket today")


async def socket_flood(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    for number in range(2000):
        await send({"type": "websocket.send", "bytes": number.to_bytes(4, "big") + b"x" * 10000})


async def socket_slow(scope, receive, send):
    """Takes messages one by one and answers with their sizes at the end."""
    await receive()
    await send({"type": "websocket.accept"})
    sizes = 0
    for _ in range(200):
        message = await receive()
        sizes += len(message["bytes"])
        await asyncio.sleep(0)
    await send({"type": "websocket.send", "text": str(sizes)})


async def reply(send, body, status=200):
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})
