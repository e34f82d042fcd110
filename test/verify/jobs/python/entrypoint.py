"""A job whose endpoints do what the rules of `verify` want to see."""

import math
import os
import time
from typing import List

START = os.environ.get("RACETRACK_VERIFY_START")


class VerifyJob:
    def __init__(self):
        if START == "slow":
            time.sleep(3)
        if START == "fail":
            raise RuntimeError("told to fail")

    def perform(self, numbers: List[float]) -> float:
        """Add the numbers up."""
        try:
            total = float(sum(numbers))
        except OverflowError as error:
            raise ValueError("the numbers are too large") from error
        if not math.isfinite(total):
            raise ValueError("the sum is out of range")
        return total

    def slow(self, seconds: float) -> float:
        """Take so many seconds."""
        time.sleep(seconds)
        return seconds

    def stream(self, count: int, size: int, pause: float):
        """Yield so many texts of this size, with a pause in seconds after each."""
        for _ in range(count):
            yield "x" * size
            time.sleep(pause)

    def fail(self) -> None:
        """Raise an error."""
        raise RuntimeError("told to fail")

    def crash(self) -> None:
        """End the process."""
        os._exit(3)

    def auxiliary_endpoints(self):
        return {
            "/slow": self.slow,
            "/stream": self.stream,
            "/fail": self.fail,
            "/crash": self.crash,
        }

    def docs_input_examples(self):
        return {
            "/perform": {"numbers": [40, 2]},
            "/slow": {"seconds": 0.01},
            "/stream": {"count": 3, "size": 8, "pause": 0.01},
        }
