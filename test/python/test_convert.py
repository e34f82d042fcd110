"""Converts values and compares with what pydantic 2 made of the same ones (convert_cases.json)."""

import datetime
import decimal
import json
import os
import pathlib
import types
import typing
import unittest
import uuid
from enum import Enum, IntEnum
from typing import Dict, List, NamedTuple, Set, Tuple, Union

import shim_path

from racetrack_shim.convert import converter_of
from racetrack_shim.forms import read

CASES = os.path.join(os.path.dirname(__file__), "convert_cases.json")
NAMES = dict(vars(typing), datetime=datetime, decimal=decimal, pathlib=pathlib, uuid=uuid)


def convert(annotation, value, **limits):
    """The converted value, or the list of errors."""
    errors = []
    form = read(annotation, (types.SimpleNamespace(**limits),) if limits else ())
    result = converter_of(form)(value, (), errors)
    return errors or result


def only_error(annotation, value, **limits):
    (error,) = convert(annotation, value, **limits)
    return error["type"], error["msg"], error.get("ctx")


class ConvertTest(unittest.TestCase):
    def test_recorded_conversions(self):
        with open(CASES, encoding="utf-8") as file:
            cases = json.load(file)
        self.assertGreaterEqual(len(cases), 150)
        for case in cases:
            with self.subTest(type=case["type"], value=case["value"]):
                result = convert(eval(case["type"], dict(NAMES)), case["value"])
                self.assertEqual(result if "errors" in case else repr(result), case.get("errors", case.get("result")))

    def test_enums(self):
        color = Enum("Color", {"RED": "red", "BLUE": "blue"})
        level = IntEnum("Level", {"LOW": 1, "HIGH": 2})
        self.assertIs(convert(color, "red"), color.RED)
        self.assertIs(convert(color, color.RED), color.RED)
        self.assertIs(convert(level, "2"), level.HIGH)
        message = "Input should be 'red' or 'blue'"
        for value in ("x", "RED", 1, None, []):
            self.assertEqual(only_error(color, value), ("enum", message, {"expected": "'red' or 'blue'"}))

    def test_named_tuples(self):
        class Pair(NamedTuple):
            left: int
            right: str = "z"

        self.assertEqual(convert(Pair, ["1"]), Pair(1, "z"))
        self.assertEqual(convert(Pair, {"left": 1, "right": "b"}), Pair(1, "b"))
        self.assertEqual(only_error(Pair, [])[0], "missing")
        self.assertEqual(
            only_error(Pair, [1, "a", 3])[1], "NamedTuple should have at most 2 items after validation, not 3"
        )
        self.assertEqual(only_error(Pair, "x")[1], "Input should be a tuple, list, dictionary or an instance of Pair")

    def test_the_empty_tuple(self):
        self.assertEqual(convert(Tuple[()], []), ())
        self.assertEqual(only_error(Tuple[()], [1])[1], "Tuple should have at most 0 items after validation, not 1")
        self.assertEqual(convert(Tuple, [1, "a"]), (1, "a"))

    def test_limits(self):
        cases = [
            (int, 0, {"ge": 1}, "greater_than_equal", "Input should be greater than or equal to 1", {"ge": 1}),
            (float, 0, {"ge": 1}, "greater_than_equal", "Input should be greater than or equal to 1", {"ge": 1.0}),
            (float, 0, {"gt": 0.5}, "greater_than", "Input should be greater than 0.5", {"gt": 0.5}),
            (int, 3, {"multiple_of": 5}, "multiple_of", "Input should be a multiple of 5", {"multiple_of": 5}),
            (
                str,
                "a",
                {"min_length": 3},
                "string_too_short",
                "String should have at least 3 characters",
                {"min_length": 3},
            ),
            (
                str,
                "",
                {"min_length": 1},
                "string_too_short",
                "String should have at least 1 character",
                {"min_length": 1},
            ),
            (
                str,
                "b",
                {"pattern": "^a"},
                "string_pattern_mismatch",
                "String should match pattern '^a'",
                {"pattern": "^a"},
            ),
            (bytes, "a", {"min_length": 3}, "bytes_too_short", "Data should have at least 3 bytes", {"min_length": 3}),
        ]
        for annotation, value, limits, *expected in cases:
            with self.subTest(annotation=annotation, limits=limits):
                self.assertEqual(only_error(annotation, value, **limits), tuple(expected))

    def test_limits_of_containers(self):
        cases = [
            (List[int], [], {"min_length": 1}, "List should have at least 1 item after validation, not 0"),
            (List[int], [1, 2, "x"], {"max_length": 1}, "List should have at most 1 item after validation, not 3"),
            (Set[int], [1, 2], {"max_length": 1}, "Set should have at most 1 item after validation, not more"),
            (Dict[str, int], {}, {"min_length": 1}, "Dictionary should have at least 1 item after validation, not 0"),
        ]
        for annotation, value, limits, message in cases:
            with self.subTest(annotation=annotation):
                self.assertEqual(only_error(annotation, value, **limits)[1], message)

    def test_a_set_of_what_cannot_be_hashed(self):
        self.assertEqual(only_error(Set[dict], [{}])[0], "set_item_not_hashable")

    def test_a_union_prefers_the_member_that_knows_more_fields(self):
        class Small(NamedTuple):
            a: int = 0

        class Large(NamedTuple):
            a: int = 0
            b: int = 0

        self.assertEqual(convert(Union[Small, Large], {"a": 1, "b": 2}), Large(1, 2))
        self.assertEqual(convert(Union[Small, Large], {"a": 1}), Small(1))

    def test_a_type_that_is_not_known_lets_everything_pass(self):
        class Unknown:
            pass

        self.assertEqual(convert(Unknown, {"a": [1]}), {"a": [1]})


if __name__ == "__main__":
    unittest.main()
