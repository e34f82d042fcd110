"""The same as `racetrack_job_wrapper.log.exception`."""

from racetrack_job_wrapper.log.exception import *  # noqa: F403
