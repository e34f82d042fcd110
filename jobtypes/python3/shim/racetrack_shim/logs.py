"""Owns what the job says: prints and `logging` records become `log` frames with a level and a call id."""

import io
import sys

from . import protocol
from .context import current_call

MAX_LINE = 64 * 1024
_LEVELS = ((50, "CRITICAL"), (40, "ERROR"), (30, "WARNING"), (20, "INFO"), (0, "DEBUG"))
# Attributes that every logging record has; anything else was given as `extra`.
_STANDARD = frozenset(
    "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created "
    "msecs relativeCreated thread threadName processName process message asctime taskName extra".split()
)

# Lines that were started but not ended, by thread and level.
unfinished = {}

_connection = None


def send_to(connection):
    """Directs all further log lines of this process to `connection`."""
    global _connection
    _connection = connection


def install(connection):
    """Replaces `sys.stdout` and `sys.stderr`, and gives the root logger a handler as soon as `logging` is imported."""
    send_to(connection)
    sys.stdout = LineStream(sys.__stdout__, "INFO")
    sys.stderr = LineStream(sys.__stderr__, "WARNING")
    if "logging" in sys.modules:
        _configure(sys.modules["logging"])
    else:
        sys.meta_path.insert(0, _LoggingHook())


def speak_plainly():
    """In a child that the job has forked: what it says goes to the standard streams, which the wrapper reads line by line."""
    global _connection
    _connection = None
    unfinished.clear()
    for name in ("stdout", "stderr"):
        if type(getattr(sys, name)) is LineStream:
            setattr(sys, name, getattr(sys, "__%s__" % name))


def log(level, message, extra=None, verbatim=False):
    """Sends one record, attributed to the call that runs in this context."""
    if _connection is None:
        sys.stderr.write("%s\n" % message)
        return
    record = {"level": level, "message": message}
    if extra:
        record["extra"] = extra
    if verbatim:
        record["verbatim"] = True
    from json import dumps

    body = dumps(record, default=str).encode()
    _connection.send(protocol.encode(protocol.LOG, current_call.get(), body))


class LineStream(io.TextIOBase):
    """A text stream whose lines become log records; a started line is kept apart for each thread."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, raw, level):
        self._raw = raw
        self._level = level

    @property
    def buffer(self):
        return self._raw.buffer

    @property
    def name(self):
        return self._raw.name

    def fileno(self):
        return self._raw.fileno()

    def isatty(self):
        return False

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not %s" % type(text).__name__)
        from _thread import get_ident

        me = get_ident()
        whole = unfinished.pop((me, self._level), "") + text
        if "\n" in whole or len(whole) > MAX_LINE:
            *lines, whole = whole.split("\n") if "\n" in whole else (whole, "")
            for line in lines:
                self._say(line)
        if whole:
            unfinished[me, self._level] = whole
        return len(text)

    def finish(self):
        """Sends the line that this thread has started but not ended."""
        from _thread import get_ident

        line = unfinished.pop((get_ident(), self._level), "")
        if line:
            self._say(line)

    def _say(self, line):
        # A progress bar rewrites its line with carriage returns: only the last state is worth a record.
        line = line.rstrip("\r").rpartition("\r")[2]
        if line:
            log(self._level, line[:MAX_LINE])


def finish_lines():
    """Called when a call ends: no half line may wait for the next one."""
    for stream in (sys.stdout, sys.stderr):
        if type(stream) is LineStream:
            stream.finish()


class _LoggingHook:
    """Configures `logging` the moment the job imports it: a job that does not is spared the cost."""

    def find_spec(self, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        from importlib.util import find_spec

        spec = find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            _configure(module)

        spec.loader.exec_module = exec_module
        return spec


def _configure(logging):
    class WrapperHandler(logging.Handler):
        """Sends records to the wrapper's log; a formatter that the job sets here is honoured line by line."""

        def emit(self, record):
            try:
                if self.formatter is not None:
                    log(_level(record.levelno), self.format(record), verbatim=True)
                else:
                    log(_level(record.levelno), record.getMessage(), _extra(record))
            except Exception:
                self.handleError(record)

    root = logging.getLogger()
    root.addHandler(WrapperHandler())
    root.setLevel(logging.INFO)
    logging.getLogger("racetrack").setLevel(logging.DEBUG)


def _level(number):
    for least, name in _LEVELS:
        if number >= least:
            return name
    return "DEBUG"


def _extra(record):
    extra = {key: value for key, value in vars(record).items() if key not in _STANDARD}
    given = getattr(record, "extra", None)
    if isinstance(given, dict):
        extra.update(given)
    if record.exc_info and record.exc_info[0] is not None:
        from .failures import root_cause, traceback_text

        extra["cause"] = type(root_cause(record.exc_info[1])).__name__
        extra["traceback"] = traceback_text(record.exc_info[1])
    if record.stack_info:
        extra["stack_info"] = record.stack_info
    return extra
