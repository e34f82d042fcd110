"""Owns errors that say what was being done when another one occurred."""

from contextlib import contextmanager


class ContextError(RuntimeError):
    """Reads from the general to the cause: `starting the job: loading the model: no such file`."""

    def __init__(self, context_message, cause=None):
        super().__init__(context_message)
        self.context_message = context_message
        if cause is not None:
            self.__cause__ = cause

    def __str__(self):
        if self.__cause__ is None:
            return self.context_message
        return "%s: %s" % (self.context_message, self.__cause__)


@contextmanager
def wrap_context(context_name, log_debug=False):
    """Errors of the block are raised with `context_name` in front."""
    if log_debug:
        from racetrack_job_wrapper.log.logs import get_logger

        get_logger(__name__).debug(context_name)
    try:
        yield
    except Exception as error:
        raise ContextError(context_name) from error


def unwrap(error):
    """The root cause."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
