"""Type hints that become the documentation page's schemas, and the many kinds of values a job may return."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Callable, Dict, Optional
from uuid import UUID

from shapes import Parcel, Quote, Size, Speed, Step, Weight


class ShippingQuotes:
    """Tells what it costs to send a parcel, and when it arrives."""

    def perform(self, parcel: Parcel, posted: str, speed: Speed = "standard", insured_for: Optional[float] = None) -> Quote:
        """
        Quote a price.
        :param parcel: What is sent, and where to.
        :param posted: The day of posting, such as 2024-05-01.
        :param speed: Express arrives the next day and costs twice as much.
        :param insured_for: Value of the contents, if they are to be insured.
        """
        size = Size(parcel["size"])
        price = Decimal("4.50") + Decimal(str(parcel["weight_kg"])) * (2 if size is Size.LARGE else 1)
        day = date.fromisoformat(posted)
        arrival = day + timedelta(days=1 if speed == "express" else 3)
        return Quote(
            price=(price * 2 if speed == "express" else price).quantize(Decimal("0.01")),
            arrives=arrival,
            size=size,
            insured_for=None if insured_for is None else Decimal(str(insured_for)),
            steps=[
                Step("collected", datetime.combine(day, time(18, 0))),
                Step("delivered in %s" % parcel["to"]["city"], datetime.combine(arrival, time(9, 30))),
            ],
        )

    def auxiliary_endpoints(self) -> Dict[str, Callable]:
        return {"/sample-value": self.sample_value}

    def sample_value(self, kind: str):
        """Return a value of the kind asked for, to see what becomes of it in JSON."""
        return SAMPLE_VALUES[kind]()

    def docs_input_examples(self) -> Dict[str, Dict]:
        parcel = {"weight_kg": 1.5, "size": "large", "to": {"city": "Gdynia", "country": "PL"}, "tags": ["fragile"]}
        return {
            "/perform": {"parcel": parcel, "posted": "2024-05-01", "speed": "express"},
            "/sample-value": {"kind": "datetime"},
        }


SAMPLE_VALUES: Dict[str, Callable] = {
    "none": lambda: None,
    "bool": lambda: True,
    "text": lambda: "zażółć",
    "int": lambda: 42,
    "float": lambda: 42.0,
    "sum of floats": lambda: 0.1 + 0.2,
    "not a number": lambda: float("nan"),
    "infinity": lambda: [float("inf"), float("-inf")],
    "tuple": lambda: (1, 2),
    "set": lambda: {7},
    "odd keys": lambda: {1: "a", None: "b"},
    "bytes": lambda: b"abc",
    "decimal": lambda: Decimal("1.10"),
    "uuid": lambda: UUID(int=5),
    "timedelta": lambda: timedelta(seconds=90),
    "datetime": lambda: datetime(2020, 1, 2, 3, 4, 5),
    "date": lambda: date(2020, 1, 2),
    "path": lambda: PurePosixPath("/a/b"),
    "enum": lambda: Size.SMALL,
    "own conversion": lambda: {"weights": [Weight(12)]},
    "unknown": object,
}
