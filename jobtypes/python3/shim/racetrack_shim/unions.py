"""Owns choosing among the members of a union as pydantic 2's smart mode does: an exact fit wins."""

from .forms import fields_of, read

_OBJECTS = ("dataclass", "typeddict", "namedtuple", "model")


def union_converter(form, converter_of):
    """`converter_of` builds the converter of one member."""
    from .convert import INVALID

    members = [_member(arg, form) for arg in form.args]
    nullable = any(member.kind == "none" for member in members)
    choices = [(_label(member), converter_of(member), member) for member in members if member.kind != "none"]

    def convert(value, loc, errors):
        if nullable and value is None:
            return None
        if len(choices) == 1:
            return choices[0][1](value, loc, errors)
        collected, fits = [], []
        for label, one, member in choices:
            faults = []
            converted = one(value, loc + (label,), faults)
            if faults:
                collected.extend(faults)
            elif same(value, converted):
                return converted
            else:
                fits.append((_known_fields(member, value), converted))
        if not fits:
            errors.extend(collected)
            return INVALID
        # The member that knows most of the given fields; the first among equals.
        return max(fits, key=lambda fit: fit[0])[1]

    return convert


def same(left, right):
    """Whether a conversion changed nothing, types included."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return left is right or left == right


def _member(annotation, form):
    member = read(annotation)
    # What Annotated or a marker says about Optional[int] holds for the int.
    member.limits = dict(form.limits, **member.limits)
    return member


def _known_fields(member, value):
    if member.kind not in _OBJECTS or not isinstance(value, dict):
        return 0
    if member.kind == "model":
        names = getattr(member.type, "model_fields", None) or getattr(member.type, "__fields__", {})
    else:
        names = [field.name for field in fields_of(member)]
    return sum(1 for name in names if name in value)


def _label(form):
    """How pydantic names a member in the place of an error."""
    if form.kind == "literal":
        return "literal[%s]" % ",".join(repr(value) for value in form.args)
    if form.kind == "enum":
        return "enum[%s]" % form.type.__name__
    if form.kind in _OBJECTS or form.kind in ("class", "file", "alias"):
        return form.type.__name__
    if form.kind in ("list", "set", "frozenset", "dict"):
        return "%s[%s]" % (form.kind, ",".join(_label(read(arg)) for arg in form.args) or "any")
    if form.kind == "tuple":
        return "tuple[%s]" % ", ".join("..." if arg is Ellipsis else _label(read(arg)) for arg in form.args)
    return form.kind
