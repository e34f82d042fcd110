"""The same as `racetrack_job_wrapper.log.logs`."""

from racetrack_job_wrapper.log.logs import *  # noqa: F403
