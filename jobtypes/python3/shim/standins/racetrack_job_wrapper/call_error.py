"""Owns the one kind of error that a call of another job ends with, and what it tells about the callee."""

UNREACHABLE, TOO_LATE = 502, 504


class JobCallError(RuntimeError):
    """A call of another job failed; where nobody catches it, the job is answered for with the callee's status.

    `status` is the callee's, 502 without a usable answer, 504 without one in time; `type` and `body` are those of its
    answer, `body` decoded when it is JSON; `fault` is "job" or "platform"; `retry_after` is its Retry-After, as text."""

    status = UNREACHABLE
    type = None
    body = None
    fault = "job"
    retry_after = None


def call_error(message, cause):
    """The JobCallError for an HttpError, or for an OSError when there was no answer; any other cause is no matter of the callee."""
    from racetrack_job_wrapper.outgoing import HttpError

    if isinstance(cause, HttpError):
        return _answered(JobCallError(message), cause.response)
    if not isinstance(cause, OSError):
        return RuntimeError(message)
    error = JobCallError(message)
    if isinstance(cause, TimeoutError):
        error.status = TOO_LATE
    else:
        error.fault = "platform"
    return error


def _answered(error, response):
    error.body = _decoded(response.body)
    if 400 <= response.status <= 599:
        error.status = response.status
        error.type = error.body.get("type") if isinstance(error.body, dict) else None
        error.retry_after = response.headers.get("retry-after")
    if response.headers.get("x-racetrack-fault") == "platform":
        error.fault = "platform"
    return error


def _decoded(body):
    from json import loads

    try:
        return loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
