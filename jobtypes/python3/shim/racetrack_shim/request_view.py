"""Owns the parts of a request that jobs ask for: headers, URL, query parameters, cookies, the caller's address."""

from collections import namedtuple
from urllib.parse import parse_qsl

Address = namedtuple("Address", ["host", "port"])


class State:
    """A place for the job's own attributes during one request."""


class _Pairs:
    """Names and values in order, a name possibly more than once."""

    def __init__(self, pairs):
        self._pairs = pairs

    def _name(self, name):
        return name

    def getlist(self, name):
        """Every value of the name, in order."""
        wanted = self._name(name)
        return [value for key, value in self._pairs if key == wanted]

    def get(self, name, default=None):
        try:
            return self[name]
        except KeyError:
            return default

    def items(self):
        return list(self._pairs)

    def keys(self):
        return [key for key, _ in self._pairs]

    def values(self):
        return [value for _, value in self._pairs]

    def __contains__(self, name):
        return isinstance(name, str) and bool(self.getlist(name))

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self._pairs)

    def __eq__(self, other):
        if not isinstance(other, _Pairs):
            return NotImplemented
        return sorted(self._pairs) == sorted(other._pairs)

    __hash__ = None

    def __repr__(self):
        return "%s(%r)" % (type(self).__name__, dict(self._pairs))


class Headers(_Pairs):
    """The request's headers; names are lower-case and looked up in any case. The first of several wins."""

    def __init__(self, flat):
        super().__init__([(flat[at].lower(), flat[at + 1]) for at in range(0, len(flat) - 1, 2)])

    def _name(self, name):
        return name.lower()

    def __getitem__(self, name):
        for value in self.getlist(name):
            return value
        raise KeyError(name)

    @property
    def raw(self):
        return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in self._pairs]


class QueryParams(_Pairs):
    """The decoded query parameters. The last of several wins."""

    def __init__(self, query):
        self._query = query
        super().__init__(parse_qsl(query, keep_blank_values=True))

    def __getitem__(self, name):
        values = self.getlist(name)
        if not values:
            raise KeyError(name)
        return values[-1]

    def multi_items(self):
        return list(self._pairs)

    def items(self):
        return list(dict(self._pairs).items())

    def keys(self):
        return list(dict(self._pairs))

    def values(self):
        return list(dict(self._pairs).values())

    def __len__(self):
        return len(dict(self._pairs))

    def __str__(self):
        return self._query


class Url:
    """The address that was requested."""

    fragment = ""

    def __init__(self, scheme, netloc, path, query):
        self.scheme = scheme
        self.netloc = netloc
        self.path = path
        self.query = query

    @property
    def hostname(self):
        host = self.netloc
        if host.startswith("["):
            return host[1:].partition("]")[0]
        return host.partition(":")[0]

    @property
    def port(self):
        tail = self.netloc.rpartition(":")[2]
        return int(tail) if ":" in self.netloc and tail.isdigit() else None

    @property
    def is_secure(self):
        return self.scheme == "https"

    def __str__(self):
        return "%s://%s%s%s" % (self.scheme, self.netloc, self.path, "?" + self.query if self.query else "")

    def __repr__(self):
        return "URL(%r)" % str(self)

    def __eq__(self, other):
        return str(self) == str(other)

    def __hash__(self):
        return hash(str(self))


def cookies(headers):
    """The cookies as a dict; the values are taken as they are, without the quotes around them."""
    found = {}
    for header in headers:
        for part in header.split(";"):
            name, equals, value = part.strip().partition("=")
            if equals:
                value = value.strip()
                quoted = len(value) > 1 and value[0] == value[-1] == '"'
                found[name.strip()] = value[1:-1] if quoted else value
    return found
