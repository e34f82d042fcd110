"""Owns the bytes of the worker protocol: encoding and decoding frames (docs/worker-protocol.md)."""

import struct

VERSION = 1

CALL, INPUT, CANCEL, HTTP, COLLECT, PING, STOP, FORK, WINDOW = range(1, 10)
(HELLO, PHASE, READY, FAILED, RESULT, ERROR, CHUNK, END, LOG, PROGRESS, METRICS, PONG, FORKED, EXITED) = range(64, 78)

# Flags of a frame.
MORE, TEXT, RAW = 1, 2, 4

MAX_BODY = 0x7FFFFFFF
MAX_META = 4 * 1024 * 1024

_HEADER = struct.Struct("<IIIHBB")
HEADER_BYTES = _HEADER.size
_KNOWN = frozenset(range(1, 10)) | frozenset(range(64, 78))
_pack_header = _HEADER.pack


class ProtocolError(Exception):
    """The peer broke the protocol; the connection cannot be used any further."""


class Frame:
    """One message; `meta` and `body` are bytes, `meta` holds JSON or nothing."""

    __slots__ = ("type", "flags", "endpoint", "id", "meta", "body")

    def __init__(self, type, flags, endpoint, id, meta, body):
        self.type = type
        self.flags = flags
        self.endpoint = endpoint
        self.id = id
        self.meta = meta
        self.body = body


def encode(type, id=0, body=b"", meta=b"", endpoint=0, flags=0):
    """Encodes one frame; `meta` and `body` are bytes."""
    return _pack_header(len(body), id, len(meta), endpoint, type, flags) + meta + body


class Decoder:
    """Cuts a byte stream into frames, whatever the chunks it arrives in."""

    def __init__(self, max_body=MAX_BODY, max_meta=MAX_META):
        self._max_body = max_body
        self._max_meta = max_meta
        self._parts = []
        self._held = 0
        self._wanted = HEADER_BYTES
        self._broken = None

    @property
    def pending(self):
        """Whether the stream stands inside a frame: ending it now would be a truncation."""
        return self._held > 0

    @property
    def missing(self):
        """How many bytes the frame that has begun still lacks; its header counts as a whole until it is known."""
        return self._wanted - self._held

    def feed(self, data):
        """Returns the frames completed by `data`; raises ProtocolError from then on when the peer sends garbage."""
        if self._broken is not None:
            raise self._broken
        if self._held:
            self._parts.append(data)
            self._held += len(data)
            if self._held < self._wanted:
                return []
            data = b"".join(self._parts)
            self._parts = []
            self._held = 0
        frames = []
        at, size = 0, len(data)
        self._wanted = HEADER_BYTES
        while size - at >= HEADER_BYTES:
            body_length, id, meta_length, endpoint, type, flags = _HEADER.unpack_from(data, at)
            if type not in _KNOWN:
                self._refuse("unknown frame type %d" % type)
            if body_length > self._max_body:
                self._refuse("a body of %d bytes is over the limit" % body_length)
            if meta_length > self._max_meta:
                self._refuse("a meta of %d bytes is over the limit" % meta_length)
            meta_at = at + HEADER_BYTES
            body_at = meta_at + meta_length
            end = body_at + body_length
            if end > size:
                self._wanted = end - at
                break
            frames.append(Frame(type, flags, endpoint, id, data[meta_at:body_at], data[body_at:end]))
            at = end
        if at < size:
            self._parts = [data[at:] if at else data]
            self._held = size - at
        return frames

    def _refuse(self, reason):
        self._broken = ProtocolError("worker protocol: " + reason)
        self._parts = []
        self._held = 0
        raise self._broken
