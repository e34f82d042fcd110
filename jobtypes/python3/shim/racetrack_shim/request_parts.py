"""Owns taking a request apart for a handler's parameters: query, headers, cookies, forms and files."""

_MAX_PARTS = 1000


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
    message = _headers_of("content-type: %s\r\n\r\n" % headers.last("content-type"))
    return message.get_content_type(), message.get_param("boundary")


def form_values(headers, body):
    """Fields of a form, text as str and files as `Part`; raises ValueError when a multipart body is broken."""
    from urllib.parse import parse_qsl

    media, boundary = content_type(headers)
    if media == "application/x-www-form-urlencoded":
        return Values(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
    if media != "multipart/form-data":
        return Values(())
    if not boundary:
        raise ValueError("Missing boundary in multipart.")
    return Values(_multipart(boundary.encode("latin-1"), body))


class Part:
    """An uploaded file."""

    def __init__(self, filename, headers, content):
        self.filename = filename
        self.headers = headers
        self.content = content


def _multipart(boundary, body):
    """Names and values of the parts; the body is cut at its delimiters, so that binary content stays as it is."""
    sections = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(sections) < 2 or not sections[-1].startswith(b"--") or len(sections) > _MAX_PARTS:
        raise ValueError("There was an error parsing the body")
    for section in sections[1:-1]:
        head, found, content = section.lstrip(b" \t").partition(b"\r\n\r\n")
        headers = _headers_of(head.lstrip(b"\r\n").decode("utf-8", "replace") + "\r\n\r\n")
        name = headers.get_param("name", header="content-disposition")
        if not found or not isinstance(name, str):
            raise ValueError("There was an error parsing the body")
        filename = headers.get_filename()
        yield name, content.decode("utf-8") if filename is None else Part(filename, headers, content)


def _headers_of(text):
    from email.parser import HeaderParser

    return HeaderParser().parsestr(text)
