"""Endpoints with a verb of their own and parameters in path, query and body, checked and converted by their annotations."""

import random
from typing import Dict, List

from racetrack_job_wrapper.endpoint_config import EndpointConfig


class Calculator:
    def perform(self, x: float, y: float) -> float:
        """Add two numbers."""
        return x + y

    def auxiliary_endpoints_v2(self) -> List[EndpointConfig]:
        """The further endpoints: path, verb, handler, and options for the documentation page."""
        return [
            EndpointConfig("/multiply/{path}", "POST", self.multiply, other_options={"tags": ["arithmetic"]}),
            EndpointConfig("/random", "GET", self.random, other_options={"tags": ["dice"]}),
        ]

    def multiply(self, path: float, query: float, body: List[float]) -> float:
        """
        Multiply everything by everything.

        A name that stands in the path comes from there. Of the other parameters, plain values come from the query, and a list,
        a dictionary or a dataclass is the body.
        """
        product = path * query
        for factor in body:
            product *= factor
        return product

    def random(self, start: float, end: float) -> float:
        """Draw a number between two others."""
        return random.uniform(start, end)

    def docs_input_example(self) -> Dict:
        return {"x": 40, "y": 2}
