"""A job that yields its answer piece by piece."""


class Counter:
    def perform(self, limit):
        for number in range(limit):
            yield {"number": number}
