"""Owns what becomes of exceptions: the error reply of a call, and the report of a job that cannot start."""

import os

from .encode import PydanticSerializationError, encode

_SHIM = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_ENCODING = tuple(os.path.join(_SHIM, "racetrack_shim", name) for name in ("encode.py", "plain.py"))
_STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_MAX_FRAMES = 40
_TYPE_ERROR_PREFIX = "failed to call a function: "
# Exceptions of the modules that jobs import from TheRacetrack's Python wrapper, installed or standing in.
_OWN_MODULES = ("racetrack_job_wrapper", "racetrack_client", "racetrack_commons", "job_wrapper", "fatman_wrapper")
# What speaks of the calling job's own token would mislead the one who called that job.
_NOT_PASSED_ON = (401, 403, 407)
_OWN_STATUS = {"ValidationError": 400, "UnauthorizedError": 401, "EntityNotFound": 404, "AlreadyExists": 409}


class Failure:
    """A failed call as the caller and the log will see it; `headers` are names and values in turn."""

    __slots__ = ("status", "body", "fault", "message", "cause", "traceback", "headers")

    def __init__(self, error, status, fault, body):
        self.status = status
        self.body = body
        self.fault = fault
        self.message = ""  # empty: not to be logged
        self.cause = type(root_cause(error)).__name__
        self.traceback = traceback_text(error)
        self.headers = []


def failure_of(error, called=True):
    """The failure that an exception means; `called` is False when the job's function had already returned."""
    http = _http_failure(error)
    if http is not None:
        return http
    status, message, kind = _status_message_kind(error)
    fault = _fault(error, status, called)
    failure = Failure(error, status, fault, encode({"error": message, "type": kind}))
    if _own_name(error) != "ValidationError":
        failure.message = message.strip() or kind
    if _is_job_call(error) and error.retry_after:
        failure.headers = ["Retry-After", error.retry_after]
    return failure


def start_failure(error):
    """The StartFailure of messages.ts: the error in one line, and what to do about it when that is known."""
    from .hints import hint_for

    root = root_cause(error)
    message = " ".join(text_of(error).split())
    line = "%s, cause=%s, traceback=%s" % (message, type(root).__name__, traceback_text(error))
    failure = {"error": line, "type": type(error).__name__}
    hint = hint_for(root)
    if hint:
        failure["hint"] = hint
    return failure


def root_cause(error):
    """The exception at the end of the `raise … from …` chain."""
    return _chain(error)[-1]


def traceback_text(error):
    """`file:line, file:line, …` of the whole chain, the job's own line last: the frames of the shim are left out,
    and so are those of libraries below the last line that the job's author can change."""
    frames = []
    for link in _chain(error):
        frames += _frames(link)
    own = [at for at, (file, _) in enumerate(frames) if _is_job_file(file)]
    if own:
        del frames[own[-1] + 1 :]
    lines = []
    for file, line in frames:
        text = "%s:%d" % (file, line)
        if not lines or lines[-1] != text:  # a function that calls itself
            lines.append(text)
    if len(lines) > _MAX_FRAMES:
        lines[10 : len(lines) - _MAX_FRAMES + 11] = ["…"]
    return ", ".join(lines)


def _chain(error):
    chain = [error]
    while chain[-1].__cause__ is not None and chain[-1].__cause__ not in chain:
        chain.append(chain[-1].__cause__)
    return chain


def _frames(error):
    """(file, line) of every frame outside the shim, the outermost first."""
    frames = [(os.path.normpath(file), line) for file, line in _raw_frames(error) if not _is_noise(file)]
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        frames.append((os.path.normpath(error.filename), error.lineno))
    return frames


def _raw_frames(error):
    entry = error.__traceback__
    while entry is not None:
        # A frame that is being cleared has no line.
        yield entry.tb_frame.f_code.co_filename, entry.tb_lineno or 0
        entry = entry.tb_next


