"""The shapes of a shipping quote. They live in a module of their own, so that the entrypoint holds one class only."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import List, Literal, Optional, TypedDict

Speed = Literal["standard", "express"]


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Address(TypedDict):
    city: str
    country: str


class Parcel(TypedDict):
    weight_kg: float
    size: Size
    to: Address
    tags: List[str]


@dataclass
class Step:
    name: str
    at: datetime


@dataclass
class Quote:
    price: Decimal
    arrives: date
    size: Size
    insured_for: Optional[Decimal] = None
    steps: List[Step] = field(default_factory=list)


class Weight:
    """A class that says itself what it looks like in JSON."""

    def __init__(self, kilograms: float) -> None:
        self.kilograms = kilograms

    def __to_json__(self) -> str:
        return "%gkg" % self.kilograms
