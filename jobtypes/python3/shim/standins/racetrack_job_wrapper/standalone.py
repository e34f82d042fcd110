"""Owns the refusal to start a server from code: here the wrapper starts the job, not the other way round."""


def serve_job_class(entrypoint_class):
    """Not available here; the error names the command that does it."""
    _refuse("serve_job_class", getattr(entrypoint_class, "__name__", ""), entrypoint_class)


def serve_job_instance(entrypoint):
    """Not available here; the error names the command that does it."""
    _refuse("serve_job_instance", type(entrypoint).__name__, type(entrypoint))


def _refuse(function, name, kind):
    import sys

    module = sys.modules.get(getattr(kind, "__module__", ""))
    file = getattr(module, "__file__", None) or "entrypoint.py"
    raise RuntimeError(
        "%s cannot start a server here: the job already runs inside the wrapper. "
        "Remove the call, or start with: racetrack-wrapper run %s %s" % (function, file, name)
    )
