"""Owns the lane for calls that compute: they run one after the other, as side by side they would only fight for the
interpreter's lock. The thread that reads stays free for everything else meanwhile."""

import _thread
from _collections import deque
from time import perf_counter

STUCK_SECONDS = 0.5  # a call that takes so long no longer holds up those behind it


class Lane:
    def __init__(self, spawn, run):
        self._spawn = spawn
        self._run = run
        self._queue = deque()
        self._threads = 0
        self._begun = 0.0
        self._lock = _thread.allocate_lock()

    @property
    def waiting(self):
        return len(self._queue) > 0

    def put(self, endpoint, frame):
        with self._lock:
            self._queue.append((endpoint, frame))
            idle = self._threads == 0
            if idle:
                self._threads = 1
        if idle:
            self._spawn(self._drain)

    def drop(self, id):
        """Takes a call out that has not begun; returns whether there was one."""
        with self._lock:
            for item in self._queue:
                if item[1].id == id:
                    self._queue.remove(item)
                    return True
        return False

    def relieve(self):
        """Gives the waiting calls a thread of their own when the running one takes too long."""
        if self._queue and perf_counter() - self._begun > STUCK_SECONDS:
            with self._lock:
                self._threads += 1
                self._begun = perf_counter()
            self._spawn(self._drain)

    def _drain(self):
        while True:
            with self._lock:
                if not self._queue:
                    self._threads -= 1
                    return
                endpoint, frame = self._queue.popleft()
                self._begun = perf_counter()
            self._run(endpoint, frame)
