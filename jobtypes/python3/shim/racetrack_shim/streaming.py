"""Owns answers made of many items: a JSON array for ordinary callers, NDJSON or server-sent events for those who ask."""

from contextvars import copy_context

from . import protocol
from .calls import failure_frame, failure_meta
from .encode import encode
from .streams import Cancelled, OutgoingStream

NDJSON = "application/x-ndjson"
EVENTS = "text/event-stream"


class Streaming:
    """One call whose result is a generator, synchronous or asynchronous."""

    def __init__(self, runner, id, items):
        self._runner = runner
        self._id = id
        self._items = items
        self._asynchronous = hasattr(items, "__anext__")

    def start(self, accept):
        """Returns the whole reply for a caller of plain JSON, who gets a proper error if the job fails half-way;
        None when the answer is streamed."""
        media_type = _negotiate(accept)
        if media_type is None:
            if not self._asynchronous:
                return protocol.encode(protocol.RESULT, self._id, encode(self._all()))
            self._run_soon(self._gather())
            return None
        self._media_type = media_type
        meta = b'{"mediaType":"%s","headers":["cache-control","no-cache"]}' % media_type.encode()
        self._stream = OutgoingStream(self._runner.send, self._id, meta, self._runner.flusher())
        self._runner.streams[self._id] = self._stream
        if self._asynchronous:
            self._run_soon(self._pump_async())
        else:
            self._runner.spawn(copy_context().run, self._pump)
        return None

    def _run_soon(self, coroutine):
        loop = self._runner.loop()
        loop.call_soon_threadsafe(loop.create_task, coroutine)

    def _all(self):
        """Every item; a caller who leaves ends even a generator that never does."""
        watch = self._runner.streams[self._id] = _Watch()
        items = []
        try:
            for item in self._items:
                if watch.cancelled:
                    raise Cancelled()
                items.append(item)
        finally:
            self._runner.streams.pop(self._id, None)
            self._items.close()
        return items

    async def _gather(self):
        watch = self._runner.streams[self._id] = _Watch()
        watch.on_cancel = _canceller(self._runner.loop())
        try:
            reply = protocol.encode(protocol.RESULT, self._id, encode([item async for item in self._items]))
        except BaseException as error:
            await self._items.aclose()
            reply = failure_frame(self._id, error)
        self._runner.streams.pop(self._id, None)
        self._runner.send(reply)

    def _pump(self):
        try:
            for item in self._items:
                self._stream.wait_for_room()
                self._stream.put(self._line(item))
        except BaseException as error:
            self._break(error)
            return
        finally:
            self._items.close()
        self._finish()

    async def _pump_async(self):
        from asyncio import sleep

        self._stream.on_cancel = _canceller(self._runner.loop())
        try:
            async for item in self._items:
                while not self._stream.has_room:
                    await sleep(0.001)
                self._stream.put(self._line(item))
        except BaseException as error:
            await self._items.aclose()
            self._break(error)
            return
        self._finish()

    def _line(self, item):
        text = encode(item)
        return b"data: " + text + b"\n\n" if self._media_type == EVENTS else text + b"\n"

    def _finish(self):
        self._runner.streams.pop(self._id, None)
        if self._media_type == EVENTS:
            self._stream.put(b"event: end\ndata:\n\n")
        self._stream.end()

    def _break(self, error):
        """A failure before the first item is an ordinary error; a later one ends the stream with it."""
        self._runner.streams.pop(self._id, None)
        if isinstance(error, Cancelled) or self._stream.cancelled:
            self._stream.end()
        elif not self._stream.begun:
            self._runner.send(failure_frame(self._id, error))
        else:
            self._stream.put_last(self._error_line(error))
            self._stream.end(failure_meta(error, in_band=True))

    def _error_line(self, error):
        body = {"error": str(error), "type": type(error).__name__}
        line = encode(body)
        return b"event: error\ndata: " + line + b"\n\n" if self._media_type == EVENTS else line + b"\n"


class _Watch:
    """The place among the running calls of one whose items are gathered: all it wants to hear is that the caller has left."""

    cancelled = False
    on_cancel = None

    def cancel(self, meta=b""):
        self.cancelled = True
        if self.on_cancel is not None:
            self.on_cancel()

    def window(self, size):
        """An answer that is not streamed has no window."""

    def input(self, frame):
        """A call takes its whole input at once."""


def _canceller(loop):
    """Cancels the task that runs now, from any thread."""
    from asyncio import current_task

    task = current_task()
    return lambda: loop.call_soon_threadsafe(task.cancel)


def send_reply(runner, id, reply):
    """Sends a framework's response object as it is: status, headers and bytes, or its iterator piece by piece."""
    from json import dumps

    meta = {"status": reply.status, "headers": list(reply.headers)}
    if reply.media_type:
        meta["mediaType"] = reply.media_type
    if isinstance(reply.body, bytes):
        return protocol.encode(protocol.RESULT, id, reply.body, dumps(meta).encode())
    stream = OutgoingStream(runner.send, id, dumps(meta).encode(), runner.flusher())
    runner.streams[id] = stream
    if hasattr(reply.body, "__anext__") or hasattr(reply.body, "__aiter__"):
        loop = runner.loop()
        loop.call_soon_threadsafe(loop.create_task, _copy_async(runner, id, reply.body, stream))
    else:
        runner.spawn(copy_context().run, _copy, runner, id, reply.body, stream)
    return None


def _copy(runner, id, pieces, stream):
    error = None
    try:
        for piece in pieces:
            stream.wait_for_room()
            stream.put(_bytes(piece))
    except BaseException as raised:
        error = raised
    _close(runner, id, stream, error)


async def _copy_async(runner, id, pieces, stream):
    from asyncio import sleep

    error = None
    try:
        async for piece in pieces:
            while not stream.has_room:
                await sleep(0.001)
            stream.put(_bytes(piece))
    except BaseException as raised:
        error = raised
    _close(runner, id, stream, error)


def _close(runner, id, stream, error):
    runner.streams.pop(id, None)
    stream.end(b"" if error is None or isinstance(error, Cancelled) else failure_meta(error))


def _bytes(piece):
    return piece.encode() if isinstance(piece, str) else bytes(piece)


def _negotiate(accept):
    """The streamed form that the caller asks for, None for plain JSON."""
    for choice in accept.split(","):
        name = choice.partition(";")[0].strip().lower()
        if name == EVENTS:
            return EVENTS
        if name in (NDJSON, "application/jsonl", "application/x-jsonlines"):
            return NDJSON
        if name in ("*/*", "application/json", "application/*"):
            return None
    return None
