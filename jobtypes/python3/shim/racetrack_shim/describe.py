"""Owns the job description: asks the constructed job what it offers, and checks it before the first call."""

import os
import sys

from .context import attach
from .endpoint import Endpoint
from .logs import log

_FLAG_COROUTINE = 0x80
_FLAG_ASYNC_GENERATOR = 0x200


def describe(job):
    """Returns the JobDescription as a dict, the endpoints in the order of their numbers, and the webview's app."""
    from .examples import docstring, examples_of

    attach(job)
    log("INFO", "loaded job class: %s" % type(job).__name__)
    components = {}
    rows = []
    examples = examples_of(job)
    for kind, path, function in _body_endpoints(job):
        rows.append(_body_row(kind, path, function, examples.get(path), components))
    for config in _planned_endpoints(job):
        rows.append(_planned_row(config, components))
    for method, path, function in _profiler_endpoints():
        rows.append((_common("auxiliary", method, path, function, components), Endpoint(function)))
    webview = _webview_app(job)
    description = {
        "language": "python",
        "languageVersion": "%d.%d.%d" % sys.version_info[:3],
        "entrypoint": type(job).__name__,
        "doc": docstring(type(job)),
        "endpoints": [row for row, _ in rows],
        "schemas": components,
        "staticFiles": _static_files(job),
        "webview": None if webview is None else webview_kind(webview),
        "metrics": _first_metrics(job),
    }
    return description, [endpoint for _, endpoint in rows], webview


def _own(job, name):
    """A method of the job; one that it merely inherits from the stand-in base class counts as absent."""
    method = getattr(job, name, None)
    if not callable(method):
        return None
    module = getattr(method, "__module__", None) or ""
    return None if module.startswith("racetrack_job_wrapper") else method


def _body_endpoints(job):
    """Endpoints whose arguments are the members of the request's JSON object."""
    perform = _own(job, "perform")
    if perform is not None:
        yield "perform", "/perform", perform
    declare = _own(job, "auxiliary_endpoints")
    for path, function in sorted(declare().items()) if declare is not None else ():
        yield "auxiliary", _rooted(path), function
        log("INFO", "configured auxiliary endpoint: %s" % _rooted(path))


def _profiler_endpoints():
    """The memory profiler starts with the worker; its endpoints are declared as the job's own are."""
    if os.environ.get("MEMRAY_PROFILER", "").lower() not in ("true", "t", "yes", "y", "1"):
        return
    from .profiler import profiler_endpoints, start_profiling

    start_profiling()
    for path, (method, function) in profiler_endpoints().items():
        yield method, _rooted(path), function


def _planned_endpoints(job):
    """Endpoints whose handlers bind path, query and body by their annotations."""
    declare = _own(job, "auxiliary_endpoints_v2")
    if declare is None or _own(job, "auxiliary_endpoints") is not None:
        return
    for config in declare():
        if _verb(config) not in ("GET", "POST"):
            log("ERROR", "auxiliary endpoint %s: %s is not supported, use GET or POST" % (config.path, _verb(config)))
            continue
        yield config
        log("INFO", "configured auxiliary endpoint: %s" % _rooted(config.path))


def _verb(config):
    return str(getattr(config.method, "value", config.method)).upper()


def _body_row(kind, path, function, example, components):
    from .parameters import parameters_of
    from .schema import body_schema, holds_file

    row = _common(kind, "POST", path, function, components)
    row["example"] = example
    row["parameters"] = parameters_of(function)
    row["body"] = body_schema(function, components, example)
    takes_files = holds_file(row["body"])
    if takes_files:
        row["bodyMediaType"] = "multipart/form-data"
    return row, Endpoint(function, example, takes_files=takes_files)


def _planned_row(config, components):
    from .bind import plan_handler
    from .parameters import parameters_of

    method, path = _verb(config), _rooted(config.path)
    options = getattr(config, "other_options", None) or {}
    plan = plan_handler(config.handler, path, method, components, options)
    row = _common("auxiliary_v2", method, path, config.handler, components)
    row["parameters"] = parameters_of(config.handler)
    row["request"] = plan.request
    row["body"] = plan.body
    row["bodyRequired"] = plan.bodyRequired
    row["bodyMediaType"] = plan.bodyMediaType
    row["response"] = plan.response
    row["streaming"] = plan.streaming
    row["options"] = _json_options(options)
    row["validate"] = False  # binding checks every input itself
    return row, Endpoint(config.handler, plan=plan)


def _common(kind, method, path, function, components):
    from .examples import docstring
    from .schema import response_schema, streams

    code = getattr(getattr(function, "__func__", function), "__code__", None)
    flags = code.co_flags if code is not None else 0
    return {
        "kind": kind,
        "method": method,
        "path": path,
        "doc": docstring(function),
        "example": None,
        "parameters": [],
        "body": None,
        "bodyRequired": False,
        "bodyMediaType": "application/json",
        "request": [],
        "response": response_schema(function, components),
        "async": bool(flags & (_FLAG_COROUTINE | _FLAG_ASYNC_GENERATOR)),
        "streaming": streams(function),
        "options": {},
    }


def _static_files(job):
    declare = _own(job, "static_endpoints")
    if declare is None:
        return []
    return [file for path, value in declare().items() for file in _expand_static(_rooted(path), value)]


def _expand_static(path, value):
    source, mime = value if isinstance(value, tuple) else (value, None)
    source = os.path.abspath(str(source))
    if os.path.isdir(source):
        for folder, _, names in sorted(os.walk(source)):
            for name in sorted(names):
                file = os.path.join(folder, name)
                below = os.path.relpath(file, source).replace(os.sep, "/")
                yield {"path": path.rstrip("/") + "/" + below, "file": file, "mediaType": _media_type(file, None)}
    elif os.path.isfile(source):
        yield {"path": path, "file": source, "mediaType": _media_type(source, mime)}
    else:
        raise FileNotFoundError("static endpoint %s: there is no file %s" % (path, source))


def _media_type(file, given):
    if given is None:
        from mimetypes import guess_type

        # Python 3.14 knows YAML; the answer must not depend on the interpreter.
        given = None if file.endswith((".yaml", ".yml")) else guess_type(file)[0]
        if given is None:
            log("WARNING", "static file %s: unknown media type, serving it as text/plain" % file)
            given = "text/plain"
    return given + "; charset=utf-8" if given.startswith("text/") and "charset" not in given else given


def _webview_app(job):
    declare = _own(job, "webview_app")
    if declare is None:
        return None
    name = os.environ.get("JOB_NAME", "JOB_NAME")
    version = os.environ.get("JOB_VERSION", "JOB_VERSION")
    return declare("/pub/job/%s/%s/api/v1/webview" % (name, version))


def webview_kind(app):
    """WSGI applications take two arguments, ASGI applications three."""
    from inspect import Parameter, signature

    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    count = sum(1 for parameter in signature(app).parameters.values() if parameter.kind in kinds)
    if count not in (2, 3):
        raise ValueError("webview_app must return a WSGI or an ASGI application, got %s" % type(app).__name__)
    return "wsgi" if count == 2 else "asgi"


def _first_metrics(job):
    """Whether the job has metrics of its own; the first collection shows at start whether they work."""
    if _own(job, "metrics") is None:
        return False
    from .collect import collect

    collect(job, log)
    return True


def _rooted(path):
    return path if path.startswith("/") else "/" + path


def _json_options(options):
    from json import dumps, loads

    return {name: loads(dumps(value, default=str)) for name, value in options.items()}
