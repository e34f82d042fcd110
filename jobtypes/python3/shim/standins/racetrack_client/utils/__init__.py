"""Owns the place of the client's helpers."""

from racetrack_client import beside

__path__ = beside(__path__, __name__)
