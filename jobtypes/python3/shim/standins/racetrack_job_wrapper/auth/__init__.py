"""Owns the module path of UnauthorizedError."""
