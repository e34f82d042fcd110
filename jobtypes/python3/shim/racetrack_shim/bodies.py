"""Owns the body of a call: the bytes that came with it, or the file that holds them when they are many."""

import io
import os

_BLOCK = 128 * 1024


class BodyLost(Exception):
    """The file that holds the body cannot be read: somebody has cleared it away."""


def body_of(frame, request):
    """The body of a call as a Body, wherever it is."""
    if frame.body or not frame.meta or request.body_file is None:
        return Body(frame.body)
    return StoredBody(request.body_file)


class Body:
    """Bytes in memory."""

    def __init__(self, data):
        self._data = data
        self.size = len(data)

    def read(self, start=0, end=None):
        return bytes(self._data[start:end])

    def find(self, wanted, start):
        """Where `wanted` begins, at `start` or behind it; -1 when it does not."""
        return self._data.find(wanted, start)

    def view(self, start=0, end=None):
        """The body, or a part of it, as an open binary file."""
        return io.BytesIO(self._data[start:end])


class StoredBody:
    """The same in a file, read block by block. It stays readable after the file has been removed."""

    def __init__(self, path):
        self._path = path
        try:
            self._file = open(path, "rb", buffering=0)
        except OSError as error:
            raise BodyLost("the request's body is gone from the disk: %s" % error.strerror) from None
        self.size = os.fstat(self._file.fileno()).st_size

    def read(self, start=0, end=None):
        return _read(self._file, start, self.size if end is None else min(end, self.size))

    def find(self, wanted, start):
        at, overlap = start, len(wanted) - 1
        while at + overlap < self.size:
            found = os.pread(self._file.fileno(), _BLOCK + overlap, at).find(wanted)
            if found >= 0:
                return at + found
            at += _BLOCK
        return -1

    def view(self, start=0, end=None):
        return io.BufferedReader(_View(self._file, start, self.size if end is None else end))


class _View(io.RawIOBase):
    """A part of an open file, with a position of its own."""

    def __init__(self, file, start, end):
        self._file = file
        self._start = start
        self._size = end - start
        self._at = 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position %d" % (base + offset))
        self._at = base + offset
        return self._at

    def tell(self):
        return self._at

    def readall(self):
        data = _read(self._file, self._start + self._at, self._start + self._size)
        self._at += len(data)
        return data

    def readinto(self, buffer):
        count = min(len(buffer), max(0, self._size - self._at))
        data = os.pread(self._file.fileno(), count, self._start + self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _read(file, start, end):
    """The bytes between two places, in as few calls of the system as it allows."""
    pieces = []
    while start < end:
        piece = os.pread(file.fileno(), end - start, start)
        if not piece:
            break
        pieces.append(piece)
        start += len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
