"""Owns the way between dataclasses and plain dicts."""

import dataclasses
from typing import Any, Union, get_args, get_origin, get_type_hints


def to_serializable(obj):
    """The value as dicts, lists and atoms; fields with the metadata `exclude` are left out."""
    from racetrack_shim.encode import PydanticSerializationError
    from racetrack_shim.plain import convert

    if isinstance(obj, dict):
        return {key: to_serializable(value) for key, value in obj.items()}
    if isinstance(obj, (list, tuple)):
        return [to_serializable(value) for value in obj]
    if obj is None or isinstance(obj, (str, int, float, bytes)):
        return obj
    try:
        return to_serializable(convert(obj))
    except PydanticSerializationError:
        return obj


def remove_none(obj):
    """Without the members that are None."""
    if isinstance(obj, dict):
        return {key: remove_none(value) for key, value in obj.items() if key is not None and value is not None}
    if isinstance(obj, list):
        return [remove_none(value) for value in obj if value is not None]
    return obj


def datamodel_to_dict(dataclazz):
    """A dataclass as a dict, without the members that are None."""
    return remove_none(to_serializable(dataclazz))


def convert_to_json(obj):
    """JSON text, without the members that are None."""
    from json import dumps

    return dumps(remove_none(to_serializable(obj)))


def convert_to_yaml(obj):
    """YAML text, without the members that are None; needs PyYAML."""
    from yaml import dump

    return dump(remove_none(to_serializable(obj)), sort_keys=False)


def datamodel_to_yaml_str(dataclazz):
    """YAML text of a dataclass; needs PyYAML."""
    return convert_to_yaml(dataclazz)


def parse_dict_datamodel(obj_dict, clazz):
    """A dict as the dataclass `clazz`; unknown members are errors."""
    return parse_object(obj_dict, clazz)


def parse_dict_datamodels(obj_list, clazz):
    """A list of dicts as a list of the dataclass `clazz`."""
    return [parse_object(obj_dict, clazz) for obj_dict in obj_list]


def parse_yaml_datamodel(yaml_obj, clazz):
    """YAML text as the dataclass `clazz`; needs PyYAML."""
    from yaml import safe_load

    return parse_object(safe_load(yaml_obj) or {}, clazz)


def parse_yaml_file_datamodel(path, clazz):
    """A YAML file as the dataclass `clazz`; needs PyYAML."""
    return parse_yaml_datamodel(path.read_text(), clazz)


def parse_object(obj, clazz):
    """The value as an instance of the type `clazz`: a dataclass, Optional, a container, or any callable type."""
    if obj is None or clazz is Any or (isinstance(clazz, type) and type(obj) is clazz):
        return obj
    if dataclasses.is_dataclass(clazz):
        return _parse_dataclass(obj, clazz)
    origin, parts = get_origin(clazz), get_args(clazz)
    if origin is Union or type(clazz).__name__ == "UnionType":
        return _parse_union(obj, parts)
    if origin in (list, tuple, set, frozenset):
        return origin(parse_object(item, parts[0]) if parts else item for item in obj)
    if origin is dict:
        return {parse_object(key, parts[0]): parse_object(value, parts[1]) for key, value in obj.items()}
    return clazz(obj)


def _parse_dataclass(obj, clazz):
    if not isinstance(obj, dict):
        raise AssertionError("expected dict type to parse into a dataclass, got %s" % type(obj))
    types = _field_types(clazz)
    unknown = [key for key in obj if key not in types]
    if unknown:
        raise KeyError('unexpected field "%s" provided to type %s' % (unknown[0], clazz))
    return clazz(**{key: parse_object(value, types[key]) for key, value in obj.items()})


def _parse_union(obj, parts):
    """The first part that takes the value; one that it already belongs to comes before all others."""
    choices = [part for part in parts if part is not type(None)]
    choices.sort(key=lambda part: not (isinstance(part, type) and type(obj) is part))
    failure = None
    for part in choices:
        try:
            return parse_object(obj, part)
        except (TypeError, ValueError, KeyError, AssertionError) as error:
            failure = failure or error
    raise failure


def _field_types(clazz):
    try:
        hints = get_type_hints(clazz)
    except NameError:  # annotations as text that name classes of a function's scope
        hints = {}
    return {field.name: hints.get(field.name, field.type) for field in dataclasses.fields(clazz)}
