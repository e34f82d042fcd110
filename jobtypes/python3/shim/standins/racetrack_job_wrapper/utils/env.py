"""Owns reading flags from the environment."""

import os


def is_env_flag_enabled(flag_name, default="false"):
    """Whether the variable says yes: true, t, yes, y or 1 in any case."""
    return os.environ.get(flag_name, default).strip().lower() in ("true", "t", "yes", "y", "1")
