"""Owns amounts of resources as Kubernetes writes them: 100Mi, 1000m, 0.5."""

import re
from functools import total_ordering

_MULTIPLIERS = {"": 1, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12}
_MULTIPLIERS.update({suffix: 1000.0 ** power for power, suffix in enumerate("kMGTPE", 1)})
_MULTIPLIERS.update({suffix + "i": 1024 ** power for power, suffix in enumerate("KMGTPE", 1)})


@total_ordering
class Quantity:
    """A number with a suffix; it keeps the text it was made of, and compares by its value."""

    def __init__(self, quantity_str):
        found = re.fullmatch(r"(\d+(?:\.\d+)?)(.*)", quantity_str)
        if found is None:
            raise ValueError('invalid quantity format: %s, use "<number><suffix>"' % quantity_str)
        self.quantity_str = quantity_str
        self.base_number = float(found.group(1))
        self.suffix = found.group(2)
        if self.suffix not in _MULTIPLIERS:
            raise ValueError("invalid suffix: %s, use one of %s" % (self.suffix, ", ".join(_MULTIPLIERS)))

    @property
    def plain_number(self):
        """The value without a suffix."""
        return self.base_number * _MULTIPLIERS[self.suffix]

    def __str__(self):
        return self.quantity_str

    __repr__ = __str__
    __to_json__ = __str__

    def __bool__(self):
        return self.base_number > 0

    def __eq__(self, other):
        return self.plain_number == other.plain_number if isinstance(other, Quantity) else NotImplemented

    def __lt__(self, other):
        return self.plain_number < other.plain_number if isinstance(other, Quantity) else NotImplemented

    def __hash__(self):
        return hash(self.plain_number)

    def __truediv__(self, divisor):
        if not isinstance(divisor, (int, float)):
            return NotImplemented
        number = self.base_number / divisor
        return Quantity("%s%s" % (int(number) if number.is_integer() else number, self.suffix))
