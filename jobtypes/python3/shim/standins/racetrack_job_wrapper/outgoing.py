"""Owns one outgoing HTTP request, with the standard library's means."""

_KINDS = {1: "Informational response", 3: "Redirect response", 4: "Client error", 5: "Server error"}
_EXPLAINED = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/"

_shared_opener = None


class Response:
    """A complete answer; `headers` are looked up in any case."""

    __slots__ = ("url", "status", "reason", "headers", "body")

    def __init__(self, url, status, reason, headers, body):
        self.url = url
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body


class HttpError(Exception):
    """An answer that cannot be used: no success, as the text says unless another one is given."""

    def __init__(self, response, text=None):
        super().__init__(_description(response) if text is None else text)
        self.response = response


def _description(response):
    kind = _KINDS.get(response.status // 100, "Invalid status code")
    text = "%s '%d %s' for url '%s'" % (kind, response.status, response.reason, response.url)
    if response.headers.get("location"):
        text += "\nRedirect location: '%s'" % response.headers["location"]
    body = response.body.decode("utf-8", "replace")
    return text + "\nFor more information check: %s%d: %s" % (_EXPLAINED, response.status, body)


def send(method, url, headers, payload, timeout):
    """Sends a request and returns the Response, whatever its status; raises OSError when there is none."""
    from http.client import HTTPException
    from socket import timeout as socket_timeout
    from urllib.error import HTTPError, URLError
    from urllib.request import Request

    url = _quoted(url)
    data = None if payload is None else _json(payload)
    request = Request(url, data=data, headers=dict(headers), method=method.upper())
    request.add_header("Accept", "*/*")
    request.add_header("User-Agent", "racetrack-job")
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with _opener().open(request, **({} if timeout is None else {"timeout": timeout})) as answer:
            return Response(url, answer.status, answer.reason, answer.headers, answer.read())
    except HTTPError as answer:
        with answer:
            return Response(url, answer.code, answer.reason, answer.headers, answer.read())
    except URLError as error:
        if isinstance(error.reason, socket_timeout):
            raise ConnectionError("timed out while connecting") from None
        raise error.reason if isinstance(error.reason, OSError) else error from None
    except socket_timeout:
        raise TimeoutError("timed out") from None
    except HTTPException as error:
        raise ConnectionError("the answer broke off: %s" % (error or type(error).__name__)) from error


def _opener():
    """One for the life of the process; it takes no redirect, and takes the proxies of the environment."""
    global _shared_opener
    if _shared_opener is None:
        from urllib.request import HTTPRedirectHandler, build_opener

        class NoRedirects(HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        _shared_opener = build_opener(NoRedirects)
    return _shared_opener


def _json(payload):
    """As results are encoded where the shim runs, so that a result can be passed on."""
    try:
        from racetrack_shim.encode import encode
    except ImportError:
        from json import dumps

        return dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return encode(payload)


def _quoted(url):
    from urllib.parse import quote

    return quote(url, safe="%/:?#[]@!$&'()*+,;=~")
