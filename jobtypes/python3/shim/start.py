"""Owns the start of the shim: `python3 start.py ENTRYPOINT`, with the wrapper at file descriptor 3."""

import os
import sys

if __name__ == "__main__":
    _here = sys.path.pop(0)  # the shim's folder must not shadow the job's modules
    sys.path.append(_here)
    from racetrack_shim.main import main

    sys.path.remove(_here)
    sys.path.insert(0, os.path.join(_here, "standins"))
    main(sys.argv[1])
