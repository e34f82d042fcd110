"""Endpoints beside /perform: each is a method that is called with POST, like perform itself."""

import random
from typing import Callable, Dict

from racetrack_job_wrapper.entrypoint import JobEntrypoint


class Weights(JobEntrypoint):
    def perform(self, x: float, y: float) -> float:
        """Add two numbers."""
        return x + y

    def auxiliary_endpoints(self) -> Dict[str, Callable]:
        """Paths below /api/v1 and the methods that answer them."""
        return {
            "/explain": self.explain,
            "/random": self.random,
        }

    def explain(self, x: float, y: float) -> Dict[str, float]:
        """Tell how much each number contributes to the sum."""
        total = x + y
        return {"x_importance": x / total, "y_importance": y / total}

    def random(self, start: float, end: float) -> float:
        """Draw a number between two others."""
        return random.uniform(start, end)

    def docs_input_examples(self) -> Dict[str, Dict]:
        """An example for each endpoint."""
        return {
            "/perform": {"x": 40, "y": 2},
            "/explain": {"x": 1, "y": 2},
            "/random": {"start": 0, "end": 100},
        }
