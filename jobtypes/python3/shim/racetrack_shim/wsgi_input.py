"""Owns `wsgi.input`: the request's body as a file that blocks until the next piece has arrived."""

import io
from threading import Condition

from .web_request import CallerGone

WINDOW_STEP = 64 * 1024  # room is given back to the sender in steps of so many bytes


class WsgiInput(io.BufferedIOBase):
    """`feed` and `cut` are called by the thread that reads the connection, everything else by the application."""

    def __init__(self, give_room):
        self._give_room = give_room
        self._buffer = bytearray()
        self._changed = Condition()
        self._complete = False
        self._gone = False
        self._received = 0
        self._given = 0

    def feed(self, data, more):
        with self._changed:
            self._buffer += data
            self._received += len(data)
            self._complete = not more
            self._changed.notify_all()

    def cut(self):
        """The caller is gone: nothing more will arrive."""
        with self._changed:
            self._gone = True
            self._changed.notify_all()

    def readable(self):
        return True

    def read(self, size=-1):
        wanted = None if size is None or size < 0 else size
        while wanted is None or len(self._buffer) < wanted:
            if not self._fill():
                break
        return self._take(len(self._buffer) if wanted is None else wanted)

    def read1(self, size=-1):
        if not self._buffer and size != 0:
            self._fill()
        return self._take(len(self._buffer) if size is None or size < 0 else size)

    def readline(self, size=-1):
        wanted = None if size is None or size < 0 else size
        seen = 0
        while True:
            at = self._buffer.find(b"\n", seen)
            if at >= 0:
                end = at + 1
                break
            seen = end = len(self._buffer)
            if (wanted is not None and seen >= wanted) or not self._fill():
                break
        return self._take(end if wanted is None else min(end, wanted))

    def _fill(self):
        """Waits for the next piece; False at the end of the body."""
        with self._changed:
            # Whoever waits for more holds on to what there is: the sender has to have room for the rest.
            self._acknowledge(self._received)
            size = len(self._buffer)
            while len(self._buffer) == size and not self._complete and not self._gone:
                self._changed.wait()
            if len(self._buffer) == size and self._gone and not self._complete:
                raise CallerGone("the caller went away before the whole body had arrived")
            return len(self._buffer) > size

    def _take(self, size):
        with self._changed:
            data = bytes(self._buffer[:size])
            del self._buffer[:size]
            self._acknowledge(self._received - len(self._buffer))
        return data

    def _acknowledge(self, done_with):
        if done_with - self._given >= WINDOW_STEP:
            self._give_room(done_with - self._given)
            self._given = done_with
