"""Owns the behaviour of documented examples and docstrings."""

import os
import sys
import unittest

SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../jobtypes/python3/shim")
sys.path.insert(0, SHIM)
sys.path.insert(0, os.path.join(SHIM, "standins"))

from racetrack_job_wrapper.entrypoint import JobEntrypoint
from racetrack_job_wrapper.validate import validate_entrypoint
from racetrack_shim.examples import InvalidExample, docstring, examples_of


class Adder:
    def perform(self, numbers, radix=10):
        """
        Add numbers.
        :param numbers: Numbers to add.
            Indented further.
        :return: Sum of the numbers.
        """
        return sum(numbers)

    def docs_input_example(self):
        return {"numbers": [300, 60, 5], "radix": 10}


def job_with(**methods):
    return type("Job", (JobEntrypoint,), {name: (lambda self, v=value: v) for name, value in methods.items()})()


class ExamplesTest(unittest.TestCase):
    def refused(self, text, **methods):
        with self.assertRaises(InvalidExample) as caught:
            examples_of(job_with(**methods))
        self.assertEqual(str(caught.exception), text)

    def test_the_example_of_perform(self):
        self.assertEqual(examples_of(Adder()), {"/perform": {"numbers": [300, 60, 5], "radix": 10}})

    def test_no_example_is_none_also_below_the_base_class(self):
        self.assertEqual(examples_of(object()), {"/perform": None})
        self.assertEqual(examples_of(job_with()), {"/perform": None})

    def test_examples_by_path(self):
        job = job_with(
            docs_input_example={"x": 9},
            docs_input_examples={"/perform": {"x": 1}, "/explain": {"y": 2}, "/v2": {"z": 3}},
            auxiliary_endpoints={"/explain": print, "random": print},
        )
        self.assertEqual(examples_of(job), {"/perform": {"x": 1}, "/explain": {"y": 2}, "/random": None})
        self.assertEqual(examples_of(job, ["/explain"]), {"/explain": {"y": 2}})
        validate_entrypoint(job)

    def test_the_single_example_fills_in_for_perform(self):
        job = job_with(docs_input_example={"x": 9}, docs_input_examples={"/explain": {"y": 2}})
        self.assertEqual(examples_of(job), {"/perform": {"x": 9}})

    def test_not_serializable(self):
        self.refused(
            "invalid docs input example: failed to encode input example (for /perform endpoint) to JSON: "
            "Object of type bytes is not JSON serializable",
            docs_input_example={"input": b"image bytes"},
        )

    def test_over_maximum_size(self):
        self.refused(
            "invalid docs input example: input example (for /perform endpoint) encoded to JSON (1100015 bytes) "
            "exceeds maximum size (1048576 bytes)",
            docs_input_example={"numbers": "x" * 1100000},
        )

    def test_not_a_dict(self):
        self.refused(
            "invalid docs input example: input example (for /perform endpoint) is not a dict",
            docs_input_example="text",
        )
        self.refused("invalid docs input example: docs_input_examples outcome is not a dict", docs_input_examples=[1])

    def test_an_example_that_raises(self):
        class Job:
            def docs_input_example(self):
                raise KeyError("x")

        with self.assertRaisesRegex(InvalidExample, "^invalid docs input example: 'x'$") as caught:
            examples_of(Job())
        self.assertIsInstance(caught.exception.__cause__, KeyError)

    def test_values_with_a_json_form_are_fine(self):
        import datetime

        example = {"at": datetime.date(2020, 1, 2), "not": float("nan")}
        self.assertIs(examples_of(job_with(docs_input_example=example))["/perform"], example)


class DocstringTest(unittest.TestCase):
    def test_the_indentation_of_the_source_is_removed(self):
        self.assertEqual(
            docstring(Adder().perform),
            "Add numbers.\n:param numbers: Numbers to add.\n    Indented further.\n:return: Sum of the numbers.",
        )

    def test_none(self):
        self.assertIsNone(docstring(Adder().docs_input_example))
        self.assertIsNone(docstring(type("T", (), {"__doc__": "  \n"})))

    def test_a_partial_has_the_docstring_of_its_function(self):
        from functools import partial

        self.assertIsNone(docstring(partial(Adder().docs_input_example)))
        self.assertEqual(docstring(partial(in_one_line, 1)), "Says it in one line.")


def in_one_line(number):
    """Says it in one line."""


if __name__ == "__main__":
    unittest.main()
