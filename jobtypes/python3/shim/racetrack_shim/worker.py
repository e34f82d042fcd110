"""Owns running calls. One thread reads the connection and runs short calls itself, sending the replies of a batch at once;
when a call runs long, a monitor hands the reading to another thread. Calls of an endpoint that is known to wait get
threads of their own at once. So short calls pay neither a thread switch nor a write each, and long ones block nobody.
Calls that compute for some milliseconds stay with the reader, those that compute for longer share a lane of their own."""

import _thread
import os
import sys
from time import perf_counter, sleep, thread_time

from . import protocol
from .calls import CallRunner, failure_frame
from .children import guard
from .connection import end_group
from .lane import Lane
from .logs import finish_lines, log, unfinished
from .threads import Threads

TICK_SECONDS = 0.002  # how long a call may hold the reading
COMPUTING_TICKS = 10  # how many ticks more when its endpoint is known to compute rather than to wait
LANE_SECONDS = 0.5  # an endpoint that computes for longer than this on average gets threads all the same
SLOW_SECONDS = 0.001  # an endpoint slower than this on average gets threads
PROBE_EVERY = 16  # every so many calls of a slow endpoint are run by the reader again, to see whether it still is slow
IDLE_TICKS = 25  # ticks without work after which the monitor sleeps


