"""The job that all languages share, in Python. What it is made of is said in test/contract/golden.json."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Dict, Iterator, List, Optional, Union

try:
    from typing import Annotated, Literal
except ImportError:  # Python 3.8
    from typing_extensions import Annotated, Literal


class Field:
    """What pydantic's `Field` says in an annotation; the shim looks at the names only."""

    def __init__(self, **limits):
        vars(self).update(limits)


class Level(Enum):
    """How urgent it is."""

    LOW = "low"
    HIGH = "high"


@dataclass
class Item:
    """A thing to buy."""

    name: Annotated[str, Field(min_length=1)]
    count: int = 1
    price: Optional[float] = None


@dataclass
class Node:
    """A tree of names."""

    name: str
    children: "Optional[List[Node]]" = None


@dataclass
class Summary:
    """What came of it."""

    total: float
    level: Level
    items: List[Item]
    first: Optional[Item]


class Job:
    def perform(
        self,
        code: Annotated[str, Field(pattern="^[a-z]+$", max_length=8, description="Small letters.")],
        amount: Annotated[int, Field(ge=0, le=100)],
        ratio: float,
        active: bool,
        tags: List[str],
        scores: Dict[str, int],
        items: Annotated[List[Item], Field(max_length=100)],
        level: Level,
        note: Optional[str],
        mode: Literal["fast", "slow"] = "fast",
        label: str = None,
        hint: Optional[str] = None,
        limit: int = 10,
        grid: List[List[float]] = None,
        tree: Node = None,
        either: Union[int, str] = None,
        at: datetime = None,
        day: date = None,
        extra: Any = None,
    ) -> Summary:
        """Adds everything up."""
        given = [Item(**item) for item in items]
        total = amount * ratio + sum(item.count * (item.price or 0) for item in given)
        return Summary(total, Level(level), given, given[0] if given else None)

    def auxiliary_endpoints(self):
        return {"/count": self.count, "/greet": self.greet, "/store": self.store}

    def greet(self, name: str = "world") -> str:
        """Says hello."""
        return "hello " + name

    def count(self, upto: Annotated[int, Field(ge=0, le=1000)]) -> Iterator[int]:
        """Counts."""
        for number in range(upto):
            yield number

    def store(self, file: bytes, comment: str = None) -> int:
        """Tells how large a file is."""
        return len(file)
