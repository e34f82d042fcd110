"""Owns JSON Schema (2020-12) from annotations; every schema is a hint, so whatever is odd becomes `{}`."""

from .annotations import hints_of
from .components import component, model_component
from .forms import MISSING, described_by, fields_of, read
from .signature import signature_of

_PLAIN = {
    "none": {"type": "null"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "bytes": {"type": "string", "contentMediaType": "application/octet-stream"},
    "file": {"type": "string", "contentMediaType": "application/octet-stream"},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "timedelta": {"type": "string", "format": "duration"},
    "uuid": {"type": "string", "format": "uuid"},
    "decimal": {"anyOf": [{"type": "number"}, {"type": "string"}]},
    "path": {"type": "string", "format": "path"},
    "ndarray": {"type": "array", "items": {}},
}
_LIMITS = {
    "number": {
        "ge": "minimum",
        "gt": "exclusiveMinimum",
        "le": "maximum",
        "lt": "exclusiveMaximum",
        "multiple_of": "multipleOf",
    },
    "string": {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"},
    "array": {"min_length": "minItems", "max_length": "maxItems"},
    "object": {"min_length": "minProperties", "max_length": "maxProperties"},
}
_LIMITS["integer"] = _LIMITS["number"]

_GENERATOR, _ASYNC_GENERATOR = 0x20, 0x200


def body_schema(func, components, example):
    """Schema of the JSON object whose members become the arguments of `func`; None when it has no signature."""
    try:
        signature = signature_of(func)
    except (TypeError, ValueError):
        return None
    hints = hints_of(func, signature)
    properties, required = {}, []
    for name, parameter in signature.parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            continue
        optional = parameter.default is not parameter.empty
        schema = schema_of(hints[name], components) if name in hints else {}
        properties[name] = with_default(schema, parameter.default if optional else MISSING)
        if not optional:
            required.append(name)
    schema = {"title": "Payload", "type": "object", "properties": properties, "additionalProperties": True}
    if required:
        schema["required"] = required
    return schema if example is None else dict(schema, default=example)


def holds_file(schema):
    """Whether one of the members of a body is a file, or a list of files; each may be optional."""
    members = [_without_null(member) for member in (schema or {}).get("properties", {}).values()]
    return any(_is_file(member) or _is_file(member.get("items", {})) for member in members)


def _is_file(schema):
    return "contentMediaType" in _without_null(schema)


def _without_null(schema):
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    return choices[0] if len(choices) == 1 else schema


def response_schema(func, components):
    """Schema of what `func` returns, None when unknown; an iterator is an array of its items."""
    hint = hints_of(func).get("return", MISSING)
    return None if hint is MISSING else schema_of(hint, components) or None


def streams(func):
    """Whether `func` is declared to yield its answer piece by piece."""
    inner = func.func if type(func).__name__ == "partial" else func
    code = getattr(getattr(inner, "__func__", inner), "__code__", None)
    if code is not None and code.co_flags & (_GENERATOR | _ASYNC_GENERATOR):
        return True
    hint = hints_of(func).get("return", MISSING)
    return hint is not MISSING and read(hint).kind == "stream"


def schema_of(annotation, components):
    """Schema of one annotation; named types go to `components` and are referred to."""
    try:
        return form_schema(read(annotation), components)
    except Exception:  # a schema is documentation: nothing in it may stop the job
        return {}


def form_schema(form, components):
    """Schema of an annotation that was read already."""
    if form.kind == "union":
        return _described(_union(form, components), form)
    build = _BUILDERS.get(form.kind)
    schema = build(form, components) if build else dict(_PLAIN.get(form.kind, {}))
    for limit, keyword in _LIMITS.get(schema.get("type"), {}).items():
        if limit in form.limits and _fits_json(form.limits[limit]):
            schema[keyword] = form.limits[limit]
    return _described(schema, form)


def with_default(schema, default):
    """The schema with its default, when JSON can show it; None says only that the value may be left out."""
    default = _plain_value(default)
    if default is MISSING or default is None or not _fits_json(default):
        return schema
    return dict(schema, default=default)


def _described(schema, form):
    text = described_by(form.metadata)
    return schema if text is None else dict(schema, description=text)


def _list(form, components):
    schema = {"type": "array"}
    if form.args:
        schema["items"] = schema_of(form.args[0], components)
    return schema


def _set(form, components):
    return dict(_list(form, components), uniqueItems=True)


def _tuple(form, components):
    args = () if form.args == ((),) else form.args
    if len(args) == 2 and args[1] is Ellipsis:
        return {"type": "array", "items": schema_of(args[0], components)}
    if not args and not form.args:
        return {"type": "array"}
    items = [schema_of(arg, components) for arg in args]
    schema = {"type": "array", "minItems": len(items), "maxItems": len(items)}
    return dict(schema, prefixItems=items) if items else schema


def _dict(form, components):
    schema = {"type": "object"}
    if len(form.args) == 2:
        schema["additionalProperties"] = schema_of(form.args[1], components) or True
    return schema


def _union(form, components):
    choices = []
    for arg in form.args:
        try:
            member = read(arg)
            member.limits = dict(form.limits, **member.limits)
            choice = form_schema(member, components)
        except Exception:  # as in schema_of
            choice = {}
        # A choice within a choice is a choice.
        for each in choice["anyOf"] if set(choice) == {"anyOf"} else (choice,):
            if each not in choices:
                choices.append(each)
    if {} in choices:
        return {}
    return choices[0] if len(choices) == 1 else {"anyOf": choices}


def _literal(form, components):
    return _one_of([_plain_value(value) for value in form.args])


def _one_of(values):
    if not _fits_json(values):
        return {}
    names = {str: "string", int: "integer", bool: "boolean", float: "number", type(None): "null"}
    types = {names.get(type(value)) for value in values}
    schema = {"const": values[0]} if len(values) == 1 else {"enum": values}
    kind = types.pop() if len(types) == 1 else None
    return dict(schema, type=kind) if kind else schema


def _enum(form, components):
    def build(schema):
        schema.update(_one_of([_plain_value(member) for member in form.type]))

    return component(form.type, components, build)


def _plain_value(value):
    """The value that JSON shows for an enum member."""
    import enum

    return _plain_value(value.value) if isinstance(value, enum.Enum) else value


def _object(form, components):
    def build(schema):
        schema.update(type="object", properties={})
        required = []
        for field in fields_of(form):
            if field.excluded:
                continue
            schema["properties"][field.name] = with_default(schema_of(field.annotation, components), field.default)
            if field.required:
                required.append(field.name)
        if required:
            schema["required"] = required

    return component(form.type, components, build)


def _named_tuple(form, components):
    def build(schema):
        fields = fields_of(form)
        items = [with_default(dict(schema_of(f.annotation, components), title=f.name), f.default) for f in fields]
        schema.update(type="array", prefixItems=items, maxItems=len(items))
        schema["minItems"] = sum(1 for field in fields if field.required)

    return component(form.type, components, build)


def _alias(form, components):
    return component(form.type, components, lambda schema: schema.update(schema_of(form.args[0], components)))


def _model(form, components):
    return model_component(form.type, components)


def _fits_json(value):
    import json

    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")
        return True
    except (TypeError, ValueError, RecursionError):
        return False


_BUILDERS = {
    "list": _list,
    "stream": _list,
    "set": _set,
    "frozenset": _set,
    "tuple": _tuple,
    "dict": _dict,
    "literal": _literal,
    "enum": _enum,
    "dataclass": _object,
    "typeddict": _object,
    "namedtuple": _named_tuple,
    "alias": _alias,
    "model": _model,
}
