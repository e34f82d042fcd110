"""The same as `racetrack_job_wrapper.utils.env`."""

from racetrack_job_wrapper.utils.env import *  # noqa: F403
