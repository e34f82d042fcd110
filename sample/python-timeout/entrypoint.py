"""A job that misbehaves on request: it takes its time, raises, burns the processor, or ends its own process."""

import sys
import time
from typing import Dict


class Troublemaker:
    def perform(self, mode: str, t: float = 0) -> Dict:
        """
        Misbehave.
        :param mode: `timeout` sleeps, `cpu` computes, `crash` raises, `exit` ends the process.
        :param t: For how many seconds, where that applies.
        """
        if mode == "timeout":
            time.sleep(t)
            return {"alive": True, "slept": t}
        if mode == "cpu":
            burn(t)
            return {"burnt": t}
        if mode == "crash":
            raise Exception("the job has stopped working")
        if mode == "exit":
            sys.exit("the job wants to leave")
        raise RuntimeError("Unknown mode: %s" % mode)

    def docs_input_example(self) -> Dict:
        return {"mode": "timeout", "t": 1}


def burn(seconds: float) -> None:
    """Computes without a pause."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))
