"""Decodes frames from standard input with the shim's side of the protocol, and writes them encoded anew to standard output."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "jobtypes", "python3", "shim"))

from racetrack_shim import protocol

decoder = protocol.Decoder()
while True:
    data = sys.stdin.buffer.read1(997)  # a size that falls into all places of a frame
    if not data:
        break
    for frame in decoder.feed(data):
        again = protocol.encode(frame.type, frame.id, frame.body, frame.meta, frame.endpoint, frame.flags)
        sys.stdout.buffer.write(again)
sys.exit(1 if decoder.pending else 0)
