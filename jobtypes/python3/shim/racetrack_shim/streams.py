"""Owns an answer that is sent piece by piece: the first piece at once, later ones merged, never more than the window ahead."""

import _thread
from time import sleep

from . import protocol

WINDOW_BYTES = 256 * 1024
MERGE_BYTES = 16 * 1024
MERGE_SECONDS = 0.001
_IDLE_TICKS = 50


class Cancelled(BaseException):
    """The caller is gone: raised where the next piece would be sent."""


class OutgoingStream:
    """One streamed answer. Any thread may `put`; `window` and `cancel` come from the thread that reads the connection."""

    def __init__(self, send, id, meta, flusher):
        self._send = send
        self._id = id
        self._meta = meta
        self._flusher = flusher
        self._lock = _thread.allocate_lock()
        self._room = _thread.allocate_lock()
        self._pieces = []
        self._size = 0
        self._granted = WINDOW_BYTES
        self._sent = 0  # two counters, each with one writer: no update is lost between threads
        self.cancelled = False
        self.on_cancel = None  # called when the caller leaves, by the thread that reads the connection

    @property
    def has_room(self):
        return self._sent < self._granted or self.cancelled

    @property
    def begun(self):
        """Whether the status line is out: from then on an error can only break the answer off."""
        return self._meta is None

    def put(self, data):
        """Queues a piece; raises Cancelled when nobody reads any more."""
        if self.cancelled:
            raise Cancelled()
        with self._lock:
            self._pieces.append(data)
            self._size += len(data)
            if self._meta is not None or self._size >= MERGE_BYTES:
                self._send_pieces()
                return
        self._flusher.watch(self)

    def put_last(self, data):
        """Queues the last piece: it goes out with the end."""
        with self._lock:
            self._pieces.append(data)

    def wait_for_room(self):
        """Blocks while the receiver is a whole window behind."""
        while not self.has_room:
            self._room.acquire(True, 1.0)
        if self.cancelled:
            raise Cancelled()

    def flush(self):
        with self._lock:
            if self._pieces:
                self._send_pieces()

    def end(self, meta=b""):
        """Sends what is left and ends the answer; `meta` is an error's when it broke off."""
        with self._lock:
            if self._pieces or self._meta is not None:
                self._send_pieces()
            self._send(protocol.encode(protocol.END, self._id, b"", meta))

    def window(self, size):
        self._granted += size
        self._wake()

    def cancel(self, meta=b""):
        self.cancelled = True
        self._wake()
        if self.on_cancel is not None:
            self.on_cancel()

    def _wake(self):
        try:
            self._room.release()
        except RuntimeError:  # nobody has been waiting since the last wake-up
            pass

    def _send_pieces(self):
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        meta, self._meta = self._meta or b"", None
        self._pieces = []
        self._size = 0
        self._sent += len(data)
        self._send(protocol.encode(protocol.CHUNK, self._id, data, meta))


class Flusher:
    """Sends merged pieces a moment later when the job does not produce the next one by then."""

    def __init__(self, spawn):
        self._spawn = spawn
        self._streams = set()
        self._running = False
        self._lock = _thread.allocate_lock()

    def watch(self, stream):
        self._streams.add(stream)
        if not self._running:
            with self._lock:
                if self._running:
                    return
                self._running = True
            self._spawn(self._run)

    def _run(self):
        idle = 0
        while True:
            sleep(MERGE_SECONDS)
            if self._streams:
                idle = 0
                while self._streams:
                    self._streams.pop().flush()
                continue
            idle += 1
            if idle > _IDLE_TICKS:
                with self._lock:
                    self._running = False
                    if not self._streams:
                        return
                    self._running = True
