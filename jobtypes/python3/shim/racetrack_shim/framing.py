"""Owns the two forms of a streamed answer of many items: NDJSON and server-sent events (docs/worker-protocol.md)."""

from .encode import encode


class Framing:
    """`before` and `after` stand around each item, `tail` at the end of a complete answer."""

    def __init__(self, media_type, before, after, failed="", tail=b""):
        self.media_type = media_type
        self.meta = b'{"mediaType":"%s","headers":["cache-control","no-cache"]}' % media_type.encode()
        self.tail = tail
        self._before = before
        self._after = after
        self._between = after + before
        self._failed = failed

    def join(self, texts):
        """The bytes of items that are JSON already."""
        if not texts:
            return b""
        text = self._before + self._between.join(texts) + self._after
        try:
            return text.encode()
        except UnicodeEncodeError:  # a lone surrogate
            return text.encode("utf-8", "backslashreplace")

    def failure(self, error):
        """The last piece of an answer that breaks off."""
        from .failures import text_of

        body = encode({"error": text_of(error), "type": type(error).__name__})
        return self._failed.encode() + self._before.encode() + body + self._after.encode()


NDJSON = Framing("application/x-ndjson", "", "\n")
EVENTS = Framing("text/event-stream", "data: ", "\n\n", failed="event: error\n", tail=b"event: end\ndata:\n\n")
_ASKED_FOR = {
    "text/event-stream": EVENTS,
    "application/x-ndjson": NDJSON,
    "application/jsonl": NDJSON,
    "application/x-jsonlines": NDJSON,
    "application/json": None,
    "application/*": None,
    "*/*": None,
}


def framing_for(accept):
    """The streamed form that the caller asks for, None for plain JSON."""
    for choice in accept.split(","):
        name = choice.partition(";")[0].strip().lower()
        if name in _ASKED_FOR:
            return _ASKED_FOR[name]
    return None
