"""The same as `racetrack_job_wrapper.call`."""

from racetrack_job_wrapper.call import *  # noqa: F403
