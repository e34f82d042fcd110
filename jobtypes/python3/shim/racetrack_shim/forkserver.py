"""Owns forking: a process that has imported the job makes a worker in a millisecond, and tells how each one ended."""

import _signal as signals
import gc
import os
import select
import sys

from . import protocol
from .connection import Connection

_OLD_NAMES = ("SIGIOT", "SIGCLD", "SIGPOLL")  # of SIGABRT, SIGCHLD, SIGIO


# How long nothing must have happened before the process prepares for workers to come.
IDLE_MS = 1000


def await_order(control):
    """Forks a worker for each order that carries a key, until one asks this process itself to be the worker.
    Returns in every worker: its connection and its order. Ends the process with its wrapper."""
    from json import loads

    children = set()
    control.on_lost = lambda: _end(children)
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    previous = signals.signal(signals.SIGCHLD, _ignore)
    signals.set_wakeup_fd(writer, warn_on_full_buffer=False)
    gc.freeze()  # what the import made stays in pages that all workers share
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(reader, select.POLLIN)
    idle_ms = IDLE_MS
    while True:
        ready = {descriptor for descriptor, _ in poll.poll(idle_ms)}
        if not ready:
            _prepare()
            idle_ms = None
        if reader in ready:
            _drain(reader)
            _reap(control, children)
        if control.fileno() not in ready:
            continue
        frames = control.receive()
        if not frames:
            _end(children)
        for frame in frames:
            if frame.type == protocol.STOP:
                _end(children)
            if frame.type != protocol.FORK:
                continue
            order = loads(frame.meta)
            if "key" not in order:
                _leave(control, previous, reader, writer)
                return control, order
            pid = os.fork()
            if pid == 0:
                _leave(control, previous, reader, writer)
                control.close()
                return _introduce(order), order
            children.add(pid)
            control.send_json(protocol.FORKED, {"key": order["key"], "pid": pid})


def _prepare():
    """Imports what describing most jobs takes: the first worker had no time to wait for it, the next ones have it at once."""
    import inspect  # noqa: F401
    import typing  # noqa: F401

    gc.freeze()


def _leave(control, previous, reader, writer):
    """Gives back what the fork server used: the job shall find signals and descriptors as it left them."""
    control.on_lost = None
    signals.set_wakeup_fd(-1)
    signals.signal(signals.SIGCHLD, previous if previous is not None else signals.SIG_DFL)
    os.close(reader)
    os.close(writer)


def _introduce(order):
    from .main import hello

    os.setpgid(0, 0)  # the wrapper ends a worker together with whatever it has started
    connection = Connection.to_path(order["socket"])
    connection.send(order["key"].encode())
    connection.send_json(protocol.HELLO, hello())
    return connection


def _reap(control, children):
    for child in tuple(children):
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid == 0:
            continue
        children.discard(pid)
        _kill_group(pid)
        signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        control.send_json(protocol.EXITED, {"pid": pid, "code": code, "signal": signal and _signal_name(signal)})


def _signal_name(number):
    for name, value in vars(signals).items():
        if value == number and name.startswith("SIG") and name[3] != "_" and name not in _OLD_NAMES:
            return name
    return "signal %d" % number


def _end(children):
    for pid in children:
        _kill_group(pid)
        _kill(pid)  # it may not have made its group yet
    sys.stdout.flush()
    os._exit(0)


def _kill_group(pid):
    """What a worker has started ends with it, also when the wrapper is no longer there to see to it."""
    _kill(-pid)


def _kill(target):
    try:
        os.kill(target, signals.SIGKILL)
    except OSError:
        pass


def _drain(reader):
    try:
        while os.read(reader, 4096):
            pass
    except BlockingIOError:
        pass


def _ignore(*_):
    """The wake-up descriptor does the work; a handler must exist for it to be written."""
