"""Owns converting decoded JSON to annotated types, with the errors that pydantic 2 reports."""

from . import moments, scalars
from .forms import read
from .limits import check_limits, check_size
from .scalars import Rejected

INVALID = type("INVALID", (), {"__repr__": lambda self: "INVALID", "__slots__": ()})()

_SCALARS = {
    "none": scalars.to_none,
    "int": scalars.to_int,
    "float": scalars.to_float,
    "str": scalars.to_str,
    "bool": scalars.to_bool,
    "bytes": scalars.to_bytes,
    "uuid": scalars.to_uuid,
    "decimal": scalars.to_decimal,
    "datetime": moments.to_datetime,
    "date": moments.to_date,
    "time": moments.to_time,
    "timedelta": moments.to_timedelta,
}


def converter_of(form, known=None):
    """A function `(value, loc, errors)` that returns the converted value, or INVALID after adding to `errors`.

    `known` holds the converters of the classes around, so that a class may contain itself.
    """
    known = {} if known is None else known
    scalar = _scalar_converter(form)
    if scalar is not None:
        return _checked_scalar(scalar, form)
    build = _BUILDERS.get(form.kind)
    return build(form, known) if build else _unchanged


def add_error(errors, rejected, loc, value):
    item = {"type": rejected.type, "loc": list(loc), "msg": rejected.message, "input": value}
    if rejected.context is not None:
        item["ctx"] = rejected.context
    errors.append(item)
    return INVALID


def missing(errors, loc, value=None):
    return add_error(errors, Rejected("missing", "Field required"), loc, value)


def _unchanged(value, loc, errors):
    return value


def _scalar_converter(form):
    if form.kind == "literal":
        return scalars.to_literal(form.args)
    if form.kind == "enum":
        return scalars.to_enum(form.type)
    if form.kind == "path":
        return scalars.to_path(form.type)
    return _SCALARS.get(form.kind)


def _checked_scalar(scalar, form):
    limits = form.limits

    def convert(value, loc, errors):
        try:
            converted = scalar(value)
            if limits:
                check_limits(form.kind, limits, converted)
            return converted
        except Rejected as rejected:
            return add_error(errors, rejected, loc, value)

    return convert


def _inner(annotation, known):
    return converter_of(read(annotation), known)


def _sequence(form, known):
    """Lists, sets and tuples of any length."""
    title, kind, message, create = {
        "list": ("List", "list_type", "list", list),
        "set": ("Set", "set_type", "set", set),
        "frozenset": ("Frozenset", "frozen_set_type", "frozenset", frozenset),
        "tuple": ("Tuple", "tuple_type", "tuple", tuple),
    }[form.kind]
    item = _inner(form.args[0], known) if form.args else _unchanged
    hashed = form.kind in ("set", "frozenset")

    def convert(value, loc, errors):
        if not isinstance(value, (list, tuple, set, frozenset)):
            return add_error(errors, Rejected(kind, "Input should be a valid " + message), loc, value)
        before = len(errors)
        try:
            if not hashed:
                check_size(title, form.limits, len(value), "max_length")
            items = [item(part, loc + (at,), errors) for at, part in enumerate(value)]
            if len(errors) > before:
                return INVALID
            result = create(items)
            check_size(title, form.limits, len(result))
            return result
        except Rejected as rejected:
            return add_error(errors, rejected, loc, value)
        except TypeError:
            return add_error(errors, Rejected("set_item_not_hashable", "Set items should be hashable"), loc, value)

    return convert


def _tuple(form, known):
    if not form.args or (len(form.args) == 2 and form.args[1] is Ellipsis):
        return _sequence(form, known)
    args = () if form.args == ((),) else form.args
    items = [_inner(arg, known) for arg in args]

    def convert(value, loc, errors):
        if not isinstance(value, (list, tuple, set, frozenset)):
            return add_error(errors, Rejected("tuple_type", "Input should be a valid tuple"), loc, value)
        before = len(errors)
        parts = list(value)
        if len(parts) > len(items):
            try:
                check_size("Tuple", {"max_length": len(items)}, len(parts))
            except Rejected as rejected:
                return add_error(errors, rejected, loc, value)
        result = [one(part, loc + (at,), errors) for at, (one, part) in enumerate(zip(items, parts))]
        for at in range(len(parts), len(items)):
            missing(errors, loc + (at,), value)
        return INVALID if len(errors) > before else tuple(result)

    return convert


def _dict(form, known):
    key, item = [_inner(arg, known) for arg in form.args] if len(form.args) == 2 else (_unchanged, _unchanged)

    def convert(value, loc, errors):
        if not isinstance(value, dict):
            return add_error(errors, Rejected("dict_type", "Input should be a valid dictionary"), loc, value)
        before = len(errors)
        result = {}
        for name, part in value.items():
            converted = key(name, loc + (name, "[key]"), errors)
            result[converted] = item(part, loc + (name,), errors)
        if len(errors) > before:
            return INVALID
        try:
            check_size("Dictionary", form.limits, len(result))
        except Rejected as rejected:
            return add_error(errors, rejected, loc, value)
        return result

    return convert


def _alias(form, known):
    """A type alias may contain itself: its converter is looked up at the time of use."""
    if form.type not in known:
        known[form.type] = None
        known[form.type] = _inner(form.args[0], known)
    return lambda value, loc, errors: known[form.type](value, loc, errors)


def _union(form, known):
    from .unions import union_converter

    return union_converter(form, lambda member: converter_of(member, known))


def _object(form, known):
    """Dataclasses, TypedDicts and named tuples from JSON objects; their fields are read at first use."""
    from .objects import object_converter

    return object_converter(form, lambda annotation: _inner(annotation, known), known)


def _model(form, known):
    from .objects import model_converter

    return model_converter(form.type)


_BUILDERS = {
    "list": _sequence,
    "set": _sequence,
    "frozenset": _sequence,
    "tuple": _tuple,
    "dict": _dict,
    "alias": _alias,
    "union": _union,
    "dataclass": _object,
    "typeddict": _object,
    "namedtuple": _object,
    "model": _model,
}
