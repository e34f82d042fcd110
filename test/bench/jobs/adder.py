"""The job of most figures: next to no work, so that what is measured is the server."""


class Adder:
    def perform(self, numbers):
        return sum(numbers)