class Worker:
    def __init__(self, connection, job, endpoints, webview_app):
        self._connection = connection
        self._send = connection.send
        self._job = job
        self._threads = Threads()
        self._spawn = self._threads.spawn
        self._runner = CallRunner(connection, self._spawn)
        self._endpoints = endpoints
        self._lane = Lane(self._spawn, self._run_measured)
        self._inbox = []  # frames received but not started, newest first
        self._outbox = []  # replies of the current batch
        self._baton = []  # holds one item while the reader runs a call; who pops it owns the reading
        self._turn = 0
        self._pumped = None  # the stream that the reader lets go on
        self._parked = _thread.allocate_lock()
        self._parked.acquire()
        self._monitor_sleeps = False
        self._patience = 1
        self._webview_app = webview_app
        self._webview = None

    def run(self, description):
        """Says that the job is ready and serves it until the wrapper says stop."""
        guard(self._connection)
        self._connection.send_json(protocol.READY, description)
        _thread.start_new_thread(self._monitor, ())
        self._lead()
        self._threads.join()

    def _lead(self):
        """A reader that fails, for want of memory above all, ends the process: nobody else would read. Another one is started."""
        try:
            self._read_and_run()
        except BaseException as error:
            log("CRITICAL", "the worker cannot go on: %s: %s" % (type(error).__name__, error))
            os._exit(1)

    def _read_and_run(self):
        """Reads and runs frames until the reading is taken away."""
        inbox, outbox, baton = self._inbox, self._outbox, self._baton
        runner, endpoints, call = self._runner, self._endpoints, protocol.CALL
        while True:
            while inbox:
                frame = inbox.pop()
                if frame.type != call:
                    self._control(frame)
                    continue
                endpoint = endpoints[frame.endpoint]
                slow = endpoint.average > SLOW_SECONDS
                if slow:
                    patience = self._patience_for(endpoint)
                    if patience == 0:
                        self._flush()
                        self._hand_over(endpoint, frame)
                        continue
                    self._patience = patience
                    computed = thread_time()
                self._turn += 1
                baton.append(None)
                if self._monitor_sleeps:
                    self._wake_monitor()
                started = perf_counter()
                reply = runner.run(endpoint, frame)
                seconds = perf_counter() - started
                if unfinished:
                    finish_lines()
                try:
                    baton.pop()
                except IndexError:  # the monitor has given the reading to another thread
                    endpoint.took(max(seconds, 4 * SLOW_SECONDS))
                    if slow:
                        endpoint.computed(thread_time() - computed, seconds)
                    runner.deliver(frame.id, reply)
                    return
                endpoint.took(seconds)
                if slow:
                    self._patience = 1
                    endpoint.computed(thread_time() - computed, seconds)
                if type(reply) is bytes:
                    outbox.append(reply)
                elif reply is not None:
                    reply.endpoint = endpoint
                    runner.ready.append(reply)
            self._flush()
            if not runner.ready:
                frames = self._connection.receive() or end_group()
            elif self._pump(runner.ready.pop(0)):
                frames = self._connection.receive_arrived()
                if frames is None:
                    end_group()
            else:
                return
            frames.reverse()
            inbox.extend(frames)

    def _pump(self, stream):
        """Lets a stream go on for a moment; returns whether this thread still is the one that reads."""
        self._turn += 1
        self._pumped = stream
        self._baton.append(None)
        if self._monitor_sleeps:
            self._wake_monitor()
        started = perf_counter()
        more = stream.pump()
        try:
            self._baton.pop()
        except IndexError:
            stream.endpoint.took(max(perf_counter() - started, 4 * SLOW_SECONDS))
            if more:
                stream.run_to_end()
            return False
        self._pumped = None
        if more and stream.has_room:
            self._runner.ready.append(stream)
        elif more:
            stream.park()
        return True

    def _patience_for(self, endpoint):
        """How many ticks the next call of a slow endpoint may hold the reading; 0: it is run elsewhere."""
        if endpoint.computes and endpoint.average < COMPUTING_TICKS * TICK_SECONDS:
            return COMPUTING_TICKS
        return 1 if not endpoint.computes and endpoint.probe(PROBE_EVERY) else 0

    def _hand_over(self, endpoint, frame):
        """Runs a slow call elsewhere: in the lane when it computes, in a thread of its own when it waits."""
        if endpoint.computes and endpoint.average < LANE_SECONDS:
            self._lane.put(endpoint, frame)
            if self._monitor_sleeps:
                self._wake_monitor()
        else:
            # Only calls that compute can be measured side by side: how long one waits, the reader's own probes tell.
            run = self._run_measured if endpoint.computes else self._runner.run_apart
            self._spawn(run, endpoint, frame)

    def _run_measured(self, endpoint, frame):
        started, computed = perf_counter(), thread_time()
        self._runner.run_apart(endpoint, frame)
        seconds = perf_counter() - started
        endpoint.took(seconds)
        endpoint.computed(thread_time() - computed, seconds)

    def _flush(self):
        outbox = self._outbox
        if outbox:
            data = outbox[0] if len(outbox) == 1 else b"".join(outbox)
            outbox.clear()
            self._send(data)

    def _monitor(self):
        """Watches the reader: a call that lasts longer than a tick loses it the reading."""
        seen, idle, held = -1, 0, 0
        while True:
            sleep(TICK_SECONDS)
            self._lane.relieve()
            held = held + 1 if self._baton and self._turn == seen else 0
            if held >= self._patience:
                held = 0
                self._patience = 1
                try:
                    self._baton.pop()
                except IndexError:
                    continue
                self._flush()
                if self._pumped is not None:
                    self._pumped.flush()
                self._spawn(self._lead)
            elif self._turn == seen:
                idle += 1
                if idle > IDLE_TICKS and not self._lane.waiting:
                    idle = 0
                    self._monitor_sleeps = True
                    # The reader first marks its call and then looks at the flag, we do the reverse: one of us sees the other.
                    if self._baton or self._lane.waiting:
                        self._monitor_sleeps = False
                    else:
                        self._parked.acquire()
            else:
                idle = 0
            seen = self._turn

    def _wake_monitor(self):
        self._monitor_sleeps = False
        try:
            self._parked.release()
        except RuntimeError:  # it was awake after all
            pass

    def _control(self, frame):
        type = frame.type
        if type == protocol.CANCEL and self._lane.drop(frame.id):
            self._send(failure_frame(frame.id, RuntimeError("the call was cancelled before it began")))
        elif type in (protocol.INPUT, protocol.CANCEL, protocol.WINDOW):
            self._runner.tell(frame)
        elif type == protocol.HTTP:
            self._web().start(frame)
        elif type == protocol.COLLECT:
            self._spawn(self._collect, frame.id)
        elif type == protocol.PING:
            self._send(protocol.encode(protocol.PONG, frame.id))
        elif type == protocol.STOP:
            self._spawn(self._stop)

    def _web(self):
        if self._webview is None:
            from .webview import Webview

            self._webview = Webview(self._webview_app, self._runner)
        return self._webview

    def _collect(self, id):
        from .collect import collect

        try:
            items = collect(self._job, log)
        except Exception as error:
            log("ERROR", "collecting the job's metrics failed: %s" % error)
            items = []
        self._connection.send_json(protocol.METRICS, items, id)

    def _stop(self):
        """The wrapper sends this when no call is running any more."""
        from .calls import run_to_end

        status = 0
        try:
            if self._webview is not None:
                self._webview.stop()
            shutdown = getattr(self._job, "shutdown", None)
            if callable(shutdown):
                run_to_end(shutdown())
        except BaseException as error:
            from .failures import failure_of
    
            failure = failure_of(error, True)
            log("ERROR", "shutdown failed: %s" % failure.message, {"cause": failure.cause, "traceback": failure.traceback})
            status = 1
        atexit = sys.modules.get("atexit")
        if atexit is not None:
            atexit._run_exitfuncs()
        finish_lines()
        os._exit(status)
