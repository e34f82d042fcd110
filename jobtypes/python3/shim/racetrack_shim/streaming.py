"""Owns answers made of many items, and those that a framework's response object brings along piece by piece."""

from contextvars import copy_context

from . import protocol
from .calls import failure_frame, failure_meta
from .encode import encode, encode_text
from .framing import framing_for
from .streams import Cancelled, OutgoingStream


def start_stream(runner, id, items, accept):
    """The whole reply for a caller of plain JSON, who gets a proper error if the job fails half-way; an ItemStream that is yet
    to begin; or None when the event loop goes on with it."""
    framing = framing_for(accept)
    if not hasattr(items, "__anext__"):
        if framing is None:
            return protocol.encode(protocol.RESULT, id, encode(_all(runner, id, items)))
        from .item_stream import ItemStream

        return ItemStream(runner, id, items, framing)
    loop = runner.loop()
    coroutine = _gather(runner, id, items) if framing is None else _AsyncStream(runner, id, items, framing).pump()
    loop.call_soon_threadsafe(loop.create_task, coroutine)
    return None


def _all(runner, id, items):
    """Every item; a caller who leaves ends even a generator that never does."""
    watch = _Watch()
    runner.register(id, watch)
    found = []
    try:
        for item in items:
            if watch.cancelled:
                raise Cancelled()
            found.append(item)
    finally:
        runner.streams.pop(id, None)
        items.close()
    return found


async def _gather(runner, id, items):
    watch = _Watch()
    watch.on_cancel = _canceller(runner.loop())
    runner.register(id, watch)
    try:
        reply = protocol.encode(protocol.RESULT, id, encode([item async for item in items]))
    except BaseException as error:
        await items.aclose()
        reply = failure_frame(id, error)
    runner.streams.pop(id, None)
    runner.send(reply)


class _AsyncStream:
    """The items of an asynchronous generator; it runs on the event loop."""

    def __init__(self, runner, id, items, framing):
        self._runner = runner
        self._id = id
        self._items = items
        self._framing = framing
        self._stream = OutgoingStream(runner.send, id, framing.meta, runner.flusher())

    async def pump(self):
        from asyncio import sleep

        stream, framing = self._stream, self._framing
        stream.on_cancel = _canceller(self._runner.loop())
        self._runner.register(self._id, stream)
        try:
            async for item in self._items:
                while not stream.has_room:
                    await sleep(0.001)
                stream.put(framing.join((encode_text(item),)))
        except BaseException as error:
            await self._items.aclose()
            self._break(error)
        else:
            stream.put_last(framing.tail)
            stream.end()
        finally:
            self._runner.streams.pop(self._id, None)

    def _break(self, error):
        """As in ItemStream."""
        stream = self._stream
        if isinstance(error, Cancelled) or stream.cancelled:
            stream.end()
        elif not stream.begun:
            self._runner.send(failure_frame(self._id, error))
        else:
            stream.put_last(self._framing.failure(error))
            stream.end(failure_meta(error, in_band=True))


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
    runner.register(id, stream)
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
