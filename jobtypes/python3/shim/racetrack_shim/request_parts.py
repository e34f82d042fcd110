"""Owns taking a request apart for a handler's parameters: query, headers, cookies, forms and files."""

_MAX_FIELDS = 1000


class Values:
    """Named values of one source; a name may come several times."""

    def __init__(self, pairs):
        self._lists = {}
        for name, value in pairs:
            self._lists.setdefault(name, []).append(value)

    def all(self, name):
        return self._lists.get(name, [])

    def last(self, name):
        return self._lists[name][-1]

    def first(self, name):
        return self._lists[name][0]

    def __contains__(self, name):
        return name in self._lists


def query_values(query):
    from urllib.parse import parse_qsl

    return Values(parse_qsl(query, keep_blank_values=True))


def header_values(headers):
    """`headers` holds names and values in turn."""
    return Values((headers[at].lower(), headers[at + 1]) for at in range(0, len(headers) - 1, 2))


def cookie_values(headers):
    pairs = []
    for line in headers.all("cookie"):
        for part in line.split(";"):
            name, _, value = part.partition("=")
            pairs.append((name.strip(), value.strip().strip('"')))
    return Values(pairs)


def content_type(headers):
    """The media type in lower case, and the `boundary` parameter."""
    if "content-type" not in headers:
        return "", None
    from .multipart import headers_of

    message = headers_of("content-type: %s\r\n\r\n" % headers.last("content-type"))
    return message.get_content_type(), message.get_param("boundary")


def form_values(headers, body):
    """Fields of a form, text as str and files as Part; raises ValueError when it cannot be read."""
    from urllib.parse import parse_qsl

    from .multipart import BrokenForm, multipart_values

    media, boundary = content_type(headers)
    if media == "application/x-www-form-urlencoded":
        return Values(parse_qsl(body.read().decode("utf-8"), keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    if media != "multipart/form-data":
        return Values(())
    if not boundary:
        raise BrokenForm("Missing boundary in multipart.")
    return Values(multipart_values(body, boundary.encode("latin-1")))
