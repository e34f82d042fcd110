"""Owns taking multipart forms apart: what a part holds stays where the body is until somebody reads it."""

_MAX_PARTS = 1000
_MAX_HEAD = 64 * 1024
_MAX_TEXT = 1024 * 1024


class BrokenForm(ValueError):
    """The form cannot be read; the message is for the caller."""

    def __init__(self, message="There was an error parsing the body"):
        super().__init__(message)


class Part:
    """An uploaded file; its content is read from the body each time."""

    def __init__(self, filename, headers, body, start, end):
        self.filename = filename
        self.headers = headers
        self.size = end - start
        self._place = body, start, end

    @property
    def content(self):
        body, start, end = self._place
        return body.read(start, end)

    def open(self):
        """The content as an open binary file."""
        body, start, end = self._place
        return body.view(start, end)


def multipart_values(body, boundary):
    """Names and values of the parts: text, or a Part where there is a file name. Raises BrokenForm."""
    delimiter = b"\r\n--" + boundary
    # The first delimiter may stand at the very beginning, where no line end comes before it.
    at = -2 if body.read(0, len(delimiter) - 2) == delimiter[2:] else _find(body, delimiter, 0)
    for _ in range(_MAX_PARTS):
        start = at + len(delimiter)
        if body.read(start, start + 2) == b"--":
            return
        content = _head_end(body, start)
        at = _find(body, delimiter, content)
        head = body.read(start, content).lstrip(b" \t\r\n").decode("utf-8", "replace")
        yield _value(headers_of(head), body, content, at)
    raise BrokenForm("Too many parts: a form may have %d" % _MAX_PARTS)


def headers_of(text):
    from email.parser import HeaderParser

    return HeaderParser().parsestr(text)


def _find(body, delimiter, start):
    """Where the next delimiter begins: content may hold something that only begins like one."""
    at = start - 1
    for _ in range(_MAX_PARTS):
        at = body.find(delimiter, at + 1)
        if at < 0:
            raise BrokenForm()
        tail = body.read(at + len(delimiter), at + len(delimiter) + 2)
        if tail in (b"--", b"\r\n") or tail[:1] in (b" ", b"\t"):
            return at
    raise BrokenForm()


def _head_end(body, start):
    """Where the content of a part begins."""
    head = body.read(start, start + _MAX_HEAD)
    end = head.find(b"\r\n\r\n")
    if end < 0:
        raise BrokenForm()
    return start + end + 4


def _value(headers, body, start, end):
    name = headers.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        raise BrokenForm()
    filename = headers.get_filename()
    if filename is not None:
        return name, Part(_base_name(filename), headers, body, start, end)
    if end - start > _MAX_TEXT:
        raise BrokenForm("The field '%s' is longer than %d bytes: send it as a file" % (name, _MAX_TEXT))
    try:
        return name, body.read(start, end).decode("utf-8")
    except ValueError:
        raise BrokenForm() from None


def _base_name(filename):
    """What callers say is no path: some send the whole one."""
    return filename.replace("\\", "/").rpartition("/")[2].replace("\0", "")
