"""Owns the shared schemas: one per class, under a name of its own, referred to as `#/components/schemas/NAME`."""

_REFERENCE = "#/components/schemas/"
# Keywords whose values are no schemas.
_DATA = ("const", "enum", "default", "examples", "required")


class _Named(dict):
    """A shared schema that remembers which class it describes."""

    __slots__ = ("source",)


def component(source, components, build):
    """A reference to the schema of a class; its name is taken before it is built, so it may refer to itself."""
    known = _known_name(source, components)
    if known is not None:
        return {"$ref": _REFERENCE + known}
    name = _free_name(source.__name__, components)
    schema = components[name] = _Named(title=source.__name__)
    schema.source = source
    text = _own_doc(source)
    if text:
        schema["description"] = text
    try:
        build(schema)
    except Exception:  # a schema is documentation; others may refer to the name, so it stays
        schema.clear()
    return {"$ref": _REFERENCE + name}


def model_component(model, components):
    """A reference to a pydantic model, which describes itself; the models inside it become shared schemas too."""
    known = _known_name(model, components)
    if known is not None:
        return {"$ref": _REFERENCE + known}
    template = _REFERENCE + "{model}"
    if hasattr(model, "model_json_schema"):
        schema = model.model_json_schema(ref_template=template)
    else:
        schema = model.schema(ref_template=template)
    schema = _hoist(_tidy(schema), components)
    if set(schema) == {"$ref"}:
        components[schema["$ref"][len(_REFERENCE) :]].source = model
        return schema
    name = _free_name(model.__name__, components)
    components[name] = _Named(schema)
    components[name].source = model
    return {"$ref": _REFERENCE + name}


def _hoist(schema, components):
    """Moves a schema's own definitions to the shared ones, under new names where those are taken."""
    inner = schema.pop("$defs", None) or schema.pop("definitions", {})
    renamed = {}
    for name, part in inner.items():
        if name in components and components[name] != part:
            renamed[_REFERENCE + name] = _REFERENCE + _free_name(name, dict(components, **inner))
    for name, part in inner.items():
        target = renamed.get(_REFERENCE + name, _REFERENCE + name)[len(_REFERENCE) :]
        components.setdefault(target, _Named(_rename(part, renamed)))
    return _rename(schema, renamed)


def _tidy(schema):
    """Takes out what pydantic says beyond docs/contract.md: titles made of names, and defaults that are None."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {key: value if key in _DATA else _tidy(value) for key, value in schema.items()}
    members = tidied.get("properties")
    if isinstance(members, dict):
        tidied["properties"] = {name: _tidy_member(name, member) for name, member in members.items()}
    return tidied


def _tidy_member(name, member):
    if not isinstance(member, dict):
        return member
    noise = {"title": name.replace("_", " ").title(), "default": None}
    return {key: value for key, value in member.items() if key not in noise or value != noise[key]}


def _known_name(source, components):
    for name, schema in components.items():
        if getattr(schema, "source", None) is source:
            return name
    return None


def _free_name(wanted, components):
    import re

    base = name = re.sub(r"[^A-Za-z0-9._-]+", "_", wanted) or "Schema"
    number = 2
    while name in components:
        name = "%s_%d" % (base, number)
        number += 1
    return name


def _own_doc(cls):
    """The docstring that the author wrote, not the one that dataclasses, enums or typing generate."""
    from .examples import docstring

    doc = getattr(cls, "__dict__", {}).get("__doc__")
    if not isinstance(doc, str) or doc.startswith(cls.__name__ + "(") or doc == "An enumeration.":
        return None
    return docstring(cls)


def _rename(schema, renamed):
    if isinstance(schema, dict):
        return {
            key: renamed.get(value, value) if key == "$ref" and isinstance(value, str) else _rename(value, renamed)
            for key, value in schema.items()
        }
    return [_rename(item, renamed) for item in schema] if isinstance(schema, list) else schema