def _is_noise(file):
    return file.startswith(_SHIM) or file.startswith("<frozen importlib")


def _is_job_file(file):
    if file.startswith("<"):
        return False
    return not (file.startswith(_STDLIB) or "site-packages" in file or "dist-packages" in file)


def text_of(error):
    """The message, whatever the exception's own `__str__` does."""
    if isinstance(error, SystemExit):
        return "the job's code called sys.exit(%s)" % ("" if error.code is None else repr(error.code))
    if isinstance(error, KeyboardInterrupt) and not error.args:
        return "the job's code raised KeyboardInterrupt"
    try:
        return str(error)
    except Exception as failed:
        return "%s, whose message cannot be shown: %s" % (type(error).__name__, type(failed).__name__)


def _status_message_kind(error):
    if isinstance(error, TypeError):
        return 400, _TYPE_ERROR_PREFIX + text_of(error), "ValueError"
    if _is_group(error):
        return (500,) + _group_message_kind(error)
    if _is_job_call(error):
        return 502 if error.status in _NOT_PASSED_ON else error.status, text_of(error), type(error).__name__
    own = _own_name(error)
    status = _OWN_STATUS[own] if own else 400 if isinstance(error, ValueError) else 500
    return status, text_of(error), type(error).__name__


def _fault(error, status, called):
    if _is_job_call(error):
        return error.fault
    if status >= 500 or not called or isinstance(error, PydanticSerializationError):
        return "job"
    files = [file for file, _ in _raw_frames(error)]
    if any(file in _ENCODING for file in files):
        return "job"  # the input was fine, the job's result cannot be encoded
    if isinstance(error, TypeError):
        # Raised by the call itself, the arguments did not fit; raised further in, it is the job's own.
        return "job" if any(not _is_noise(file) for file in files) else "caller"
    return "caller"


def _own_name(error):
    """Name of the first class in the ancestry that the original wrapper gives a status of its own."""
    for base in type(error).__mro__:
        if base.__name__ in _OWN_STATUS and base.__module__.partition(".")[0] in _OWN_MODULES:
            return base.__name__
    return None


def _is_job_call(error):
    """Whether a call of another job failed: its answer is passed on."""
    return any(base.__module__ == "racetrack_job_wrapper.call_error" for base in type(error).__mro__)


def _is_group(error):
    names = [base.__name__ for base in type(error).__mro__]
    return "BaseExceptionGroup" in names and isinstance(getattr(error, "exceptions", None), (tuple, list))


def _group_message_kind(error):
    """A group of one is spoken of as its member."""
    if not _is_group(error):
        return text_of(error), type(error).__name__
    members = [_group_message_kind(member) for member in error.exceptions]
    if len(members) == 1:
        return members[0]
    messages = ", ".join([message for message, _ in members])
    kinds = ", ".join([kind for _, kind in members])
    return "%s: %s" % (text_of(error), messages), "%s: %s" % (type(error).__name__, kinds)


def _http_failure(error):
    """The failure of a web framework's HTTPException, None for anything else."""
    if "HTTPException" not in [base.__name__ for base in type(error).__mro__]:
        return None
    if isinstance(getattr(error, "status_code", None), int) and hasattr(error, "detail"):
        status, detail, pairs = error.status_code, error.detail, getattr(error, "headers", None) or {}
    elif hasattr(error, "description") and hasattr(error, "get_headers"):
        status, detail, pairs = error.code or 500, error.description, ()
    else:
        return None
    failure = Failure(error, status, "caller" if status < 500 else "job", _detail_body(status, detail))
    for name, value in pairs.items() if hasattr(pairs, "items") else pairs:
        failure.headers += (str(name), str(value))
    return failure


def _detail_body(status, detail):
    if status < 200 or status in (204, 304):
        return b""
    try:
        return encode({"detail": detail})
    except ValueError:
        return encode({"detail": str(detail)})
