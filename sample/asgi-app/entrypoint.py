"""An ASGI application with sessions, a WebSocket, long tasks, and a model from a registry: what a larger stack brings along."""

import time
from typing import Dict, List

import registry
from pages import Pages
from racetrack_job_wrapper.endpoint_config import EndpointConfig
from racetrack_job_wrapper.errors import EntityNotFound
from tasks import Tasks

MODEL = "churn"


class Churn:
    def __init__(self) -> None:
        self.model = registry.load(MODEL)
        self.tasks = Tasks()

    def perform(self, features: Dict[str, float]) -> Dict:
        """
        Tell how likely a customer is to leave.
        :param features: What is known about the customer.
        """
        return {"probability": round(self.model.predict(features), 4), "version": self.model.version}

    def auxiliary_endpoints_v2(self) -> List[EndpointConfig]:
        return [
            EndpointConfig("/tasks/{name}", "POST", self.start_task),
            EndpointConfig("/tasks/{name}", "GET", self.show_task),
        ]

    def start_task(self, name: str, customers: List[Dict[str, float]]) -> Dict:
        """Start scoring many customers, and answer at once."""
        return self.tasks.start(name, lambda report: self.score(customers, report))

    def show_task(self, name: str) -> Dict:
        """Tell how far a task is; its result is there when the state is `done`."""
        if name not in self.tasks.states:
            raise EntityNotFound("there is no task %s" % name)
        return self.tasks.states[name]

    def score(self, customers, report) -> List[float]:
        probabilities = []
        for number, customer in enumerate(customers):
            report(number / len(customers))
            time.sleep(0.05)  # it takes its time
            probabilities.append(round(self.model.predict(customer), 4))
        return probabilities

    def webview_app(self, base_url: str) -> Pages:
        return Pages(self)

    def metrics(self) -> List[Dict]:
        return [{"name": "model_version", "description": "Version of the model that is in use", "value": self.model.version}]

    def docs_input_example(self) -> Dict:
        return {"features": {"age": 40, "calls": 3}}
