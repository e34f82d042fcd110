"""Owns the shim's start: imports the job, then serves it, forking workers where that is possible."""

import os
import sys

from . import logs, protocol
from .connection import Connection
from .forkserver import await_order
from .loader import find_class, import_entrypoint


def main(entrypoint):
    connection = Connection.on_descriptor(3)
    connection.send_json(protocol.HELLO, hello())
    logs.install(connection)
    connection.send_json(protocol.PHASE, {"phase": "importing"})
    try:
        module = import_entrypoint(entrypoint)
    except BaseException as error:
        fail(connection, error)
    forks = can_fork()
    connection.send_json(protocol.PHASE, {"phase": "imported", "forks": forks})
    preload()
    connection, order = await_order(connection)  # returns once in each worker
    logs.send_to(connection)
    serve_job(connection, module, order)


def preload():
    """Imports what every worker will need, while the wrapper is still busy: workers are then forked with it."""
    from . import describe, examples, parameters, schema, worker  # noqa: F401


def serve_job(connection, module, order):
    """Constructs the job and runs calls until the wrapper says stop."""
    from .describe import describe
    from .worker import Worker

    try:
        connection.send_json(protocol.PHASE, {"phase": "constructing"})
        os.environ.update(order["env"])
        job = find_class(module, order["className"])()
        connection.send_json(protocol.PHASE, {"phase": "describing"})
        description, endpoints, webview = describe(job)
    except BaseException as error:
        fail(connection, error)
    Worker(connection, job, endpoints, webview).run(description)


def hello():
    version = "%d.%d.%d" % sys.version_info[:3]
    return {"protocol": protocol.VERSION, "language": "python", "version": version, "pid": os.getpid()}


def can_fork():
    """A process in which the job's import has started Python threads must not be forked: they would be missing."""
    if os.environ.get("RACETRACK_FORK") == "0" or not hasattr(os, "fork"):
        return False
    threading = sys.modules.get("threading")
    return threading is None or threading.active_count() == 1


def fail(connection, error):
    """Tells why the job cannot start, and ends the process."""
    from .failures import start_failure

    logs.finish_lines()
    connection.send_json(protocol.FAILED, start_failure(error))
    os._exit(1)
