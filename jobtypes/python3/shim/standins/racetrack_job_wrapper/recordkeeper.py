"""Owns the predecessor id that Recordkeeper's clients pass along a chain of calls."""

RK_PREDECESSOR_ID_HEADER = "X-Recordkeeper-Predecessor-Id"


def remember_predecessor_id(entrypoint, value):
    """Keeps the id for the rest of the current request; chain calls pass it on."""
    extra = _current(entrypoint, "request_extra")
    if extra is not None:
        extra[RK_PREDECESSOR_ID_HEADER] = value


def read_predecessor_id(entrypoint):
    """The id remembered for the current request, else the one that came with it, else None."""
    extra = _current(entrypoint, "request_extra")
    if extra is not None and extra.get(RK_PREDECESSOR_ID_HEADER):
        return extra[RK_PREDECESSOR_ID_HEADER]
    request = _current(entrypoint, "request_context")
    if request is not None:
        return request.headers.get(RK_PREDECESSOR_ID_HEADER) or None
    return None


def set_rk_headers(outgoing_headers, entrypoint):
    """Adds the id to the headers of a chain call."""
    predecessor = read_predecessor_id(entrypoint)
    if predecessor:
        outgoing_headers[RK_PREDECESSOR_ID_HEADER] = str(predecessor)


def _current(entrypoint, name):
    """The value of one of the job's context variables; None outside of a request."""
    variable = getattr(entrypoint, name, None)
    try:
        return variable.get() if variable is not None else None
    except LookupError:
        return None
