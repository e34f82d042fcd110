"""Owns chain calls: a job calls another one through the gateway."""

import os

from racetrack_job_wrapper.outgoing import HttpError, send
from racetrack_job_wrapper.recordkeeper import set_rk_headers

_PERFORM = "/api/v1/perform"
_START_TIMEOUT = 5
_POLL_TIMEOUT = 60
_PENDING = frozenset((202, 408, 504))
_BREATH = 0.05


def call_job(entrypoint, job_name, path=_PERFORM, payload=None, version="latest", method="POST", timeout=10):
    """Calls an endpoint of another job and returns its decoded answer; `entrypoint` is the calling job.

    `timeout` is in seconds of silence, None waits for ever. Every failure is a RuntimeError."""
    with _Named(job_name, version):
        url = _gateway() + "/job/%s/%s%s" % (job_name, version, path)
        return _decoded(send(method, url, _headers(entrypoint), payload, timeout))


async def call_job_coroutine(
    entrypoint, job_name, path=_PERFORM, payload=None, version="latest", method="POST", timeout=10
):
    """`call_job` for coroutines: others go on while the answer is awaited."""
    with _Named(job_name, version):
        url = _gateway() + "/job/%s/%s%s" % (job_name, version, path)
        headers = _headers(entrypoint)
        return _decoded(await _in_thread(lambda: send(method, url, headers, payload, timeout)))


def async_job_call(entrypoint, job_name, path=_PERFORM, payload=None, version="latest", method="POST"):
    """Has another job called as an asynchronous task of the gateway, and waits for its result however long it takes."""
    with _Named(job_name, version):
        gateway = _gateway()
        url = gateway + "/async/new/job/%s/%s%s" % (job_name, version, path)
        task = _decoded(send(method, url, _headers(entrypoint), payload, _START_TIMEOUT))["task_id"]
        return _poll("%s/async/task/%s/poll" % (gateway, task))


class _Named:
    """Turns any failure into a RuntimeError that says who called whom."""

    def __init__(self, job_name, version):
        self._target = "%s %s" % (job_name, version)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if not isinstance(error, Exception):
            return False
        text = 'failed to call job "%s" by %s: %s' % (self._target, os.environ.get("JOB_NAME"), error)
        if isinstance(error, HttpError):
            text += ": " + error.body.decode("utf-8", "replace")
        raise RuntimeError(text) from error


def _gateway():
    for name in ("JOB_NAME", "PUB_URL"):
        if not os.environ.get(name):
            raise RuntimeError("%s env var is not set" % name)
    return os.environ["PUB_URL"].rstrip("/")


def _headers(entrypoint):
    """Who calls, and the marks by which the calls that belong together are found."""
    headers = {"X-Racetrack-Auth": os.environ["AUTH_TOKEN"]}
    incoming = _incoming(entrypoint)
    if incoming is not None:
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


def _incoming(entrypoint):
    """Headers of the request that the job is answering; None outside of a request."""
    context = getattr(entrypoint, "request_context", None)
    try:
        return context.get().headers if context is not None else None
    except LookupError:
        return None


def _decoded(response):
    from json import loads

    if not 200 <= response.status < 300:
        raise HttpError(response)
    return loads(response.body)


def _poll(url):
    from time import sleep

    while True:
        try:
            response = send("GET", url, {}, None, _POLL_TIMEOUT)
        except TimeoutError:
            continue
        if response.status == 200:
            return _decoded(response)
        if response.status not in _PENDING:
            raise RuntimeError("Response error: <Response [%d %s]>" % (response.status, response.reason))
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
