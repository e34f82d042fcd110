"""Owns the exception for callers who may not do what they ask for."""


class UnauthorizedError(RuntimeError):
    """Answered with 401; `details` are shown after the cause."""

    def __init__(self, cause, details=""):
        super().__init__(cause, details)
        self.cause = cause
        self.details = details

    def __str__(self):
        return self.describe(debug=True)

    def describe(self, debug=False):
        """The cause, with its details when they may be shown."""
        return "%s: %s" % (self.cause, self.details) if debug and self.details else self.cause
