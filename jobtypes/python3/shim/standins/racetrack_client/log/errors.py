"""The same as `racetrack_job_wrapper.log.errors`."""

from racetrack_job_wrapper.log.errors import *  # noqa: F403
