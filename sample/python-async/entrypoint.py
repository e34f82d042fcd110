"""Calls declared `async`: they wait together on one event loop instead of holding a thread each."""

import asyncio
from typing import Callable, Dict, List


class MeetingPoint:
    def __init__(self) -> None:
        self.waiting: List[asyncio.Future] = []

    async def perform(self, party: int = 1) -> str:
        """
        Wait until so many callers have come, then let all of them go.
        :param party: How many callers meet. While one waits, the others are served: they could never meet otherwise.
        """
        arrival = asyncio.get_running_loop().create_future()
        self.waiting.append(arrival)
        if len(self.waiting) >= party:
            self.let_everybody_go()
        await asyncio.wait_for(arrival, timeout=10)
        return "a party of %d" % party

    def let_everybody_go(self) -> None:
        for guest in self.waiting:
            if not guest.done():
                guest.set_result(None)
        self.waiting = []

    def auxiliary_endpoints(self) -> Dict[str, Callable]:
        return {"/errands": self.errands}

    async def errands(self, seconds: List[float]) -> List[float]:
        """Run several errands at the same time and answer with their durations, in the order given."""
        return list(await asyncio.gather(*(errand(duration) for duration in seconds)))


async def errand(duration: float) -> float:
    await asyncio.sleep(duration)
    return duration
