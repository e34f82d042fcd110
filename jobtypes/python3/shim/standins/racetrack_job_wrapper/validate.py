"""Owns the check of a job's documented examples, under the name that tests of jobs import."""

from racetrack_job_wrapper.log.errors import ValidationError

__all__ = ["ValidationError", "validate_entrypoint"]


def validate_entrypoint(entrypoint):
    """Raises a RuntimeError when a documented example of the job is no usable input."""
    from racetrack_shim.examples import examples_of

    examples_of(entrypoint)
