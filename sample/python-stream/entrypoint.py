"""Answers that are yielded piece by piece; how they travel is the caller's choice, made with the Accept header."""

import asyncio
from typing import AsyncIterator, Callable, Dict, Iterator


class Squares:
    def perform(self, limit: int) -> Iterator[Dict[str, int]]:
        """
        Yield the first square numbers, one by one.
        :param limit: How many.
        """
        for number in range(1, limit + 1):
            yield {"number": number, "square": number * number}

    def auxiliary_endpoints(self) -> Dict[str, Callable]:
        return {"/countdown": self.countdown, "/leaky": self.leaky}

    async def countdown(self, start: int) -> AsyncIterator[int]:
        """Count down: an asynchronous generator streams as well."""
        for number in range(start, 0, -1):
            yield number
            await asyncio.sleep(0)

    def leaky(self, limit: int) -> Iterator[int]:
        """Yield some numbers and then fail."""
        yield from range(limit)
        raise RuntimeError("the pipe is broken")

    def docs_input_example(self) -> Dict:
        return {"limit": 3}
