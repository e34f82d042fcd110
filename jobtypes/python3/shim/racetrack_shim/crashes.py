"""Owns what becomes of an exception that escapes from the job's user interface: always the job's own fault."""

from json import dumps

from . import protocol
from .encode import encode
from .failures import failure_of, text_of
from .logs import log
from .streams import Cancelled
from .web_request import CallerGone

# How frameworks say that the caller is gone.
_DISCONNECTS = frozenset(("WebSocketDisconnect", "ClientDisconnect", "ClientDisconnected", "CancelledError"))


def crash_frame(id, error):
    """The `error` frame: the answer has not begun."""
    body = encode({"error": text_of(error), "type": type(error).__name__})
    return protocol.encode(protocol.ERROR, id, body, crash_meta(error))


def crash_meta(error, more=None):
    """The ErrorMeta, for an answer that breaks off; `more` are further members."""
    failure = failure_of(error)
    message = text_of(error).strip() or type(error).__name__
    meta = {"status": 500, "fault": "job", "message": message, "counted": True}
    meta["cause"] = failure.cause
    meta["traceback"] = failure.traceback
    return dumps(dict(meta, **(more or {}))).encode()


def log_crash(error):
    """For an error that comes too late for the caller; one that merely says that the caller is gone is no news."""
    link = error
    while link is not None:
        if isinstance(link, (CallerGone, Cancelled)) or type(link).__name__ in _DISCONNECTS:
            return
        link = link.__cause__ or link.__context__
    failure = failure_of(error)
    extra = {"cause": failure.cause, "traceback": failure.traceback}
    log("ERROR", text_of(error).strip() or type(error).__name__, extra)
