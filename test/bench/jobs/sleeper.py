"""A job that waits, as one does that asks a database or another service."""

import time


class Sleeper:
    def perform(self, seconds):
        time.sleep(seconds)
        return seconds
