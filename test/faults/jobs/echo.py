"""A job that gives its input back and counts what reaches it."""

import threading
import time


class Echo:
    def __init__(self):
        self.calls = 0
        self.lock = threading.Lock()

    def perform(self, **given):
        with self.lock:
            self.calls += 1
        return given

    def count(self):
        return self.calls

    def special(self, which="nan"):
        values = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}
        return {"value": values[which], "list": [values[which], 1.5]}

    def nested(self, levels):
        value = []
        for _ in range(levels):
            value = [value]
        return value

    def sleep(self, seconds=0.2):
        time.sleep(seconds)
        return "slept"

    def auxiliary_endpoints(self):
        return {
            "/count": self.count,
            "/special": self.special,
            "/nested": self.nested,
            "/sleep": self.sleep,
            "/with space/näme": self.perform,
        }

    def docs_input_examples(self):
        return {"/perform": {}}
