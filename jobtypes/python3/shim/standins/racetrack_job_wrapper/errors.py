"""Gathers the exceptions that get a status code of their own, each defined in the module that jobs import it from."""

from racetrack_job_wrapper.auth.auth import UnauthorizedError
from racetrack_job_wrapper.call_error import JobCallError
from racetrack_job_wrapper.log.context_error import ContextError
from racetrack_job_wrapper.log.errors import AlreadyExists, EntityNotFound, ValidationError

__all__ = ["AlreadyExists", "ContextError", "EntityNotFound", "JobCallError", "UnauthorizedError", "ValidationError"]
