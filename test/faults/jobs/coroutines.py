"""A job of coroutines that notes how they end."""

import asyncio
import os


class Coroutines:
    def __init__(self):
        self.cancelled = 0
        self.closed = 0

    async def perform(self, seconds=0.0):
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return os.getpid()

    async def ended(self):
        return {"cancelled": self.cancelled, "closed": self.closed}

    async def endless(self):
        try:
            number = 0
            while True:
                yield number
                number += 1
                await asyncio.sleep(0.005)
        finally:
            self.closed += 1

    async def quiet(self):
        try:
            yield 1
            await asyncio.sleep(60)
        finally:
            self.closed += 1

    async def half(self):
        yield 1
        raise KeyError("half-way")

    async def exit(self):
        raise SystemExit(4)

    def auxiliary_endpoints(self):
        functions = (self.ended, self.endless, self.quiet, self.half, self.exit)
        return {"/" + function.__name__: function for function in functions}
