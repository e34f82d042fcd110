"""Owns the encoding of results: whatever a job returns → compact JSON in UTF-8."""

from json import encoder as _json

from .plain import OneShot, PydanticSerializationError, convert, is_one_shot, to_plain
from .replies import Reply, reply_of

__all__ = ["PydanticSerializationError", "Reply", "encode", "is_stream", "reply_of"]


def encode(value):
    """The JSON bytes of any serialisable value; raises a ValueError for a value that has no JSON form."""
    try:
        text = "".join(_chunks(value, 0))
        # A key None is "None" in the answer, but the fast encoder writes it as "null".
        if '"null":' not in text:
            return text.encode()
    except (ValueError, TypeError, RecursionError, OneShot):
        pass  # NaN, odd keys, a lone surrogate, a cycle, a generator: the thorough way gives the answer or the error
    return _thorough(value).encode("utf-8", "backslashreplace")


def encode_text(value):
    """The same as text, in which a lone surrogate is left as it is."""
    try:
        text = "".join(_chunks(value, 0))
        if '"null":' not in text:
            return text
    except (ValueError, TypeError, RecursionError, OneShot):
        pass
    return _thorough(value)


def _thorough(value):
    return "".join(_chunks(to_plain(value), 0))


def is_stream(value):
    """Whether the value is a generator, synchronous or asynchronous; `range`, lists and the like are not."""
    kind = type(value)
    if hasattr(kind, "__next__"):
        return hasattr(kind, "send") and hasattr(kind, "throw")
    return hasattr(kind, "__anext__") and hasattr(kind, "asend") and hasattr(kind, "athrow")


def _simpler(value):
    """Called by the fast encoder for a value of a type that it does not know."""
    if is_one_shot(value):
        raise OneShot()  # were it read now, a second attempt would find it empty
    return convert(value)


def _make_chunks():
    """One encoder for the life of the process; `json.dumps` would build one per call."""
    if _json.c_make_encoder is not None:
        # No markers: they are state that two threads encoding the same object would trip over.
        return _json.c_make_encoder(None, _simpler, _json.encode_basestring, None, ":", ",", False, False, False)
    options = {"ensure_ascii": False, "check_circular": False, "allow_nan": False, "separators": (",", ":")}
    python = _json.JSONEncoder(default=_simpler, **options)
    return lambda value, level: python.iterencode(value)


_chunks = _make_chunks()
