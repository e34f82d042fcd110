"""Log lines in a form of the job's own choice: a formatter set on the handlers that the wrapper has installed."""

import json
import logging
import os
from datetime import datetime, timezone
from typing import Optional

logger = logging.getLogger("racetrack")


class FormattedJob:
    def __init__(self) -> None:
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonFormatter())

    def perform(self, number: float = 1) -> float:
        """Double a number, and say so in the log."""
        logger.info("perform was called by %s", self.caller_name())
        return number * 2

    def caller_name(self) -> Optional[str]:
        return self.request_context.get().headers.get("X-Caller-Name")


class JsonFormatter(logging.Formatter):
    """One JSON object per record, with the job's name and version in each."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            "level": record.levelname,
            "name": record.name,
            "message": record.getMessage(),
            "job_name": os.environ.get("JOB_NAME"),
            "job_version": os.environ.get("JOB_VERSION"),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)
