"""Every kind of result and of error that the conformance rows name."""

import dataclasses
import sys


@dataclasses.dataclass
class Data:
    name: str
    age: int
    is_classy: bool
    secret: str = dataclasses.field(default="hidden", metadata={"exclude": True})


class Quantity:
    def __init__(self, text):
        self.text = text

    def __to_json__(self):
        return self.text


class ndarray:
    """What the wrapper sees of a numpy array."""

    def __init__(self, items):
        self.items = items

    def tolist(self):
        return self.items


class HTTPException(Exception):
    """What the wrapper sees of FastAPI's."""

    def __init__(self, status_code, detail, headers=None):
        self.status_code, self.detail, self.headers = status_code, detail, headers


class Response:
    """What the wrapper sees of Starlette's."""

    def __init__(self, body, status_code, headers):
        self.body, self.status_code, self.background = body, status_code, None
        self.raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]


Response.__module__ = "starlette.responses"

if sys.version_info >= (3, 11):
    Group = ExceptionGroup  # noqa: F821
else:

    class BaseExceptionGroup(Exception):
        """What the wrapper sees of the one that came with Python 3.11."""

    class ExceptionGroup(BaseExceptionGroup):
        def __init__(self, message, exceptions):
            super().__init__("%s (%d sub-exceptions)" % (message, len(exceptions)))
            self.exceptions = exceptions

    Group = ExceptionGroup


class Job:
    async def perform(self, value=1):
        return {"value": value}

    def result(self, kind):
        return {
            "array": ndarray([1, 2, 3]),
            "nested array": {"a": ndarray([[1], [2]]), "b": [ndarray([3])]},
            "dataclass": Data("Data", 30, True),
            "quantity": [Quantity("100Mi"), {"quantity": Quantity("1000m")}],
            "nan": {"a": float("nan"), "b": [float("inf"), float("-inf")]},
            "response": Response(b"short and stout", 418, {"content-type": "text/x-pot", "x-lid": "on"}),
        }[kind]

    def fail(self, kind):
        if kind == "deep TypeError":
            return self._deep("x")
        raise {
            "ValueError": ValueError("nope"),
            "KeyError": KeyError("k"),
            "HTTPException": HTTPException(409, {"a": 1}, {"x-why": "because"}),
            "group": Group("eg", [ValueError("a"), KeyError("b")]),
            "group of one": Group("eg", [ValueError("a")]),
        }[kind]

    def _deep(self, text):
        return text + 1

    def auxiliary_endpoints(self):
        return {"/result": self.result, "/fail": self.fail}
