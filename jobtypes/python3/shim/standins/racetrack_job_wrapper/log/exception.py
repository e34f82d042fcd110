"""Owns the one-line form of exceptions."""


def log_exception(error):
    """Logs the message, the root cause's type and where it came from."""
    from racetrack_job_wrapper.log.logs import get_logger

    message, cause, traceback = exception_details(error)
    get_logger(__name__).error("%s", message, extra={"cause": cause, "traceback": traceback})


def short_exception_details(error):
    """`message, cause=Type, traceback=file:line, …`"""
    return "%s, cause=%s, traceback=%s" % exception_details(error)


def exception_details(error):
    """Message, type of the root cause, and `file:line, …`."""
    from racetrack_shim.failures import root_cause, traceback_text

    return str(error).strip(), type(root_cause(error)).__name__, traceback_text(error)
