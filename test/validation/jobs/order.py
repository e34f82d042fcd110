"""A job whose inputs are checked because its manifest says so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Dict, List, Optional, Union


@dataclass
class Item:
    """A thing to buy."""

    name: str
    count: int = 1


class Order:
    def perform(
        self,
        items: List[Item],
        note: Optional[str] = None,
        tags: Dict[str, int] = {},
        when: Optional[datetime] = None,
        mixed: Union[int, str] = 0,
    ) -> int:
        """Counts what was ordered."""
        if note == "wrong":
            return "many"
        if note == "large":
            return ["x" * 300_000]
        return sum(item.get("count", 1) for item in items)

    def docs_input_example(self):
        return {"items": [{"name": "pen", "count": 2}]}

    def auxiliary_endpoints(self):
        return {"/echo": self.echo}

    def echo(self, value):
        return value
