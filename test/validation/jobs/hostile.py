"""A job whose schemas invite trouble: a pattern that backtracks, records that nest, a word that JSON Schema does not have."""

from dataclasses import dataclass
from typing import List, Optional, Set, Union


class Field:
    def __init__(self, **limits):
        vars(self).update(limits)


try:
    from typing import Annotated
except ImportError:  # Python 3.8
    from typing_extensions import Annotated


@dataclass
class Left:
    left: "Optional[Union[Left, Right]]"
    name: str


@dataclass
class Right:
    left: "Optional[Union[Left, Right]]"
    title: str


class Job:
    def perform(
        self,
        evil: Annotated[str, Field(pattern="^(a+)+$")] = "a",
        numbers: List[int] = [],
        fork: Optional[Union[Left, Right]] = None,
        unique: Set[object] = set(),
        constructor: str = "",
    ):
        return len(numbers)

    def auxiliary_endpoints(self):
        return {"/odd": self.odd}

    def odd(self, value: Annotated[str, Field(pattern="(")] = ""):
        return value
