"""Owns the conversion of Python values to plain ones: dict with text keys, list, str, int, finite float, bool, None.

Types are told apart by the names in their ancestry, so that nothing needs to be imported to know them.
"""

import sys

_MAX_DEPTH = 200
_MAX_CACHED = 500
_ATOMS = frozenset((str, int, bool, type(None)))


class PydanticSerializationError(ValueError):
    """A result has no JSON form. The name is the one that callers know from TheRacetrack's Python wrapper."""


class OneShot(Exception):
    """A value can be read only once, so it must not be touched by an attempt that may be repeated."""


def to_plain(value):
    """The value as a tree of plain ones, NaN and infinities as None; every one-shot value is read exactly once."""
    return _plain(value, set())


def convert(value):
    """The value one step simpler, its members untouched; raises PydanticSerializationError for an unknown type."""
    kind = type(value)
    converter = _converters.get(kind)
    if converter is None:
        converter = _find_converter(kind)
        if len(_converters) > _MAX_CACHED:  # classes made anew for each call
            _converters.clear()
        _converters[kind] = converter
    return converter(value)


def is_one_shot(value):
    """Whether reading the value uses it up."""
    return hasattr(type(value), "__next__")


def _plain(value, path):
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is float:
        return value if value - value == 0.0 else None
    mark = id(value)
    if mark in path:
        raise PydanticSerializationError("Unable to serialize a value that contains itself: %s" % kind)
    if len(path) >= _MAX_DEPTH:
        raise PydanticSerializationError("Unable to serialize a value nested more than %d levels deep" % _MAX_DEPTH)
    path.add(mark)
    try:
        if kind is dict:
            return {_key(key): _plain(item, path) for key, item in value.items()}
        if kind is list or kind is tuple:
            return [_plain(item, path) for item in value]
        return _plain(convert(value), path)
    finally:
        path.discard(mark)


def _key(key):
    """The text of a dict's key."""
    kind = type(key)
    if kind is str:
        return key
    if key is None:
        return "None"
    if kind is bool:
        return "true" if key else "false"
    if kind is int or kind is float:
        return repr(key)
    if isinstance(key, tuple):
        return ",".join([_key(part) for part in key])
    simpler = convert(key)
    if type(simpler) in (dict, list):
        raise PydanticSerializationError("Unable to serialize a key of type: %s" % kind)
    return _key(simpler)


def _find_converter(kind):
    if hasattr(kind, "__dataclass_fields__"):
        return _dataclass
    for base in kind.__mro__:
        converter = _BY_NAME.get((base.__module__.partition(".")[0], base.__name__))
        if converter is not None:
            return converter
    for member, converter in _BY_MEMBER:
        if hasattr(kind, member):
            return converter
    return _refuse


def _refuse(value):
    raise PydanticSerializationError("Unable to serialize unknown type: %s" % type(value))


def _null(value):
    return None


def _dataclass(value):
    fields = sys.modules["dataclasses"].fields(value)
    return {field.name: getattr(value, field.name) for field in fields if not field.metadata.get("exclude")}


def _text_of_bytes(value):
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError as error:
        raise PydanticSerializationError("Error serializing to JSON: %s" % error) from None


def _iso_text(value):
    return value.isoformat()


def _duration(value):
    """ISO 8601 with years of 365 days, as pydantic writes it: P1DT1H, -PT1M30S, PT0S."""
    zero = type(value)(0)
    sign, value = ("-", -value) if value < zero else ("", value)
    years, days = divmod(value.days, 365)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = (".%06d" % value.microseconds).rstrip("0") if value.microseconds else ""
    date = _units(((years, "Y"), (days, "D")))
    time = _units(((hours, "H"), (minutes, "M")))
    if seconds or fraction:
        time += "%d%sS" % (seconds, fraction)
    if not date and not time:
        time = "0S"
    return sign + "P" + date + ("T" + time if time else "")


def _units(parts):
    return "".join(["%d%s" % part for part in parts if part[0]])


def _model(value):
    """A pydantic model, version 2."""
    return value.model_dump(mode="json", by_alias=True)


def _old_model(value):
    """A pydantic model, version 1, which can give its JSON form only as text."""
    from json import loads

    return loads(value.json(by_alias=True))


def _array(value):
    """numpy arrays and scalars, tensors, pandas series and indexes."""
    unit = getattr(getattr(value, "dtype", None), "kind", "")
    if unit in ("M", "m") and hasattr(value, "astype"):
        # Moments in nanoseconds would become bare integers.
        value = value.astype("datetime64[us]" if unit == "M" else "timedelta64[us]")
    plain = value.tolist()
    if type(plain) is type(value):  # numpy.longdouble has no Python counterpart
        plain = float(plain)
    return plain


def _series(value):
    return value.tolist()


def _frame(value):
    return value.to_dict(orient="records")


_BY_NAME = {
    ("builtins", "dict"): dict,
    ("builtins", "list"): list,
    ("builtins", "tuple"): list,
    ("builtins", "set"): list,
    ("builtins", "frozenset"): list,
    ("builtins", "str"): str.__str__,
    ("builtins", "int"): int.__int__,
    ("builtins", "float"): float.__float__,
    ("builtins", "bytes"): _text_of_bytes,
    ("builtins", "bytearray"): _text_of_bytes,
    ("builtins", "generator"): list,
    ("builtins", "map"): list,
    ("builtins", "filter"): list,
    ("builtins", "zip"): list,
    ("builtins", "dict_keys"): list,
    ("builtins", "dict_values"): list,
    ("builtins", "dict_items"): list,
    ("builtins", "complex"): lambda value: str(value).strip("()"),
    ("collections", "deque"): list,
    ("datetime", "date"): _iso_text,
    ("datetime", "time"): _iso_text,
    ("datetime", "timedelta"): _duration,
    ("decimal", "Decimal"): str,
    ("enum", "Enum"): lambda value: value.value,
    ("fractions", "Fraction"): str,
    ("ipaddress", "_IPAddressBase"): str,
    ("numpy", "generic"): _array,
    ("numpy", "ndarray"): _array,
    ("pandas", "DataFrame"): _frame,
    ("pandas", "Index"): _series,
    ("pandas", "NAType"): _null,
    ("pandas", "NaTType"): _null,
    ("pandas", "Interval"): str,
    ("pandas", "Period"): str,
    ("pandas", "Series"): _series,
    ("pathlib", "PurePath"): str,
    ("pydantic", "SecretStr"): str,
    ("pydantic", "_BaseUrl"): str,
    ("pydantic_core", "Url"): str,
    ("re", "Pattern"): lambda value: value.pattern,
    ("uuid", "UUID"): str,
}

_BY_MEMBER = (
    ("__to_json__", lambda value: value.__to_json__()),
    ("model_dump", _model),
    ("__fields__", _old_model),
    ("to_dicts", lambda value: value.to_dicts()),
    ("tolist", _array),
    ("to_list", lambda value: value.to_list()),
)

_converters = {}
