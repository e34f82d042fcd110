"""Owns chain calls: a job calls another one through the gateway."""

import os

from racetrack_job_wrapper.call_error import JobCallError, call_error
from racetrack_job_wrapper.outgoing import HttpError, send
from racetrack_job_wrapper.recordkeeper import set_rk_headers

__all__ = ["JobCallError", "async_job_call", "call_job", "call_job_coroutine"]

_PERFORM = "/api/v1/perform"
_START_TIMEOUT = 5
_POLL_TIMEOUT = 60
_PENDING = frozenset((202, 408, 504))
_BREATH = 0.05


def call_job(entrypoint, job_name, path=_PERFORM, payload=None, version="latest", method="POST", timeout=10):
    """Calls an endpoint of another job and returns its decoded answer; `entrypoint` is the calling job.

    `timeout` is in seconds of silence, None waits for ever; it is never more than what is left of the call that the job is
    answering. Raises JobCallError for whatever the callee does, RuntimeError for all else."""
    with _Named(job_name, version):
        url = _gateway() + "/job/%s/%s%s" % (job_name, version, path)
        budget = _Budget(entrypoint)
        return _decoded(send(method, url, _headers(entrypoint, budget), payload, budget.cut(timeout)))


async def call_job_coroutine(
    entrypoint, job_name, path=_PERFORM, payload=None, version="latest", method="POST", timeout=10
):
    """`call_job` for coroutines: others go on while the answer is awaited."""
    with _Named(job_name, version):
        url = _gateway() + "/job/%s/%s%s" % (job_name, version, path)
        budget = _Budget(entrypoint)
        headers, seconds = _headers(entrypoint, budget), budget.cut(timeout)
        return _decoded(await _in_thread(lambda: send(method, url, headers, payload, seconds)))


def async_job_call(entrypoint, job_name, path=_PERFORM, payload=None, version="latest", method="POST"):
    """Has another job called as an asynchronous task of the gateway, and waits for its result however long it takes."""
    with _Named(job_name, version):
        gateway = _gateway()
        url = gateway + "/async/new/job/%s/%s%s" % (job_name, version, path)
        budget = _Budget(entrypoint)
        answer = send(method, url, _headers(entrypoint, budget), payload, budget.cut(_START_TIMEOUT))
        return _poll("%s/async/task/%s/poll" % (gateway, _decoded(answer)["task_id"]), budget)


class _Named:
    """Turns any failure into one that says who called whom."""

    def __init__(self, job_name, version):
        self._target = "%s %s" % (job_name, version)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if not isinstance(error, Exception):
            return False
        text = 'failed to call job "%s" by %s: %s' % (self._target, os.environ.get("JOB_NAME"), error)
        raise call_error(text, error) from error


class _Budget:
    """What is left of the call that the job is answering: a chain of calls as a whole ends when its first caller gives up."""

    def __init__(self, entrypoint):
        self._request = _current_request(entrypoint)

    @property
    def seconds(self):
        """None outside of a request, or when it has no limit."""
        return getattr(self._request, "remaining_seconds", None)

    def cut(self, timeout):
        """The timeout, or less; raises a TimeoutError when nothing is left."""
        left = self.seconds
        if left is None:
            return timeout
        if left <= 0:
            raise TimeoutError("no time is left of the call that is being answered")
        return left if timeout is None else min(timeout, left)


def _gateway():
    for name in ("JOB_NAME", "PUB_URL"):
        if not os.environ.get(name):
            raise RuntimeError("%s env var is not set" % name)
    return os.environ["PUB_URL"].rstrip("/")


def _headers(entrypoint, budget):
    """Who calls, how long it waits, and the marks by which the calls that belong together are found."""
    headers = {"X-Racetrack-Auth": os.environ["AUTH_TOKEN"]}
    if budget.seconds is not None:
        headers["X-Request-Timeout"] = "%.3f" % budget.seconds
    request = _current_request(entrypoint)
    if request is not None:
        incoming = request.headers
        for variable, default in (
            ("REQUEST_TRACING_HEADER", "X-Request-Tracing-Id"),
            ("CALLER_NAME_HEADER", "X-Caller-Name"),
        ):
            name = os.environ.get(variable) or default
            headers[name] = incoming.get(name) or ""
        for name in ("traceparent", "tracestate"):
            if incoming.get(name):
                headers[name] = incoming.get(name)
    set_rk_headers(headers, entrypoint)
    return headers


def _current_request(entrypoint):
    """The request that the job is answering; None outside of one."""
    context = getattr(entrypoint, "request_context", None)
    try:
        return context.get() if context is not None else None
    except LookupError:
        return None


def _decoded(response):
    from json import loads

    if not 200 <= response.status < 300:
        raise HttpError(response)
    try:
        return loads(response.body)
    except ValueError as error:
        raise HttpError(response, str(error)) from None


def _poll(url, budget):
    from time import sleep

    while True:
        try:
            response = send("GET", url, {}, None, budget.cut(_POLL_TIMEOUT))
        except TimeoutError:
            budget.cut(None)  # it may have been the last of the time
            continue
        if response.status == 200:
            return _decoded(response)
        if response.status not in _PENDING:
            raise HttpError(response, "Response error: <Response [%d %s]>" % (response.status, response.reason))
        sleep(_BREATH)  # the gateway holds a poll back by itself; another server in its place may not


async def _in_thread(work):
    """Runs `work` in a thread of its own: a shared pool would let only a few calls out at once."""
    from asyncio import get_running_loop
    from threading import Thread

    loop = get_running_loop()
    done = loop.create_future()

    def settle(method, outcome):
        if not done.done():
            method(outcome)

    def run():
        try:
            outcome = (done.set_result, work())
        except Exception as error:
            outcome = (done.set_exception, error)
        try:
            loop.call_soon_threadsafe(settle, *outcome)
        except RuntimeError:
            pass  # the loop was closed meanwhile: nobody waits for the answer

    Thread(target=run, name="chain call", daemon=True).start()
    return await done
