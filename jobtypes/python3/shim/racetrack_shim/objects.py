"""Owns making dataclasses, TypedDicts, named tuples and pydantic models of the job from decoded JSON."""

from .convert import INVALID, add_error, missing
from .forms import fields_of
from .limits import check_size
from .scalars import Rejected


def object_converter(form, converter_of, known):
    """`known` holds the converters of the classes around; fields are read at first use: a class may hold itself."""
    if form.type in known:
        return known[form.type]
    plan = []

    def convert(value, loc, errors):
        if not plan:
            plan.append([(field, converter_of(field.annotation)) for field in fields_of(form)])
        return _KINDS[form.kind](form.type, plan[0], (value, loc, errors))

    known[form.type] = convert
    return convert


def model_converter(model):
    """A pydantic model checks the value itself; its errors are moved to where the value stands."""

    def convert(value, loc, errors):
        try:
            if hasattr(model, "model_validate"):
                return model.model_validate(value, from_attributes=True)
            return model.parse_obj(value)
        except Exception as error:
            return _refuse(error, (value, loc, errors))

    return convert


def _dataclass(cls, plan, given):
    value, loc, errors = given
    if isinstance(value, cls):
        return value
    if not isinstance(value, dict):
        message = "Input should be a dictionary or an instance of %s" % cls.__name__
        return add_error(errors, Rejected("dataclass_type", message, {"class_name": cls.__name__}), loc, value)
    values = _members(plan, given)
    return INVALID if values is INVALID else _create(cls, values, given)


def _typed_dict(cls, plan, given):
    value, loc, errors = given
    if not isinstance(value, dict):
        return add_error(errors, Rejected("dict_type", "Input should be a valid dictionary"), loc, value)
    return _members(plan, given)


def _named_tuple(cls, plan, given):
    value, loc, errors = given
    if isinstance(value, cls):
        return value
    if isinstance(value, dict):
        values = _members(plan, given)
        return INVALID if values is INVALID else _create(cls, values, given)
    if not isinstance(value, (list, tuple)):
        message = "Input should be a tuple, list, dictionary or an instance of %s" % cls.__name__
        return add_error(errors, Rejected("named_tuple_type", message, {"class_name": cls.__name__}), loc, value)
    try:
        check_size("NamedTuple", {"max_length": len(plan)}, len(value))
    except Rejected as rejected:
        return add_error(errors, rejected, loc, value)
    before = len(errors)
    values = [one(part, loc + (at,), errors) for at, ((_, one), part) in enumerate(zip(plan, value))]
    for at in range(len(value), len(plan)):
        if plan[at][0].required:
            missing(errors, loc + (at,), value)
    return INVALID if len(errors) > before else cls(*values)


def _members(plan, given):
    """The declared members of a JSON object, converted; others are left out."""
    value, loc, errors = given
    before = len(errors)
    values = {}
    for field, convert in plan:
        if field.name in value:
            values[field.name] = convert(value[field.name], loc + (field.name,), errors)
        elif field.required:
            missing(errors, loc + (field.name,), value)
    return INVALID if len(errors) > before else values


def _create(cls, values, given):
    try:
        return cls(**values)
    except Exception as error:
        return _refuse(error, given)


def _refuse(error, given):
    """Reports what a class raised against its input; other than a ValueError or assertion it is the job's fault."""
    value, loc, errors = given
    listed = getattr(error, "errors", None)
    if callable(listed):
        for item in listed():
            errors.append(_moved(item, loc))
        return INVALID
    if not isinstance(error, (ValueError, AssertionError)):
        raise error
    kind, title = "value_error", "Value error"
    if isinstance(error, AssertionError):
        kind, title = "assertion_error", "Assertion failed"
    return add_error(errors, Rejected(kind, "%s, %s" % (title, error), {"error": {}}), loc, value)


def _moved(item, loc):
    moved = {key: part for key, part in item.items() if key != "url"}
    moved["loc"] = list(loc) + list(item.get("loc", ()))
    if "ctx" in moved:
        moved["ctx"] = {key: {} if isinstance(part, Exception) else part for key, part in moved["ctx"].items()}
    return moved


_KINDS = {"dataclass": _dataclass, "typeddict": _typed_dict, "namedtuple": _named_tuple}
