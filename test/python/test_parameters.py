"""Checks the rows of `GET /api/v1/parameters`: the same on every Python."""

import enum
import functools
import json
import unittest
from typing import Any, Callable, Dict, List, Literal, Optional, Tuple, Union

import shim_path

from racetrack_shim.parameters import parameters_of


class NoSignature:
    __signature__ = "none"

    def __call__(self): ...


def type_of(annotation):
    def perform(value: annotation): ...

    return parameters_of(perform)[0]["type"]


class ParametersTest(unittest.TestCase):
    def test_required_then_optional_then_keyword_only(self):
        class Job:
            def perform(self, numbers: List[float], radix: int = 10, *, kw: str = "z", req): ...

        expected = [
            {"name": "numbers", "type": "List"},
            {"name": "radix", "default_value": 10, "type": "int"},
            {"name": "kw", "default_value": "z", "type": "str"},
            {"name": "req", "default_value": None, "type": None},
        ]
        self.assertEqual(parameters_of(Job().perform), expected)

    def test_spread_parameters(self):
        def perform(a, b=1, *args: int, **kwargs): ...

        expected = [
            {"name": "a", "type": None},
            {"name": "args", "type": "List[int]"},
            {"name": "b", "default_value": 1, "type": None},
        ]
        self.assertEqual(parameters_of(perform), expected)

    def test_names_of_types(self):
        cases = [
            (int, "int"),
            (List[float], "List"),
            (List, "List"),
            (Dict[str, int], "Dict"),
            (Tuple[int, ...], "Tuple"),
            (Optional[int], "Optional"),
            (Union[int, str], "Union"),
            (Literal["a"], "Literal"),
            (Callable, "Callable"),
            (Any, "Any"),
            (None, None),
            ("list[float]", "list[float]"),
            ("Missing", "Missing"),
        ]
        for annotation, expected in cases:
            with self.subTest(annotation=annotation):
                self.assertEqual(type_of(annotation), expected)

    def test_postponed_annotations_are_shown_as_written(self):
        space = {}
        exec("from __future__ import annotations\ndef perform(numbers: list[float], x: Missing = 1): ...", space)
        rows = [(row["name"], row["type"]) for row in parameters_of(space["perform"])]
        self.assertEqual(rows, [("numbers", "list[float]"), ("x", "Missing")])

    def test_builtin_generics(self):
        if not hasattr(list, "__class_getitem__"):
            self.assertRaises(TypeError, lambda: list[float])
            return
        self.assertEqual(type_of(list[float]), "list")

    def test_defaults_that_json_cannot_show_become_text(self):
        color = enum.Enum("Color", "RED")

        def perform(a=b"x", b=float("nan"), c=color.RED, d="\ud800", e=(1, {"k": None}), f={1}): ...

        rows = parameters_of(perform)
        values = [row["default_value"] for row in rows]
        self.assertEqual(values, ["b'x'", "nan", "<Color.RED: 1>", "'\\ud800'", [1, {"k": None}], "{1}"])
        json.dumps(rows, allow_nan=False, ensure_ascii=False).encode("utf-8")

    def test_a_decorated_method_shows_its_own_parameters(self):
        def timed(func):
            @functools.wraps(func)
            def wrapper(*args, **kwargs):
                return func(*args, **kwargs)

            return wrapper

        @timed
        def perform(a: int): ...

        self.assertEqual(parameters_of(perform), [{"name": "a", "type": "int"}])

    def test_a_callable_without_signature_has_no_parameters(self):
        self.assertEqual(parameters_of(NoSignature()), [])


if __name__ == "__main__":
    unittest.main()
