"""Owns what HTTP requests and WebSockets of an ASGI application share: one task on the event loop, and what reaches it."""

from asyncio import Event
from collections import deque
from urllib.parse import unquote

from . import protocol
from .context import enter
from .crashes import log_crash
from .logs import finish_lines
from .web_request import CallerGone

WINDOW_STEP = 64 * 1024  # room is given back to the sender in steps of so many bytes
_GRACE_SECONDS = 30  # how long an application may go on after its caller has left


class AsgiExchange:
    """`input`, `window` and `cancel` are called by the thread that reads the connection, everything else by the loop."""

    def __init__(self, host, runner, request):
        self._host = host
        self._runner = runner
        self._loop = runner.loop()
        self._request = request
        self._id = request.id
        self._inbox = deque()
        self._owed = 0
        self._gone = False
        self._done = False

    def input(self, frame):
        self._loop.call_soon_threadsafe(self._on_input, frame.body, frame.flags)

    def window(self, size):
        self._loop.call_soon_threadsafe(self._on_window, size)

    def cancel(self, meta=b""):
        """The caller is gone, there is nobody to answer any more: the application is told, and given time to end."""
        self._runner.streams.pop(self._id, None)
        self._send_frame(protocol.END)
        self._loop.call_soon_threadsafe(self._on_cancel, meta)

    def begin(self):
        self._arrived = Event()
        self._room = Event()
        self._task = self._loop.create_task(self._run())
        self._timer = None

    async def _run(self):
        try:
            enter(self._request.meta, self._id)
            await self._host.run(self._scope(), self.receive, self.send)
            if not self._gone:
                self._returned()
        except BaseException as error:
            if self._gone or self._done:
                log_crash(error)
            else:
                self._failed(error)
        finally:
            self._done = True
            self._runner.streams.pop(self._id, None)
            if self._timer is not None:
                self._timer.cancel()
            finish_lines()

    def _on_cancel(self, meta):
        if self._done:
            return
        self._gone = True
        self._arrived.set()
        self._room.set()
        self._timer = self._loop.call_later(_GRACE_SECONDS, self._task.cancel)

    async def _next(self):
        """The next item of the inbox, None when there will be no other."""
        while not self._inbox:
            if self._gone or self._done:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        item = self._inbox.popleft()
        self._owed += len(item[0])
        if self._owed >= WINDOW_STEP:
            self._send_frame(protocol.WINDOW, self._owed.to_bytes(4, "little"))
            self._owed = 0
        return item

    def _put(self, item):
        self._inbox.append(item)
        self._arrived.set()

    def _refuse_if_gone(self):
        if self._gone:
            raise CallerGone("the caller has gone away")

    def _send_frame(self, type, body=b"", meta=b"", flags=0):
        self._runner.send(protocol.encode(type, self._id, body, meta, flags=flags))

    def _common_scope(self, scheme):
        request = self._request
        return {
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": scheme,
            "path": unquote(request.path),
            "raw_path": request.path.encode("latin-1"),
            "query_string": request.query.encode("latin-1"),
            "root_path": unquote(request.mount),
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers],
            "client": request.client,
            "server": request.server,
        }


def latin(pairs):
    """Header pairs of bytes as texts of the same code points."""
    return [(bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in pairs]
