"""The same as `racetrack_job_wrapper`."""

from racetrack_job_wrapper import *  # noqa: F403
