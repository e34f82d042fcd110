"""Owns the body of a call: the bytes that came with it, or the file that holds them when they are many."""


class BodyLost(Exception):
    """The file that holds the body cannot be read: somebody has cleared it away."""


def read_body(frame, request):
    """All of the body as bytes."""
    if frame.body or not frame.meta or request.body_file is None:
        return frame.body
    try:
        with open(request.body_file, "rb") as file:
            return file.read()
    except OSError as error:
        raise BodyLost("the request's body is gone from the disk: %s" % error.strerror) from None
