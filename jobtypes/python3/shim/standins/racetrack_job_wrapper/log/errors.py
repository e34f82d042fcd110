"""Owns the exceptions with a status code of their own."""


class EntityNotFound(RuntimeError):
    """Answered with 404."""


class AlreadyExists(RuntimeError):
    """Answered with 409."""


class ValidationError(RuntimeError):
    """Answered with 400, and not logged."""
