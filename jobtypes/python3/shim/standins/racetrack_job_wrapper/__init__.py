"""Stands in for TheRacetrack's Python wrapper, so that jobs that import it start unmodified."""

from racetrack_job_wrapper.endpoint_config import EndpointConfig
from racetrack_job_wrapper.entrypoint import JobEntrypoint

__all__ = ["EndpointConfig", "JobEntrypoint"]

name = "racetrack_job_wrapper"
__version__ = "1.18.0"  # the version whose interface this follows
