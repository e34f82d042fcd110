"""Owns reading FastAPI's parameter markers (`Query(...)`, `Body(...)`, …) without importing FastAPI."""

from .forms import MISSING

_PLACES = {
    "Path": "path",
    "Query": "query",
    "Header": "header",
    "Cookie": "cookie",
    "Body": "body",
    "Form": "form",
    "File": "file",
    "Depends": "depends",
    "Security": "depends",
}


class Marker:
    """Where a parameter comes from, and under which name; `item` is the job's own object."""

    __slots__ = ("place", "alias", "embed", "default", "factory", "hyphens", "item")

    def __init__(self, place, item):
        self.place = place
        self.item = item
        self.alias = _text(item, "alias")
        self.embed = bool(getattr(item, "embed", None))
        self.factory = getattr(item, "default_factory", None)
        self.default = MISSING if self.factory else default_of(item)
        # Headers are named with hyphens where Python has underscores.
        self.hyphens = place == "header" and getattr(item, "convert_underscores", True) is not False


def marker_of(value, metadata):
    """The marker among a parameter's default value and its `Annotated` metadata; None when there is none."""
    for item in (value,) + tuple(reversed(metadata)):
        place = _place_of(item)
        if place is not None:
            return Marker(place, item)
    return None


def default_of(item):
    """The default that a marker carries; MISSING when it says that the parameter is required."""
    default = getattr(item, "default", MISSING)
    required = default is Ellipsis or type(default).__name__ in ("PydanticUndefinedType", "UndefinedType")
    return MISSING if required else default


def _place_of(item):
    for cls in type(item).__mro__:
        if cls.__module__.split(".")[0] == "fastapi" and cls.__name__ in _PLACES:
            return _PLACES[cls.__name__]
    return None


def _text(item, name):
    value = getattr(item, name, None)
    return value if isinstance(value, str) else None
