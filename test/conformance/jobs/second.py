"""Auxiliary endpoints of the second form."""

from racetrack_job_wrapper.endpoint_config import EndpointConfig


class Second:
    def perform(self, x: float, y: float):
        return x + y

    def explain(self, payload: dict):
        x, y = payload["x"], payload["y"]
        return {"x_importance": x / (x + y), "y_importance": y / (x + y)}

    def random(self) -> float:
        return 4

    def auxiliary_endpoints_v2(self):
        return [
            EndpointConfig("/explain", "POST", self.explain),
            EndpointConfig("/random", "GET", self.random),
            EndpointConfig("/other", "PUT", self.random),
        ]
