"""Owns processes that the job forks itself: they are no workers. They print like any other process, and end with the call
that they were forked in."""

import os
import sys

from . import logs

_in_child = False


def guard(connection):
    """From now on a fork by the job leaves the connection to the parent."""

    def after_fork():
        global _in_child
        _in_child = True
        connection.abandon()
        logs.speak_plainly()

    os.register_at_fork(after_in_child=after_fork)


def end_child(error):
    """Ends a forked child whose call has raised, as Python itself would; returns in every other process."""
    if not _in_child:
        return
    status = 1
    if isinstance(error, SystemExit):
        status = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    else:
        from traceback import print_exception

        print_exception(type(error), error, error.__traceback__)
    os._exit(status & 0xFF)
