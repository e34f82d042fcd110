"""A job whose functions do what no function should."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time

if os.environ.get("STUBBORN"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


class Troubles:
    def __init__(self):
        self.closed = 0
        self.ballast = []

    def perform(self, **given):
        return {"pid": os.getpid(), "parent": os.getppid()}

    def auxiliary_endpoints(self):
        names = [name for name in dir(self) if name.startswith("do_")]
        return {"/" + name[3:]: getattr(self, name) for name in names}

    def do_sleep(self, seconds):
        time.sleep(seconds)
        return os.getpid()

    def do_remaining(self):
        return self.request_context.get().remaining_seconds

    def do_spin(self):
        while True:
            pass

    def do_binary(self):
        noise = bytes(range(256)) * 500
        os.write(1, noise)
        os.write(2, b"\x80\x00" * 5 + b"\n")
        sys.stdout.buffer.write(noise)
        sys.stdout.buffer.flush()
        print("\x00\x01\x02 \ud800 \x9f")
        print("x" * 300_000)
        print("no line end", end="")
        sys.stdout.write("")
        return "printed"

    def do_fork(self, how):
        child = os.fork()
        if child != 0:
            os.waitpid(child, 0)
            return "parent"
        if how == "print":
            print("the child speaks")
            sys.stdout.flush()
            os.write(1, b"the child writes\n")
            os._exit(0)
        if how == "exit":
            os._exit(7)
        if how == "sys.exit":
            sys.exit(0)
        if how == "raise":
            raise RuntimeError("in the child")
        return "child"

    def do_daemon(self):
        """Leaves a child behind that holds on to everything it has inherited."""
        child = os.fork()
        if child == 0:
            time.sleep(1000)
            os._exit(0)
        return child

    def do_grandchild(self, command=("sleep", "1000")):
        return subprocess.Popen(command).pid

    def do_multiprocessing(self):
        import multiprocessing

        with multiprocessing.get_context("fork").Pool(2) as pool:
            return pool.map(_square, [1, 2, 3])

    def do_os_exit(self):
        os._exit(3)

    def do_sys_exit(self):
        sys.exit(3)

    def do_exit_in_thread(self):
        thread = threading.Thread(target=sys.exit)
        thread.start()
        thread.join()
        return "alive"

    def do_segfault(self):
        ctypes.string_at(0)

    def do_abort(self):
        os.abort()

    def do_kill_me(self):
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(10)

    def do_kill_group(self):
        os.killpg(os.getpgid(0), signal.SIGKILL)
        time.sleep(10)

    def do_recursion(self):
        return self.do_recursion()

    def do_memory(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, hard))
        try:
            return len(bytearray(8 << 30))
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

    def do_close_standard(self):
        sys.stdin and sys.stdin.close()
        os.close(0)
        os.close(1)
        os.close(2)
        print("nobody hears this")
        return "closed"

    def do_close_streams(self):
        sys.stdout.close()
        sys.stderr.close()
        print("still said")
        return "closed"

    def do_close_all(self):
        os.closerange(0, 256)
        return "closed"

    def do_keyboard_interrupt(self):
        raise KeyboardInterrupt

    def do_generator_exit(self):
        raise GeneratorExit

    def do_stop_iteration(self):
        raise StopIteration

    def do_odd_error(self):
        class Odd(Exception):
            def __str__(self):
                raise RuntimeError("no text")

        raise Odd()

    def do_half(self):
        def items():
            yield 1
            yield 2
            raise KeyError("half-way")

        return items()

    def do_endless(self):
        def items():
            try:
                number = 0
                while True:
                    yield number
                    number += 1
                    time.sleep(0.005)
            finally:
                self.closed += 1

        return items()

    def do_closed(self):
        return self.closed

    def do_hoard(self, megabytes):
        self.ballast.append(bytearray(os.urandom(1024)) * 1024 * megabytes)
        return os.getpid()


def _square(number):
    return number * number
