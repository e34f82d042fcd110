"""Owns a request for the job's user interface as both kinds of applications need it, and the head of its answer."""

import re
from json import dumps, loads
from urllib.parse import unquote

from . import protocol

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class CallerGone(ConnectionError):
    """Whoever made the request has closed the connection; raised where the application reads or writes it."""


class WebRequest:
    """One `http` frame; paths are percent-encoded as received, headers are pairs of names and values."""

    def __init__(self, frame, base_url):
        meta = loads(frame.meta)
        self.id = frame.id
        self.meta = frame.meta
        self.body = frame.body
        self.more = bool(frame.flags & protocol.MORE)
        self.method = meta["method"]
        self.mount = meta["mount"]
        # The mount itself means the page at its root: applications know it with a slash.
        self.path = self.mount + (meta["path"][len(self.mount) :] or "/")
        self.query = meta["query"]
        flat = meta["headers"]
        self.headers = list(zip(flat[::2], flat[1::2]))
        self.client = tuple(meta["client"])
        self.websocket = meta["websocket"]
        self._base_url = base_url

    def header(self, name):
        """The first value of a header, None without one; `name` in lower case."""
        for known, value in self.headers:
            if known.lower() == name:
                return value
        return None

    @property
    def server(self):
        """Host and port that the caller asked for."""
        host, _, port = (self.header("host") or "localhost").rpartition(":")
        if not host or not port.isdigit():
            return (self.header("host") or "localhost", 80)
        return (host, int(port))

    @property
    def declared_path(self):
        """The decoded path as if the request had come by the address that the job was told: whichever way it came."""
        return self._base_url + unquote(self.path[len(self.mount) :], "latin-1")

    def used_location(self, location):
        """A redirect's target below the declared address, moved to below the address that this request came by."""
        origin = "http://%s" % self.header("host")
        start = len(origin) if location.startswith(origin + "/") else 0
        end = start + len(self._base_url)
        if location[start:end] != self._base_url or location[end : end + 1] not in ("", "/", "?", "#"):
            return location
        return location[:start] + self.mount + location[end:]


def reply_meta(status, pairs):
    """The ReplyMeta of an answer; raises for what HTTP cannot express. `pairs` are texts with code points below 256."""
    if not 200 <= status <= 599:
        raise ValueError("the user interface answered with the status %r; it must be between 200 and 599" % status)
    flat = []
    for name, value in pairs:
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError("the user interface answered with a header that HTTP does not allow: %r: %r" % (name, value))
        flat += (name, value)
    return dumps({"status": status, "headers": flat}).encode()
