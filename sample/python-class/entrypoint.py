"""An adder: the smallest job that is still useful. Its only class is found automatically."""

from typing import Dict, List


class AdderModel:
    """Adds numbers up."""

    def perform(self, numbers: List[float]) -> float:
        """
        Add the numbers up.
        :param numbers: The numbers to add. None at all add up to 0.
        :return: Their sum.
        """
        return sum(numbers)

    def docs_input_example(self) -> Dict:
        """The input that the documentation page offers to try."""
        return {"numbers": [40, 2]}
