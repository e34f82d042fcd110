"""Owns the constraints of a value (`ge`, `max_length`, `pattern`, …) and the messages pydantic 2 has for them."""

from .scalars import Rejected

_NUMBERS = ("int", "float", "decimal", "date", "datetime", "time", "timedelta")
_COMPARISONS = (
    ("multiple_of", "multiple_of", "a multiple of", lambda value, limit: value % limit == 0),
    ("le", "less_than_equal", "less than or equal to", lambda value, limit: value <= limit),
    ("lt", "less_than", "less than", lambda value, limit: value < limit),
    ("ge", "greater_than_equal", "greater than or equal to", lambda value, limit: value >= limit),
    ("gt", "greater_than", "greater than", lambda value, limit: value > limit),
)


def check_limits(kind, limits, value):
    """Raises Rejected when a scalar breaks a limit that applies to its kind."""
    if kind in _NUMBERS:
        _check_number(kind, limits, value)
    elif kind == "str":
        _check_text(limits, value)
    elif kind == "bytes":
        _check_length(limits, len(value), ("bytes", "Data", "byte"))


def check_size(title, limits, size, only=None):
    """Raises Rejected when a container has too few or too many items; `only` names the one limit to look at."""
    least, most = limits.get("min_length"), limits.get("max_length")
    if most is not None and size > most:
        # Sets stop counting at the first item too many.
        actual = None if title in ("Set", "Frozenset") else size
        message = "%s should have at most %d item%s after validation, not %s"
        context = {"field_type": title, "max_length": most, "actual_length": actual}
        shown = "more" if actual is None else actual
        raise Rejected("too_long", message % (title, most, "" if most == 1 else "s", shown), context)
    if least is not None and size < least and only is None:
        message = "%s should have at least %d item%s after validation, not %d"
        context = {"field_type": title, "min_length": least, "actual_length": size}
        raise Rejected("too_short", message % (title, least, "" if least == 1 else "s", size), context)


def _check_number(kind, limits, value):
    for name, type, words, holds in _COMPARISONS:
        if name in limits and not holds(value, limits[name]):
            limit = limits[name]
            shown = "%g" % limit if isinstance(limit, float) else str(limit)
            context = float(limit) if kind == "float" else limit if isinstance(limit, (int, float)) else str(limit)
            raise Rejected(type, "Input should be %s %s" % (words, shown), {name: context})


def _check_text(limits, value):
    import re

    _check_length(limits, len(value), ("string", "String", "character"))
    pattern = limits.get("pattern")
    if pattern is not None and not re.search(pattern, value):
        raise Rejected("string_pattern_mismatch", "String should match pattern '%s'" % pattern, {"pattern": pattern})


def _check_length(limits, size, words):
    prefix, title, unit = words
    least, most = limits.get("min_length"), limits.get("max_length")
    if least is not None and size < least:
        message = "%s should have at least %d %s%s" % (title, least, unit, "" if least == 1 else "s")
        raise Rejected(prefix + "_too_short", message, {"min_length": least})
    if most is not None and size > most:
        message = "%s should have at most %d %s%s" % (title, most, unit, "" if most == 1 else "s")
        raise Rejected(prefix + "_too_long", message, {"max_length": most})
