"""Owns the items of a plain generator on their way out. Whoever pumps it does so for a moment at a time and is free in between:
so one thread serves many streams, and each of them begins at once."""

import _thread
from contextvars import copy_context
from time import perf_counter

from . import protocol
from .calls import failure_frame, failure_meta
from .encode import encode_text
from .logs import finish_lines, unfinished
from .streams import MERGE_BYTES, WINDOW_BYTES, Cancelled

SLICE_SECONDS = 0.001


class ItemStream:
    """One streamed answer. It is pumped by the thread that reads the connection, or by one of its own (`run_to_end`);
    `window` and `cancel` come from the thread that reads."""

    def __init__(self, runner, id, items, framing):
        self.endpoint = None
        self._runner = runner
        self._id = id
        self._items = items
        self._framing = framing
        self._context = copy_context()
        self._texts = []  # items that have not been sent
        self._lock = _thread.allocate_lock()
        self._room = _thread.allocate_lock()
        self._begun = False
        self._granted = WINDOW_BYTES
        self._sent = 0
        self._cancelled = False
        self._parked = False  # the reader pumps it again when there is room
        self._watch = None  # tells the flusher that something has been gathered
        runner.register(id, self)

    @property
    def has_room(self):
        return self._sent < self._granted or self._cancelled

    def begun(self):
        """Sends the first item at once; returns the stream itself, or None when there is no more to come."""
        return self if self._pump(0.0) else None

    def pump(self):
        """Runs the generator for a moment; returns whether there is more to come."""
        return self._pump(perf_counter() + SLICE_SECONDS)

    def park(self):
        """Puts the stream aside until there is room. Only the thread that reads may do so."""
        self._parked = True

    def run_to_end(self):
        """Pumps to the end, waiting wherever it has to; the flusher sends what the generator then leaves lying."""
        self._watch = self._runner.flusher().watch
        more = self._begun or self.begun() is not None
        while more:
            while not self.has_room:
                self._room.acquire(True, 1.0)
            more = self.pump()

    def flush(self):
        """Sends what has been gathered; any thread may call it."""
        with self._lock:
            if self._texts:
                self._runner.send(self._chunk())

    def window(self, size):
        self._granted += size
        self._wake()

    def cancel(self, meta=b""):
        self._cancelled = True
        self._wake()

    def input(self, frame):
        """A call takes its whole input at once."""

    def _wake(self):
        if self._parked:
            self._parked = False
            self._runner.ready.append(self)
            return
        try:
            self._room.release()
        except RuntimeError:  # nobody has been waiting since the last wake-up
            pass

    def _pump(self, until):
        try:
            if self._context.run(self._gather, until):
                return True
        except BaseException as error:
            self._fail(error)
        else:
            self._finish()
        finally:
            if unfinished:
                self._context.run(finish_lines)
        self._runner.streams.pop(self._id, None)
        return False

    def _gather(self, until):
        """Takes items until the time is over or the receiver is a whole window behind; False: there are no more."""
        texts, watch = self._texts, self._watch
        append = texts.append
        size = 0
        if self._cancelled:
            raise Cancelled()
        for item in self._items:
            text = encode_text(item)
            append(text)
            size += len(text)
            late = perf_counter() >= until
            if late or size >= MERGE_BYTES:
                size = 0
                self.flush()
                if late or not self.has_room:
                    return True
                if self._cancelled:
                    raise Cancelled()
            elif watch is not None and len(texts) == 1:
                watch(self)
        return False

    def _finish(self):
        with self._lock:
            self._runner.send(self._chunk(self._framing.tail) + protocol.encode(protocol.END, self._id))

    def _fail(self, error):
        """A failure before the first item is an ordinary error; a later one ends the stream with it."""
        try:
            self._context.run(self._items.close)
        except BaseException as closing:
            from .crashes import log_crash

            log_crash(closing)
        with self._lock:
            if isinstance(error, Cancelled) or self._cancelled:
                self._runner.send(protocol.encode(protocol.END, self._id))
            elif not self._begun:
                self._runner.send(failure_frame(self._id, error))
            else:
                last = self._chunk(self._framing.failure(error))
                end = protocol.encode(protocol.END, self._id, b"", failure_meta(error, in_band=True))
                self._runner.send(last + end)

    def _chunk(self, last=b""):
        """A frame with what has been gathered, and `last` behind it; the pump may be adding to it meanwhile."""
        count = len(self._texts)
        data = self._framing.join(self._texts[:count]) + last
        del self._texts[:count]
        meta = b"" if self._begun else self._framing.meta
        self._begun = True
        self._sent += len(data)
        return protocol.encode(protocol.CHUNK, self._id, data, meta)
