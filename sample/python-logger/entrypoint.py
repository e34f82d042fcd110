"""Three ways to write to the log, and how a job learns who is calling."""

import logging
from typing import Optional

from racetrack_client.log.logs import get_logger

logger = get_logger(__name__)


class TalkativeJob:
    def perform(self, temperature: float = 20) -> str:
        """
        Judge a temperature, and say so in the log.
        :param temperature: Degrees Celsius.
        """
        logging.getLogger("racetrack").debug("perform was called by %s", self.caller_name())
        print("a print is a log line as well")
        if temperature > 40:
            logger.warning("%d degrees are too much", temperature)
            return "hot"
        logger.info("temperature judged", extra={"extra": {"temperature": temperature}})
        return "fine"

    def caller_name(self) -> Optional[str]:
        """`request_context` is set by the wrapper and holds the current request."""
        return self.request_context.get().headers.get("X-Caller-Name")
