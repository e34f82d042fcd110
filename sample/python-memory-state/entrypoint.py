"""State that lives between calls: the object is built once, and its attributes stay."""

from threading import Lock
from typing import List


class CallCounter:
    def __init__(self) -> None:
        self.lock = Lock()
        self.names: List[str] = []

    def perform(self, name: str = "somebody") -> int:
        """
        Count the calls. The lock matters as soon as several calls run at the same time.
        :param name: Who is calling.
        :return: How many calls there were so far.
        """
        with self.lock:
            self.names.append(name)
            return len(self.names)
