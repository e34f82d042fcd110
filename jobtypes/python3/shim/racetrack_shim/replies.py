"""Owns the responses of web frameworks: a Response object that a job returns is taken as it is."""

_PIECE = 64 * 1024
_WHOLE_FILE = 1024 * 1024
# The front end frames the answer itself.
_FRAMING = frozenset(("content-length", "transfer-encoding", "connection"))


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
    """The reply that a framework's response object stands for; None for any other value."""
    if type(value) is Reply:
        return value
    for base in type(value).__mro__:
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


def _reply(status, pairs, body):
    media_type = None
    headers = []
    for name, text in pairs:
        lower = name.lower()
        if lower == "content-type":
            media_type = text
        elif lower not in _FRAMING:
            headers += (name, text)
    return Reply(status, headers, media_type, body)


def _file_body(path):
    """A small file as bytes, a large one as pieces; it is opened at once, so that a missing file is an error yet."""
    file = open(path, "rb")
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
