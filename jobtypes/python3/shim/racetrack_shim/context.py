"""Owns the context of a call: which call runs here, the request that it came from, and a scratch dict for it."""

from contextvars import ContextVar

current_request = ContextVar("request_context")

_set_request = current_request.set


def enter(meta, id):
    """Makes a call the current one of this thread or task; `meta` is its CallMeta as JSON, read only when needed."""
    _set_request(Request(meta, id))


class _OfRequest:
    """A context variable whose value hangs on the current request: so a call has to set only one."""

    def __init__(self, name, attribute):
        self.name = name
        self._attribute = attribute

    def get(self, *default):
        request = current_request.get(None)
        if request is not None:
            return getattr(request, self._attribute)
        if default:
            return default[0]
        raise LookupError(self)

    def __repr__(self):
        return "<context variable %s>" % self.name


class _CallId(_OfRequest):
    def get(self, default=0):
        return super().get(default)


def attach(instance):
    """Gives the job `request_context` and `request_extra`; returns whether it could take them."""
    return _give(instance, "request_context", current_request) and _give(instance, "request_extra", current_extra)


def _give(instance, name, variable):
    # Frozen dataclasses and pydantic models refuse the first way, classes with __slots__ the first two.
    for target, give in ((instance, setattr), (instance, object.__setattr__), (type(instance), setattr)):
        try:
            give(target, name, variable)
            return True
        except Exception:
            continue
    return False


class Request:
    """The HTTP request of the current call, in the manner of Starlette's `Request`; read lazily."""

    def __init__(self, meta=b"", id=0):
        self._meta_bytes = meta
        self._id = id

    @property
    def remaining_seconds(self):
        """How long the caller will go on waiting, 0 when it has given up; None without a limit."""
        from time import time

        deadline = self._meta.get("deadline")
        return None if deadline is None else max(0.0, deadline / 1000 - time())

    def __getattr__(self, name):
        """Called once for each attribute: the value found is kept."""
        reader = _READERS.get(name)
        if reader is None:
            raise AttributeError("the request has no attribute '%s'" % name)
        value = reader(self)
        self.__dict__[name] = value
        return value

    def __repr__(self):
        return "<Request %s %s>" % (self.method, self.url)


def _read_meta(request):
    if not request._meta_bytes:
        return {}
    from json import loads

    return loads(request._meta_bytes)


def _read_headers(request):
    from .request_view import Headers

    return Headers(request.flat_headers)


def _read_url(request):
    from .request_view import Url

    return Url("http", request.headers.get("host", "localhost"), request._path, request.query)


def _read_base_url(request):
    from .request_view import Url

    return Url("http", request.headers.get("host", "localhost"), "/", "")


def _read_query_params(request):
    from .request_view import QueryParams

    return QueryParams(request.query)


def _read_client(request):
    from .request_view import Address

    client = request._meta.get("client")
    if not client:
        return None
    return Address(client, 0) if isinstance(client, str) else Address(*client)


def _read_cookies(request):
    from .request_view import cookies

    return cookies(request.headers.getlist("cookie"))


def _read_state(request):
    from .request_view import State

    return State()


_READERS = {
    "_meta": _read_meta,
    "_extra": lambda request: {},
    "_path": lambda request: request._meta.get("path", "/api/v1/perform"),
    "method": lambda request: request._meta.get("method", "POST"),
    "headers": _read_headers,
    "url": _read_url,
    "base_url": _read_base_url,
    "query_params": _read_query_params,
    "path_params": lambda request: dict(request._meta.get("params", {})),
    "client": _read_client,
    "cookies": _read_cookies,
    "state": _read_state,
    "flat_headers": lambda request: request._meta.get("headers", ()),
    "query": lambda request: request._meta.get("query", ""),
    "body_file": lambda request: request._meta.get("bodyFile"),
}

current_extra = _OfRequest("request_extra", "_extra")
current_call = _CallId("call_id", "_id")
