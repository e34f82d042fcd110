"""Owns small helpers, as jobs import them."""
