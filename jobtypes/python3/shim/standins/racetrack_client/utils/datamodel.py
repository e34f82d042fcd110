"""The same as `racetrack_job_wrapper.utils.datamodel`."""

from racetrack_job_wrapper.utils.datamodel import *  # noqa: F403
