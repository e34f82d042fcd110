"""Owns long tasks: they run in threads of their own, and are asked for by the name that the caller gave them."""

import threading
import traceback
from typing import Callable, Dict

MAX_TASKS = 100


class Tasks:
    def __init__(self) -> None:
        self.states: Dict[str, dict] = {}

    def start(self, name: str, work: Callable[[Callable[[float], None]], object]) -> dict:
        """Starts the work unless a task of this name is known already, so that a caller may safely ask again."""
        if name in self.states:
            return self.states[name]
        if len(self.states) >= MAX_TASKS:
            self.states.pop(next(iter(self.states)))  # the oldest one
        self.states[name] = {"state": "running", "progress": 0.0}
        threading.Thread(target=self.run, args=(name, work), daemon=True).start()
        return self.states[name]

    def run(self, name: str, work: Callable[[Callable[[float], None]], object]) -> None:
        try:
            result = work(lambda share: self.states[name].update(progress=share))
            self.states[name] = {"state": "done", "progress": 1.0, "result": result}
        except Exception as error:
            traceback.print_exc()
            self.states[name] = {"state": "failed", "error": str(error)}
