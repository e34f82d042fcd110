"""Owns making the Python shim importable for the tests."""

import os
import sys

SHIM = os.path.join(os.path.dirname(__file__), "..", "..", "jobtypes", "python3", "shim")

if os.path.abspath(SHIM) not in sys.path:
    sys.path.insert(0, os.path.abspath(SHIM))
