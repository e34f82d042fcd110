"""Owns converting single values as pydantic 2 does in its lax mode: the same values pass, the same messages refuse."""

_NUMBER = r"\s*[+-]?[0-9]+(_[0-9]+)*"
_TRUE = ("1", "on", "t", "true", "y", "yes")
_FALSE = ("0", "off", "f", "false", "n", "no")
_MAX_DIGITS = 4300


class Rejected(Exception):
    """A value that does not fit: pydantic's error type, its message and, where it has one, its context."""

    def __init__(self, type, message, context=None):
        super().__init__(message)
        self.type = type
        self.message = message
        self.context = context


def to_int(value):
    import re

    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _whole(value)
    if isinstance(value, (str, bytes)):
        text = _text(value)
        if len(text) > _MAX_DIGITS:
            raise Rejected("int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size")
        if re.match(_NUMBER + r"(\.0+)?\s*\Z", text):
            return int(text.split(".")[0])
        raise Rejected("int_parsing", "Input should be a valid integer, unable to parse string as an integer")
    raise Rejected("int_type", "Input should be a valid integer")


def to_float(value):
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, (str, bytes)):
        try:
            return float(_text(value))
        except ValueError:
            message = "Input should be a valid number, unable to parse string as a number"
            raise Rejected("float_parsing", message) from None
    raise Rejected("float_type", "Input should be a valid number")


def to_bool(value):
    if isinstance(value, bool):
        return value
    if isinstance(value, (str, bytes)):
        text = _text(value).lower()
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
    elif not isinstance(value, (int, float)) or (isinstance(value, float) and not value.is_integer()):
        raise Rejected("bool_type", "Input should be a valid boolean")
    elif value in (0, 1):
        return bool(value)
    raise Rejected("bool_parsing", "Input should be a valid boolean, unable to interpret input")


def to_str(value):
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            message = "Input should be a valid string, unable to parse raw data as a unicode string"
            raise Rejected("string_unicode", message) from None
    raise Rejected("string_type", "Input should be a valid string")


def to_bytes(value):
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    raise Rejected("bytes_type", "Input should be a valid bytes")


def to_none(value):
    if value is None:
        return None
    raise Rejected("none_required", "Input should be None")


def to_uuid(value):
    import uuid

    if isinstance(value, uuid.UUID):
        return value
    if not isinstance(value, (str, bytes)):
        raise Rejected("uuid_type", "UUID input should be a string, bytes or UUID object")
    text = _text(value)
    reason = _uuid_fault(text)
    if reason is None:
        return uuid.UUID(text)
    raise Rejected("uuid_parsing", "Input should be a valid UUID, " + reason, {"error": reason})


def to_decimal(value):
    from decimal import Decimal, InvalidOperation

    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise Rejected("decimal_type", "Decimal input should be an integer, float, string or Decimal object")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise Rejected("decimal_parsing", "Input should be a valid decimal") from None
    if not number.is_finite():
        raise Rejected("finite_number", "Input should be a finite number")
    return number


def to_path(cls):
    """Paths of the class that the annotation names."""
    import pathlib

    def convert(value):
        if isinstance(value, pathlib.PurePath):
            return value
        if isinstance(value, str):
            return cls(value)
        raise Rejected("path_type", "Input is not a valid path for <class 'pathlib.%s'>" % cls.__name__)

    return convert


def to_literal(values):
    expected = listing(repr(_value_of(value)) for value in values)

    def convert(value):
        for candidate in values:
            if type(candidate) is type(value) and candidate == value:
                return candidate
        for candidate in values:
            if not isinstance(candidate, bool) and (candidate == value or _value_of(candidate) == value):
                return candidate
        raise Rejected("literal_error", "Input should be " + expected, {"expected": expected})

    return convert


def to_enum(cls):
    expected = listing(repr(member.value) for member in cls)
    mixin = next((kind for kind in (int, float, str) if issubclass(cls, kind)), None)

    def convert(value):
        candidates = [value]
        if mixin in (int, float) and isinstance(value, str):
            try:
                candidates.append(to_int(value) if mixin is int else to_float(value))
            except Rejected:
                pass
        for candidate in candidates:
            try:
                return cls(candidate)
            except (ValueError, TypeError, KeyError):
                continue
        raise Rejected("enum", "Input should be " + expected, {"expected": expected})

    return convert


def listing(words):
    """`a`, `a or b`, `a, b or c`."""
    words = list(words)
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _whole(value):
    if value != value or value in (float("inf"), float("-inf")):
        raise Rejected("finite_number", "Input should be a finite number")
    if not value.is_integer():
        message = "Input should be a valid integer, got a number with a fractional part"
        raise Rejected("int_from_float", message)
    if abs(value) >= 2**63:
        raise Rejected("int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size")
    return int(value)


def _text(value):
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _value_of(value):
    return getattr(value, "value", value)


def _uuid_fault(text):
    import re

    bare = text[9:] if text.startswith("urn:uuid:") else text.strip("{}")
    for at, sign in enumerate(text):
        if bare == text and sign not in "0123456789abcdefABCDEF-":
            return "invalid character: found `%s` at %d" % (sign, at)
    if re.match(r"[0-9a-fA-F]{32}\Z", bare):
        return None
    groups = bare.split("-")
    if len(groups) == 1:
        return "invalid length: found %d" % len(bare)
    if len(groups) != 5:
        return "invalid group count: expected 5, found %d" % len(groups)
    for number, (group, size) in enumerate(zip(groups, (8, 4, 4, 4, 12))):
        if len(group) != size:
            return "invalid group length in group %d: expected %d, found %d" % (number, size, len(group))
    return None if re.match(r"[0-9a-fA-F-]{36}\Z", bare) else "invalid character"
