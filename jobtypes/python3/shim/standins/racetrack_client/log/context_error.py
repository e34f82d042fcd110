"""The same as `racetrack_job_wrapper.log.context_error`."""

from racetrack_job_wrapper.log.context_error import *  # noqa: F403
