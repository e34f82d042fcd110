"""Owns imitations of FastAPI's markers: classes of the same names in a module of the same name."""


def _make(name):
    class Marker:
        def __init__(self, default=..., **options):
            self.default = default
            for key, value in options.items():
                setattr(self, key, value)

    Marker.__name__ = Marker.__qualname__ = name
    Marker.__module__ = "fastapi.params"
    return Marker


class FakeMarkers:
    Path, Query, Header, Cookie = (_make(name) for name in ("Path", "Query", "Header", "Cookie"))
    Body, Form, File, Depends = (_make(name) for name in ("Body", "Form", "File", "Depends"))
