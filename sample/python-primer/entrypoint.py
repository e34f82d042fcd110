"""A test for prime numbers: a function of one number that answers true or false."""

from typing import Dict


class PrimeJob:
    def perform(self, number: int) -> bool:
        """
        Tell whether a number is prime.
        :param number: The number to test.
        """
        if number < 2:
            return False
        divisor = 2
        while divisor * divisor <= number:
            if number % divisor == 0:
                return False
            divisor += 1
        return True

    def docs_input_example(self) -> Dict:
        return {"number": 7907}
