"""Owns giving a handler's result the shape that its return annotation promises."""

import sys

from .convert import converter_of
from .forms import fields_of, read

# Kinds whose values pass as they are: nothing is known about them, or they are no values yet.
_OPAQUE = ("any", "class", "file", "none", "stream", "ndarray")


class ResponseValidationError(Exception):
    """The handler returned something that its declared pydantic model refuses."""


def shaper_of(annotation):
    """A function that shapes results; None when the annotation asks for nothing."""
    if annotation is None:
        return None
    form = read(annotation)
    if form.kind in _OPAQUE:
        return None
    adapter = getattr(sys.modules.get("pydantic"), "TypeAdapter", None)
    if adapter is not None and _holds_model(form, set()):
        return _model_shaper(adapter(annotation))
    return _converting_shaper(converter_of(form))


def _converting_shaper(convert):
    def shape(value):
        errors = []
        converted = convert(value, (), errors)
        # A result that does not fit goes out as it is: the annotation is the job's own promise, not the caller's fault.
        return value if errors else converted

    return shape


def _model_shaper(adapter):
    """A declared model also decides which fields leave the job, so a result that does not fit must not go out."""

    def shape(value):
        if _is_response(value):
            return value
        try:
            checked = adapter.validate_python(value, from_attributes=True)
        except ValueError as error:
            raise ResponseValidationError("the handler's result does not fit its return type: %s" % error) from error
        return adapter.dump_python(checked, mode="json", by_alias=True)

    return shape


def _is_response(value):
    """Whether the handler built the framework's response itself."""
    return any(base.__name__ == "Response" for base in type(value).__mro__)


def _holds_model(form, seen):
    """Whether a pydantic model is anywhere in a type."""
    if form.kind == "model":
        return True
    if form.type in seen and form.kind in ("dataclass", "typeddict", "namedtuple", "alias"):
        return False
    inner = list(form.args) if form.kind != "literal" else []
    if form.kind in ("dataclass", "typeddict", "namedtuple"):
        seen.add(form.type)
        inner.extend(field.annotation for field in fields_of(form))
    if form.kind == "alias":
        seen.add(form.type)
    return any(_holds_model(read(arg), seen) for arg in inner if arg is not Ellipsis and arg != ())
