"""Owns answers that are no JSON: the Response objects of web frameworks, taken as they are, and returned files."""

_PIECE = 64 * 1024
_WHOLE_FILE = 1024 * 1024


class Reply:
    """A complete answer. `headers` are names and values in turn; `body` is bytes, or an iterator of pieces
    (synchronous or asynchronous); a media type of None says that the response declares none."""

    __slots__ = ("status", "headers", "media_type", "body")

    def __init__(self, status, headers, media_type, body):
        self.status = status
        self.headers = headers
        self.media_type = media_type
        self.body = body


def reply_of(value):
    """The reply that a response object or a file stands for; None for any other value."""
    if type(value) is Reply:
        return value
    for base in type(value).__mro__:
        if base.__module__ == "racetrack_job_wrapper.files" and base.__name__ == "FileResult":
            return _from_file(value)
        if base.__name__ == "Response":
            framework = base.__module__.partition(".")[0]
            if framework == "starlette":
                return _from_starlette(value)
            if framework == "werkzeug":
                return _from_werkzeug(value)
    return None


def _from_starlette(response):
    pairs = [(name.decode("latin-1"), text.decode("latin-1")) for name, text in response.raw_headers]
    if hasattr(response, "body_iterator"):
        body = _until_background(response.body_iterator, response.background)
    elif hasattr(response, "path") and not hasattr(response, "body"):
        body = _file_body(response.path)
        _start_background(response.background)
    else:
        body = bytes(response.body)
        _start_background(response.background)
    return _reply(response.status_code, pairs, body)


def _from_werkzeug(response):
    streamed = response.is_streamed or response.direct_passthrough
    body = response.iter_encoded() if streamed else response.get_data()
    return _reply(response.status_code, response.headers.items(), body)


def _from_file(result):
    headers = ["content-disposition", _disposition("inline" if result.inline else "attachment", result.name)]
    if isinstance(result.content, (bytes, bytearray, memoryview)):
        return Reply(200, headers, result.media_type, bytes(result.content))
    size = _size_of(result.content)
    if size is not None:
        headers += ("content-length", str(size))
    return Reply(200, headers, result.media_type, _rest_of(result.content))


def _size_of(file):
    """Bytes from where an open file stands to its end; None when it cannot tell."""
    try:
        at = file.tell()
        size = file.seek(0, 2) - at
        file.seek(at)
        return size
    except (OSError, AttributeError, ValueError):
        return None


def _disposition(kind, name):
    """The header by RFC 6266: a name that is not plain is given twice, for old and for new readers."""
    from urllib.parse import quote

    base = (name or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in base if letter.isprintable())
    if not name:
        return kind
    plain = "".join(letter if " " <= letter <= "~" and letter not in '"%' else "_" for letter in name)
    header = '%s; filename="%s"' % (kind, plain)
    if plain == name:
        return header
    return "%s; filename*=UTF-8''%s" % (header, quote(name.encode("utf-8", "replace"), safe="!#$&+-.^_`|~"))


def _reply(status, pairs, body):
    media_type = None
    headers = []
    for name, text in pairs:
        if name.lower() == "content-type":
            media_type = text
        else:
            headers += (name, text)
    return Reply(status, headers, media_type, body)


def _file_body(path):
    """A small file as bytes, a large one as pieces; it is opened at once, so that a missing file is an error yet."""
    return _rest_of(open(path, "rb"))


def _rest_of(file):
    start = file.read(_WHOLE_FILE)
    if len(start) < _WHOLE_FILE:
        file.close()
        return start
    return _file_pieces(start, file)


def _file_pieces(start, file):
    with file:
        for at in range(0, len(start), _PIECE):
            yield start[at : at + _PIECE]
        piece = file.read(_PIECE)
        while piece:
            yield piece
            piece = file.read(_PIECE)


async def _until_background(pieces, background):
    """The pieces, then the task that the response wants to be run after them."""
    async for piece in pieces:
        yield piece
    if background is not None:
        await background()


def _start_background(background):
    """Runs a response's background task in a thread of its own: the answer does not wait for it."""
    if background is None:
        return
    from asyncio import run
    from threading import Thread

    async def work():
        await background()

    Thread(target=lambda: run(work()), name="background task", daemon=True).start()
