"""The same as `racetrack_job_wrapper.utils.quantity`."""

from racetrack_job_wrapper.utils.quantity import *  # noqa: F403
