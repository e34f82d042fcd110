"""The adder of the conformance cases, with everything that its rows ask for."""

from typing import List


class Adder:
    def perform(self, numbers: List[float], radix: int = 10):
        """
        Add numbers.

            Indented detail.
        The end.
        """
        return sum(numbers)

    def two(self, x: int, y: int):
        """Take two."""
        return x + y

    def explain(self, x: float, y: float):
        return {"x_importance": x / (x + y), "y_importance": y / (x + y)}

    def random(self):
        return 4

    def auxiliary_endpoints(self):
        return {"/two": self.two, "/explain": self.explain, "/random": self.random}

    def docs_input_examples(self):
        return {
            "/perform": {"numbers": [300, 60, 5], "radix": 10},
            "/two": {"x": 1, "y": 2},
            "/explain": {"x": 1, "y": 2},
        }
