"""One call at a time, two more may wait, all others are refused: `max_concurrency` and `max_concurrency_queue` in job.yaml."""

import time
from typing import Dict


class OneAtATime:
    def __init__(self) -> None:
        self.inside = 0

    def perform(self, seconds: float = 1) -> int:
        """
        Occupy the job for a while.
        :return: How many calls were inside at the same time, which is always 1.
        """
        self.inside += 1
        try:
            time.sleep(seconds)
            return self.inside
        finally:
            self.inside -= 1

    def docs_input_example(self) -> Dict:
        return {"seconds": 1}
