"""A job that tells how large its input was, and remembers how many calls reached it."""

import os
import signal
import time


class Measure:
    def __init__(self):
        self.calls = 0

    def perform(self, seconds=0.0, **given):
        self.calls += 1
        time.sleep(seconds)
        return {name: len(value) for name, value in given.items()}

    def die(self, **given):
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)

    def count(self):
        return {"pid": os.getpid(), "calls": self.calls}

    def auxiliary_endpoints(self):
        return {"/count": self.count, "/die": self.die}
