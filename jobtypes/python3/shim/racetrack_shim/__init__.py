"""Hosts a job's Python code in a process of its own and talks to the wrapper (docs/worker-protocol.md)."""
