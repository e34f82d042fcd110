"""Owns the v2 handlers that the binding tests plan: the same source is run by FastAPI to record what it answers."""

import datetime
import decimal
import enum
import uuid
from dataclasses import dataclass, field
from typing import Any, Dict, List, Literal, Optional, Set, Tuple, TypedDict, Union


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Point:
    x: int
    y: float = 1.0


@dataclass
class Line:
    start: Point
    ends: List[Point] = field(default_factory=list)


class Options(TypedDict, total=False):
    name: str
    deep: Dict[str, int]


def handlers_with(markers):
    """The handlers by name; `markers` holds Body, Query and the others, real or imitated."""
    Body, Query, Path = markers.Body, markers.Query, markers.Path
    Header, Cookie, Form, File = markers.Header, markers.Cookie, markers.Form, markers.File

    def multiply(path: float = Path(), query: float = Query(), body: float = Body()) -> float: ...

    def bare(start: float, end: float): ...

    def untyped(a, b=2): ...

    def typed(i: int = 1, b: bool = False, s: str = "x", o: Optional[int] = None, u: Union[int, str] = 0): ...

    def named(color: Color, level: Level = Level.LOW, kind: Literal["a", "b"] = "a"): ...

    def moments(
        day: datetime.date = None,
        at: datetime.datetime = None,
        id: uuid.UUID = None,
        sum: decimal.Decimal = None,
        span: datetime.timedelta = None,
    ): ...

    def limited(
        n: int = Query(5, ge=1, le=10),
        f: float = Query(0.5, gt=0, lt=1),
        s: str = Query("abc", min_length=2, max_length=4, pattern="^a"),
        many: List[int] = Query([], max_length=2),
    ): ...

    def aliased(a: int = Query(alias="the-a"), tags: List[str] = Query(default=["t"])): ...

    def heads(x_token: str = Header(), many: List[str] = Header([]), session: Optional[str] = Cookie(None)): ...

    def whole_dict(payload: Dict[str, int]): ...

    def plain_dict(payload: dict): ...

    def whole_list(items: List[int]): ...

    def optional_body(items: Optional[List[int]] = None): ...

    def scalar_body(text: str = Body()): ...

    def any_body(value: Any = Body()): ...

    def two_bodies(x: float = Body(), y: float = Body(2.0)): ...

    def embedded(n: int = Body(embed=True, ge=0)): ...

    def mixed(id: int, point: Point, n: int = Body(3), q: Optional[str] = None): ...

    def point(point: Point): ...

    def line(line: Line): ...

    def options(options: Options): ...

    def tuples(value: Tuple[int, str]): ...

    def numbers(values: Set[int]): ...

    def choice(value: Union[Point, List[int], int] = Body()): ...

    def form(name: str = Form(), age: int = Form(3), tags: List[str] = Form([])): ...

    def upload(data: bytes = File(), note: str = Form("")): ...

    return {name: value for name, value in locals().items() if name[0].islower() and name != "markers"}
