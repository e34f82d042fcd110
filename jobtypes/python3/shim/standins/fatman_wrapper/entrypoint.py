"""The same as `racetrack_job_wrapper.entrypoint`."""

from racetrack_job_wrapper.entrypoint import *  # noqa: F403

from racetrack_job_wrapper.entrypoint import JobEntrypoint as FatmanEntrypoint  # noqa: F401
