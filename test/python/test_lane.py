"""Owns the tests of the lane for calls that compute."""

import threading
import time
import unittest

import shim_path  # noqa: F401
from racetrack_shim import lane as lane_module
from racetrack_shim.lane import Lane
from racetrack_shim.protocol import CALL, Frame


def call(id):
    return Frame(CALL, 0, 0, id, b"", b"")


def spawn(function, *arguments):
    threading.Thread(target=function, args=arguments, daemon=True).start()


class LaneTest(unittest.TestCase):
    def test_runs_calls_one_after_the_other_in_order(self):
        seen, running, most, done = [], [], [], threading.Event()

        def run(_endpoint, frame):
            running.append(frame.id)
            most.append(len(running))
            time.sleep(0.002)
            running.remove(frame.id)
            seen.append(frame.id)
            if len(seen) == 20:
                done.set()

        lane = Lane(spawn, run)
        for id in range(20):
            lane.put(None, call(id))
        self.assertTrue(done.wait(10))
        self.assertEqual(seen, list(range(20)))
        self.assertEqual(max(most), 1)

    def test_drops_a_call_that_has_not_begun(self):
        seen, gate, done = [], threading.Event(), threading.Event()

        def run(_endpoint, frame):
            gate.wait(10)
            seen.append(frame.id)
            if frame.id == 3:
                done.set()

        lane = Lane(spawn, run)
        for id in (1, 2, 3):
            lane.put(None, call(id))
        while not lane.waiting:
            time.sleep(0.001)
        self.assertTrue(lane.drop(2))
        self.assertFalse(lane.drop(2))
        gate.set()
        self.assertTrue(done.wait(10))
        self.assertEqual(seen, [1, 3])

    def test_a_call_that_takes_too_long_does_not_hold_up_the_next(self):
        gate, done = threading.Event(), threading.Event()

        def run(_endpoint, frame):
            if frame.id == 1:
                gate.wait(10)
            else:
                done.set()

        before, lane_module.STUCK_SECONDS = lane_module.STUCK_SECONDS, 0.01
        try:
            lane = Lane(spawn, run)
            lane.put(None, call(1))
            lane.put(None, call(2))
            until = time.monotonic() + 10
            while not done.is_set() and time.monotonic() < until:
                time.sleep(0.005)
                lane.relieve()
            self.assertTrue(done.is_set())
        finally:
            lane_module.STUCK_SECONDS = before
            gate.set()


if __name__ == "__main__":
    unittest.main()
