"""Checks JSON Schemas made from annotations: the same on every Python, and never an exception."""

import datetime
import decimal
import json
import pathlib
import sys
import types
import typing
import unittest
import uuid
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import (
    Any,
    AsyncIterator,
    Callable,
    Dict,
    FrozenSet,
    Generator,
    Generic,
    Iterable,
    Iterator,
    List,
    Literal,
    Mapping,
    NamedTuple,
    NewType,
    Optional,
    Sequence,
    Set,
    Tuple,
    TypedDict,
    TypeVar,
    Union,
)

import shim_path

from racetrack_shim.schema import body_schema, response_schema, schema_of, streams

T = TypeVar("T")
Bound = TypeVar("Bound", bound=int)
Either = TypeVar("Either", int, str)


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1


@dataclass
class Point:
    """A place on the plane."""

    x: int
    y: float = 1.5
    tags: List[str] = field(default_factory=list)
    secret: str = field(default="", metadata={"exclude": True})


@dataclass
class Tree:
    name: str
    color: Color = Color.RED
    children: "List[Tree]" = field(default_factory=list)
    odd: "Nowhere" = None


class Base(TypedDict):
    id: int


class Options(Base, total=False):
    name: Optional[str]


class Pair(NamedTuple):
    left: int
    right: str = "z"


def schema_and_components(annotation):
    components = {}
    schema = schema_of(annotation, components)
    json.dumps([schema, components], allow_nan=False)
    return schema, components


def component(annotation):
    schema, components = schema_and_components(annotation)
    return components[schema["$ref"].split("/")[-1]]


