"""Owns the behaviour of the job's own metrics."""

import json
import os
import sys
import unittest

SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../jobtypes/python3/shim")
sys.path.insert(0, SHIM)
sys.path.insert(0, os.path.join(SHIM, "standins"))

from racetrack_job_wrapper.entrypoint import JobEntrypoint
from racetrack_shim.collect import collect


class Job(JobEntrypoint):
    def __init__(self, declared):
        self._declared = declared

    def metrics(self):
        if isinstance(self._declared, Exception):
            raise self._declared
        return self._declared


class CollectTest(unittest.TestCase):
    def collect(self, declared):
        self.lines = []
        items = collect(Job(declared), lambda level, message: self.lines.append((level, message)))
        json.dumps(items, allow_nan=False)
        return items

    def test_complete_and_minimal_metrics(self):
        items = self.collect(
            [
                {"name": "job_positives", "description": "Positives", "value": 5, "labels": {"color": "blue", "n": 1}},
                {"name": "job_zero_value", "value": 0},
                {"name": "job_null", "value": None},
            ]
        )
        positives = {"name": "job_positives", "value": 5.0, "description": "Positives"}
        positives["labels"] = {"color": "blue", "n": "1"}
        self.assertEqual(items, [positives, {"name": "job_zero_value", "value": 0.0}])
        self.assertIsInstance(items[0]["value"], float)
        self.assertEqual(self.lines, [])

    def test_values_of_other_types(self):
        values = [True, False, "1.5", float("nan"), float("inf"), float("-inf")]
        items = self.collect([{"name": "n", "value": value} for value in values])
        self.assertEqual([item["value"] for item in items], [1.0, 0.0, 1.5, "NaN", "+Inf", "-Inf"])

    def test_illegal_characters_become_underscores(self):
        (item,) = self.collect([{"name": "1 job-é:x", "value": 1, "labels": {"a-b:c": "d"}}])
        self.assertEqual((item["name"], item["labels"]), ("_1_job__:x", {"a_b_c": "d"}))

    def test_unusable_metrics_are_reported_and_skipped(self):
        bad = [{"value": 1}, {"name": "a"}, {"name": "a", "value": "x"}, 5, {"name": "a", "value": 10**400}]
        bad.append({"name": "a", "value": 1, "labels": ["x"]})
        self.assertEqual(self.collect(bad + [{"name": "good", "value": 1}]), [{"name": "good", "value": 1.0}])
        self.assertEqual([level for level, _ in self.lines], ["ERROR"] * len(bad))
        self.assertIn("'name' is missing in {'value': 1}", self.lines[0][1])
        self.assertIn("'value' is missing", self.lines[1][1])

    def test_nothing_to_collect(self):
        self.assertEqual(self.collect(None), [])
        self.assertEqual(collect(object(), print), [])
        self.assertEqual(collect(JobEntrypoint(), print), [])

    def test_errors_of_the_job_are_passed_on(self):
        with self.assertRaisesRegex(KeyError, "x"):
            self.collect(KeyError("x"))
        with self.assertRaisesRegex(TypeError, "has to return a list of dicts, it returned a dict"):
            self.collect({"name": "a", "value": 1})


if __name__ == "__main__":
    unittest.main()
