"""A job that streams in every way, and tells how far its generators are."""

import contextvars
import time

own = contextvars.ContextVar("own", default=None)


class Streams:
    def __init__(self):
        self.produced = 0
        self.closed = 0

    def perform(self, count, size=10):
        for number in range(count):
            yield {"number": number, "text": "x" * size}

    def endless(self, size=10_000):
        try:
            while True:
                self.produced += 1
                yield "x" * size
        finally:
            self.closed += 1

    def slow(self, seconds, count):
        for number in range(count):
            yield number
            time.sleep(seconds)

    def marked(self, count):
        """Every item tells whose request it belongs to, by the wrapper's context and by one of its own."""
        own.set(self.request_context.get().headers.get("x-mark"))
        for _ in range(count):
            yield [self.request_context.get().headers.get("x-mark"), own.get()]

    def half(self, count):
        yield from range(count)
        raise KeyError("half-way")

    def stubborn(self):
        try:
            yield 1
            yield 2
        finally:
            raise RuntimeError("the end fails")

    def late(self, seconds):
        time.sleep(seconds)
        return self.endless()

    async def later(self, count):
        return (number for number in range(count))

    def odd(self):
        yield {None: float("nan"), "a": "\ud800"}
        yield {1, 1}

    def state(self):
        return {"produced": self.produced, "closed": self.closed}

    def auxiliary_endpoints(self):
        names = ("endless", "slow", "marked", "half", "stubborn", "late", "later", "odd", "state")
        return {"/" + name: getattr(self, name) for name in names}