class Annotations(unittest.TestCase):
    def test_plain_types(self):
        array_of_int = {"type": "array", "items": {"type": "integer"}}
        cases = [
            (int, {"type": "integer"}),
            (float, {"type": "number"}),
            (str, {"type": "string"}),
            (bool, {"type": "boolean"}),
            (None, {"type": "null"}),
            (bytes, {"type": "string", "contentMediaType": "application/octet-stream"}),
            (Any, {}),
            (object, {}),
            (list, {"type": "array"}),
            (List, {"type": "array"}),
            (List[int], array_of_int),
            (Sequence[int], array_of_int),
            (Iterable[int], array_of_int),
            (Iterator[int], array_of_int),
            (Generator[int, None, None], array_of_int),
            (AsyncIterator[int], array_of_int),
            (Tuple[int, ...], array_of_int),
            (Set[int], dict(array_of_int, uniqueItems=True)),
            (FrozenSet[int], dict(array_of_int, uniqueItems=True)),
            (tuple, {"type": "array"}),
            (dict, {"type": "object"}),
            (Dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
            (Mapping[str, Any], {"type": "object", "additionalProperties": True}),
            (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
            (Union[int, str], {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
            (Union[int, Any], {}),
            (Literal["a", "b"], {"enum": ["a", "b"], "type": "string"}),
            (Literal["a", 1], {"enum": ["a", 1]}),
            (Literal[Color.RED], {"const": "red", "type": "string"}),
            (NewType("Id", int), {"type": "integer"}),
            (T, {}),
            (Bound, {"type": "integer"}),
            (Either, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
            (datetime.datetime, {"type": "string", "format": "date-time"}),
            (datetime.date, {"type": "string", "format": "date"}),
            (datetime.time, {"type": "string", "format": "time"}),
            (datetime.timedelta, {"type": "string", "format": "duration"}),
            (uuid.UUID, {"type": "string", "format": "uuid"}),
            (decimal.Decimal, {"anyOf": [{"type": "number"}, {"type": "string"}]}),
            (pathlib.Path, {"type": "string", "format": "path"}),
        ]
        for annotation, expected in cases:
            with self.subTest(annotation=annotation):
                self.assertEqual(schema_and_components(annotation), (expected, {}))

    def test_a_tuple_of_fixed_length(self):
        items = [{"type": "integer"}, {"type": "string"}]
        expected = {"type": "array", "minItems": 2, "maxItems": 2, "prefixItems": items}
        self.assertEqual(schema_of(Tuple[int, str], {}), expected)

    def test_newer_syntax_where_python_has_it(self):
        if sys.version_info >= (3, 9):
            self.assertEqual(schema_of(list[int], {}), {"type": "array", "items": {"type": "integer"}})
        if sys.version_info >= (3, 10):
            self.assertEqual(schema_of(int | None, {}), schema_of(Optional[int], {}))
        if sys.version_info >= (3, 12):
            space = {}
            exec("type Json = dict[str, Json] | int\ndef perform[T: int](a: T) -> 'list[T]': ...", space)
            reference = {"$ref": "#/components/schemas/Json"}
            expected = {
                "title": "Json",
                "anyOf": [{"type": "object", "additionalProperties": reference}, {"type": "integer"}],
            }
            self.assertEqual(component(space["Json"]), expected)
            self.assertEqual(response_schema(space["perform"], {}), {"type": "array", "items": {"type": "integer"}})
        self.assertEqual(schema_of("int", {}), {})

    def test_what_is_odd_becomes_anything(self):
        class Hostile:
            @property
            def __origin__(self):
                raise RuntimeError("no")

        for annotation in (5, "Nowhere", ..., Callable[[int], str], Generic, Hostile(), type, List["Nowhere"]):
            with self.subTest(annotation=annotation):
                self.assertIn(schema_of(annotation, {}), ({}, {"type": "array", "items": {}}))

    def test_numpy_arrays_and_numbers(self):
        made = [type(name, (), {"__module__": "numpy"}) for name in ("ndarray", "int64", "float32", "bool_", "dtype")]
        expected = [{"type": "array", "items": {}}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}, {}]
        self.assertEqual([schema_of(cls, {}) for cls in made], expected)

    def test_annotated_since_python_3_9_and_before_it_nothing_to_test(self):
        if sys.version_info < (3, 9):
            self.assertFalse(hasattr(typing, "Annotated"))
            return
        from typing import Annotated

        limit = types.SimpleNamespace(metadata=[types.SimpleNamespace(ge=1), types.SimpleNamespace(lt=9)])
        expected = {"type": "integer", "minimum": 1, "exclusiveMaximum": 9, "description": "how many"}
        self.assertEqual(schema_of(Annotated[int, "how many", limit], {}), expected)
        short = types.SimpleNamespace(min_length=1, pattern="^a", description="text")
        self.assertEqual(
            schema_of(Annotated[str, short], {}),
            {"type": "string", "minLength": 1, "pattern": "^a", "description": "text"},
        )
        nullable = {"anyOf": [{"type": "integer", "minimum": 1, "exclusiveMaximum": 9}, {"type": "null"}]}
        self.assertEqual(schema_of(Annotated[Optional[int], limit], {}), nullable)


class Classes(unittest.TestCase):
    def test_a_dataclass(self):
        expected = {
            "title": "Point",
            "description": "A place on the plane.",
            "type": "object",
            "properties": {
                "x": {"type": "integer"},
                "y": {"type": "number", "default": 1.5},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["x"],
        }
        self.assertEqual(component(Point), expected)

    def test_a_dataclass_that_contains_itself(self):
        schema, components = schema_and_components(List[Tree])
        self.assertEqual(schema, {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}})
        self.assertEqual(sorted(components), ["Color", "Tree"])
        properties = components["Tree"]["properties"]
        self.assertEqual(properties["children"], schema)
        self.assertEqual(properties["color"], {"$ref": "#/components/schemas/Color", "default": "red"})
        self.assertEqual(properties["odd"], {})
        self.assertNotIn("description", components["Tree"])

    def test_enums(self):
        self.assertEqual(component(Color), {"title": "Color", "enum": ["red", "blue"], "type": "string"})
        self.assertEqual(component(Level), {"title": "Level", "const": 1, "type": "integer"})
        self.assertEqual(component(Enum("Odd", {"A": object()})), {"title": "Odd"})

    def test_typed_dicts(self):
        nullable = {"anyOf": [{"type": "string"}, {"type": "null"}]}
        made = component(Options)
        self.assertEqual(made["properties"], {"id": {"type": "integer"}, "name": nullable})
        # Python 3.8 does not keep which keys the base class requires.
        self.assertEqual(made.get("required"), ["id"] if sys.version_info >= (3, 9) else None)

    def test_typed_dicts_with_required_marks_since_python_3_11(self):
        if sys.version_info < (3, 11):
            self.assertFalse(hasattr(typing, "NotRequired"))
            return
        space = {"__name__": __name__}
        source = "from __future__ import annotations\nimport typing\nclass Row(typing.TypedDict):\n"
        exec(source + "  a: typing.Required[int]\n  b: typing.NotRequired[str]\n  c: float", space)
        self.assertEqual(component(space["Row"])["required"], ["a", "c"])

    def test_named_tuples(self):
        items = [{"type": "integer", "title": "left"}, {"type": "string", "title": "right", "default": "z"}]
        expected = {"title": "Pair", "type": "array", "prefixItems": items, "minItems": 1, "maxItems": 2}
        self.assertEqual(component(Pair), expected)

    def test_different_classes_of_one_name_get_names_of_their_own(self):
        other = dataclass(type("Point", (), {"__annotations__": {"z": str}}))
        components = {}
        references = [schema_of(cls, components)["$ref"].split("/")[-1] for cls in (Point, other, Point, other)]
        self.assertEqual(references, ["Point", "Point_2", "Point", "Point_2"])
        self.assertEqual(list(components["Point_2"]["properties"]), ["z"])

    def test_pydantic_models_describe_themselves(self):
        inner = {"type": "object", "title": "Point"}

        class Model:
            @classmethod
            def model_validate(cls, value): ...

            @classmethod
            def model_json_schema(cls, ref_template):
                reference = {"$ref": ref_template.format(model="Point")}
                return {"type": "object", "properties": {"p": reference}, "$defs": {"Point": dict(inner)}}

        components = {}
        schema_of(Point, components)
        self.assertEqual(schema_of(Model, components), {"$ref": "#/components/schemas/Model"})
        self.assertEqual(schema_of(List[Model], components)["items"], {"$ref": "#/components/schemas/Model"})
        self.assertEqual(sorted(components), ["Model", "Point", "Point_2"])
        self.assertEqual(components["Point_2"], inner)
        self.assertEqual(components["Model"]["properties"]["p"], {"$ref": "#/components/schemas/Point_2"})

    def test_what_pydantic_says_beyond_the_contract_is_left_out(self):
        class Model:
            @classmethod
            def model_validate(cls, value): ...

            @classmethod
            def model_json_schema(cls, ref_template):
                given = {"title": "Given By You", "type": "string", "default": "x"}
                first_name = {"title": "First Name", "anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
                return {"title": "Model", "type": "object", "properties": {"given": given, "first_name": first_name}}

        components = {}
        schema_of(Model, components)
        first_name = {"anyOf": [{"type": "string"}, {"type": "null"}]}
        given = {"title": "Given By You", "type": "string", "default": "x"}
        self.assertEqual(components["Model"]["properties"], {"given": given, "first_name": first_name})

    def test_older_pydantic_models_and_those_that_contain_themselves(self):
        class Old:
            __fields__ = {}

            @classmethod
            def parse_obj(cls, value): ...

            @classmethod
            def schema(cls, ref_template):
                return {"$ref": ref_template.format(model="Old"), "definitions": {"Old": {"type": "object"}}}

        components = {}
        self.assertEqual(schema_of(Old, components), {"$ref": "#/components/schemas/Old"})
        self.assertEqual(schema_of(Old, components), {"$ref": "#/components/schemas/Old"})
        self.assertEqual(components, {"Old": {"type": "object"}})


class Functions(unittest.TestCase):
    def test_the_body_of_perform(self):
        class Job:
            def perform(
                self, numbers: List[float], radix: int = 10, *args, key: Color = Color.RED, odd: "Nowhere", **kw
            ): ...

        components = {}
        expected = {
            "title": "Payload",
            "type": "object",
            "properties": {
                "numbers": {"type": "array", "items": {"type": "number"}},
                "radix": {"type": "integer", "default": 10},
                "key": {"$ref": "#/components/schemas/Color", "default": "red"},
                "odd": {},
            },
            "required": ["numbers", "odd"],
            "additionalProperties": True,
            "default": {"numbers": [1]},
        }
        self.assertEqual(body_schema(Job().perform, components, {"numbers": [1]}), expected)
        self.assertEqual(list(components), ["Color"])

    def test_a_body_without_parameters_or_example(self):
        def perform(): ...

        expected = {"title": "Payload", "type": "object", "properties": {}, "additionalProperties": True}
        self.assertEqual(body_schema(perform, {}, None), expected)

    def test_a_default_that_is_none_or_that_json_cannot_show_is_left_out(self):
        def perform(a=b"x", b=float("inf"), c=None): ...

        self.assertEqual(body_schema(perform, {}, None)["properties"], {"a": {}, "b": {}, "c": {}})

    def test_one_bad_annotation_does_not_spoil_the_others(self):
        space = {}
        exec("from __future__ import annotations\ndef perform(a: Nowhere, b: int, c: 'not a type') -> str: ...", space)
        self.assertEqual(
            body_schema(space["perform"], {}, None)["properties"], {"a": {}, "b": {"type": "integer"}, "c": {}}
        )
        self.assertEqual(response_schema(space["perform"], {}), {"type": "string"})

    def test_responses(self):
        def unknown(): ...

        def anything() -> Any: ...

        def nothing() -> None: ...

        self.assertIsNone(response_schema(unknown, {}))
        self.assertIsNone(response_schema(anything, {}))
        self.assertEqual(response_schema(nothing, {}), {"type": "null"})

    def test_streams(self):
        def generator():
            yield 1

        async def agenerator():
            yield 1

        def declared() -> Iterator[int]: ...

        def plain() -> List[int]: ...

        self.assertEqual([streams(f) for f in (generator, agenerator, declared, plain)], [True, True, True, False])

    def test_a_callable_without_signature(self):
        class Odd:
            __signature__ = "none"

            def __call__(self): ...

        self.assertIsNone(body_schema(Odd(), {}, None))
        self.assertIsNone(response_schema(Odd(), {}))

    def test_callable_objects_and_partials_are_read_where_they_were_written(self):
        import functools

        class Handler:
            def __call__(self, point: "Point") -> "int": ...

        def two(a: "int", b: "str"): ...

        self.assertEqual(list(body_schema(Handler(), {}, None)["properties"]["point"]), ["$ref"])
        self.assertEqual(response_schema(Handler(), {}), {"type": "integer"})
        properties = body_schema(functools.partial(two, 1), {}, None)["properties"]
        self.assertEqual(properties, {"b": {"type": "string"}})


if __name__ == "__main__":
    unittest.main()
