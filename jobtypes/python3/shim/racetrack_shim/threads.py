"""Owns threads that are used again: each waits for the next function when it has run one."""

import _thread
from time import sleep

_RETRY_SECONDS = 0.002


class Threads:
    def __init__(self):
        self._idle = []  # mailboxes of threads that wait for work

    def spawn(self, function, *arguments):
        """Runs a function in a thread that is free, or in a new one."""
        try:
            mailbox = self._idle.pop()
        except IndexError:
            self._start_thread(function, arguments)
        else:
            mailbox.task = (function, arguments)
            mailbox.lock.release()

    def _start_thread(self, function, arguments):
        """Where the system allows no more threads, waits for one of ours to become free."""
        while True:
            try:
                _thread.start_new_thread(self._work, (function, arguments))
                return
            except RuntimeError:
                sleep(_RETRY_SECONDS)
                if self._idle:
                    self.spawn(function, *arguments)
                    return

    def _work(self, function, arguments):
        function(*arguments)
        self.join()

    def join(self):
        """Makes the thread that calls this one of those that are used again; never returns."""
        mailbox = _Mailbox()
        while True:
            self._idle.append(mailbox)
            mailbox.lock.acquire()
            function, arguments = mailbox.task
            mailbox.task = None
            function(*arguments)


class _Mailbox:
    __slots__ = ("lock", "task")

    def __init__(self):
        self.lock = _thread.allocate_lock()
        self.lock.acquire()
        self.task = None
