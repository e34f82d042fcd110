"""Owns logging and exceptions, as jobs import them."""
