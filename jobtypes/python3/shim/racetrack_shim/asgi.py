"""Owns an ASGI application as a whole: its lifespan, and which exchange serves which request."""

from asyncio import Event, run_coroutine_threadsafe
from contextvars import Context

from .logs import log

_SHUTDOWN_SECONDS = 10


class AsgiHost:
    """Runs the application on the runner's event loop; `start` and `stop` are called by other threads."""

    def __init__(self, app, runner):
        self._app = app
        self._runner = runner
        self._lifespan = None

    def start(self, request):
        if request.websocket:
            from .asgi_websocket import AsgiWebsocket as Exchange
        else:
            from .asgi_http import AsgiHttp as Exchange
        exchange = Exchange(self, self._runner, request)
        self._runner.streams[request.id] = exchange
        self._runner.loop().call_soon_threadsafe(exchange.begin)

    def stop(self):
        if self._lifespan is not None:
            run_coroutine_threadsafe(self._lifespan.shut_down(), self._runner.loop()).result(_SHUTDOWN_SECONDS)

    async def run(self, scope, receive, send):
        """Runs the application for one request, once it has started up."""
        if self._lifespan is None:
            self._lifespan = Lifespan(self._app, self._runner.loop())
        scope["state"] = dict(await self._lifespan.started())
        await self._app(scope, receive, send)


class Lifespan:
    """The application's startup before the first request, and its shutdown. Lives on the event loop."""

    def __init__(self, app, loop):
        self._app = app
        self._state = {}
        self._messages = ["lifespan.startup"]
        self._told = Event()
        self._settled = Event()
        self._ended = Event()
        self._up = False
        self._failure = None
        # An empty context: what happens here belongs to no request.
        self._task = Context().run(loop.create_task, self._run())

    async def started(self):
        """The state that the application wants to see in its requests."""
        await self._settled.wait()
        if self._failure is not None:
            raise RuntimeError("the user interface could not start up: %s" % self._failure)
        return self._state

    async def shut_down(self):
        if self._up:
            self._messages.append("lifespan.shutdown")
            self._told.set()
            await self._ended.wait()

    async def _run(self):
        try:
            scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
            await self._app(scope, self._receive, self._send)
        except BaseException as error:
            # Before it is up, this is how an application says that it knows no lifespan.
            if self._up:
                log("ERROR", "the user interface's shutdown failed: %s" % error)
        finally:
            self._up = False
            self._settled.set()
            self._ended.set()

    async def _receive(self):
        while not self._messages:
            self._told.clear()
            await self._told.wait()
        return {"type": self._messages.pop(0)}

    async def _send(self, message):
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            self._up = True
        elif kind == "lifespan.startup.failed":
            self._failure = message.get("message", "").strip().rpartition("\n")[2] or "no reason given"
            log("ERROR", "the user interface could not start up: %s" % (message.get("message", "").strip()))
        elif kind == "lifespan.shutdown.failed":
            log("ERROR", "the user interface's shutdown failed: %s" % message.get("message", "").strip())
            self._ended.set()
        elif kind == "lifespan.shutdown.complete":
            self._ended.set()
        self._settled.set()
