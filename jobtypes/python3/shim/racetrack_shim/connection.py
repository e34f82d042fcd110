"""Owns one socket to the wrapper: whole frames out under a lock, frames in."""

import _signal as signals
import _socket
import _thread
import os

from . import protocol

RECEIVE_BYTES = 64 * 1024  # allocated for every read: larger ones would come from the system each time
LARGE_BYTES = 32 * 1024


def end_group():
    """Ends this process together with what it has started: with the wrapper gone nobody else would."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        os._exit(0)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signals.SIGKILL)
    os._exit(0)


class Connection:
    """Sending is safe from any thread; receiving belongs to one thread at a time."""

    def __init__(self, sock):
        self._sock = sock
        sock.setblocking(True)
        self._lock = _thread.allocate_lock()
        self._sendall = sock.sendall
        self._recv = sock.recv
        self._decoder = protocol.Decoder()
        self._abandoned = False
        self.on_lost = None  # called before the process ends because the wrapper is gone

    @classmethod
    def on_descriptor(cls, descriptor):
        return cls(_socket.socket(fileno=descriptor))

    @classmethod
    def to_path(cls, path):
        sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        sock.connect(path)
        return cls(sock)

    def fileno(self):
        return self._sock.fileno()

    def close(self):
        self._sock.close()

    def abandon(self):
        """Called in a child that the job has forked: only the parent may speak here, or notice the end of the other side."""
        self._abandoned = True
        self._lock = _thread.allocate_lock()  # another thread of the parent may have held it
        self._sock.close()

    def send(self, data):
        """Writes encoded frames. A wrapper that is gone ends this process: nobody is left to work for."""
        try:
            with self._lock:
                self._sendall(data)
        except OSError:
            if self.on_lost is not None:
                self.on_lost()
            os._exit(0 if self._abandoned else 1)

    def send_json(self, type, value, id=0):
        """Sends a frame whose body is JSON."""
        from json import dumps

        self.send(protocol.encode(type, id, dumps(value).encode()))

    def receive(self):
        """Blocks for the next frames; an empty list means that the stream has ended."""
        while True:
            try:
                data = self._recv(RECEIVE_BYTES)
            except OSError:
                return []
            if not data:
                return []
            frames = self._cut(data)
            if frames:
                return frames

    def receive_arrived(self):
        """The frames that are there already, without waiting; None means that the stream has ended."""
        try:
            data = self._recv(RECEIVE_BYTES, _socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        except OSError:
            return None
        return self._cut(data) if data else None

    def _cut(self, data):
        try:
            frames = self._decoder.feed(data)
            if not frames and self._decoder.missing >= LARGE_BYTES:
                frames = self._decoder.feed(self._receive_whole(self._decoder.missing))
            return frames
        except protocol.ProtocolError:
            os._exit(1)

    def _receive_whole(self, size):
        """The rest of a large frame in one call of the system: while it waits, a call that holds the interpreter's lock for
        long, such as the decoding of another large body, cannot hold up the reading as well."""
        buffer = bytearray(size)
        view = memoryview(buffer)
        at = 0
        while at < size:
            received = self._sock.recv_into(view[at:], size - at, _socket.MSG_WAITALL)
            if received == 0:
                os._exit(0)  # the wrapper is gone
            at += received
        return buffer
