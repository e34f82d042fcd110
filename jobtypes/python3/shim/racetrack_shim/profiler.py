"""Owns the memory profiler: Memray in the worker, started and read through endpoints of the job."""

import os
import subprocess
import sys
from tempfile import gettempdir

from .logs import log
from .replies import Reply

try:
    import memray
except ImportError as error:
    raise ModuleNotFoundError(
        "MEMRAY_PROFILER is set, but the package memray is not installed", name="memray"
    ) from error

_REPORT = os.path.join(gettempdir(), "racetrack-memray-report.bin")
_FLAMEGRAPH = os.path.join(gettempdir(), "racetrack-memray-flamegraph.html")


class _Profiler:
    def __init__(self):
        self._tracker = None

    def start(self):
        """Start recording memory allocations; an earlier report is deleted."""
        if self._tracker is not None:
            return
        if os.path.isfile(_REPORT):
            log("WARNING", "deleting the previous memory report %s" % _REPORT)
            os.unlink(_REPORT)
        tracker = memray.Tracker(_REPORT)
        tracker.__enter__()
        self._tracker = tracker
        log("INFO", "memory profiler started")

    def stop(self):
        """Stop recording; the report is complete then."""
        if self._tracker is None:
            return
        tracker, self._tracker = self._tracker, None
        tracker.__exit__(None, None, None)
        log("INFO", "memory profiler stopped, the report is in %s" % _REPORT)

    def report(self):
        """Download the recorded allocations in Memray's own format."""
        _require_report()
        with open(_REPORT, "rb") as file:
            body = file.read()
        disposition = ["content-disposition", 'attachment; filename="memray-report.bin"']
        return Reply(200, disposition, "application/octet-stream", body)

    def flamegraph(self):
        """Show the recorded allocations as a flame graph."""
        _require_report()
        _memray("flamegraph", "--force", "--output", _FLAMEGRAPH, _REPORT)
        with open(_FLAMEGRAPH, "rb") as file:
            return Reply(200, [], "text/html; charset=utf-8", file.read())

    def stats(self):
        """Show figures of the recorded allocations."""
        _require_report()
        return Reply(200, [], "text/plain; charset=utf-8", _memray("stats", _REPORT))


_profiler = _Profiler()


def profiler_endpoints():
    """Path below `/api/v1` → (method, function)."""
    return {
        "/profiler/memray/start": ("POST", _profiler.start),
        "/profiler/memray/stop": ("POST", _profiler.stop),
        "/profiler/memray/report": ("GET", _profiler.report),
        "/profiler/memray/flamegraph": ("GET", _profiler.flamegraph),
        "/profiler/memray/stats": ("GET", _profiler.stats),
    }


def start_profiling():
    """Profiles from now on: with MEMRAY_PROFILER the profiler starts with the process."""
    _profiler.start()


def _require_report():
    if not os.path.isfile(_REPORT):
        raise ValueError("Memory report not found at %s" % _REPORT)


def _memray(*arguments):
    """Runs one of Memray's reporters and returns its output."""
    done = subprocess.run(
        [sys.executable, "-m", "memray"] + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode != 0:
        output = done.stdout.decode("utf-8", "replace").strip()
        raise RuntimeError("memray %s failed with exit code %d: %s" % (arguments[0], done.returncode, output))
    return done.stdout
