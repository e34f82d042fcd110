"""Owns what kind of type an annotation stands for, and the fields of the classes among them."""

from .annotations import class_hints

MISSING = type("MISSING", (), {"__repr__": lambda self: "MISSING", "__slots__": ()})()

_SCALARS = {
    "builtins.int": "int",
    "builtins.float": "float",
    "builtins.str": "str",
    "builtins.bool": "bool",
    "builtins.bytes": "bytes",
    "datetime.datetime": "datetime",
    "datetime.date": "date",
    "datetime.time": "time",
    "datetime.timedelta": "timedelta",
    "uuid.UUID": "uuid",
    "decimal.Decimal": "decimal",
}
_CONTAINERS = {
    "builtins.list": "list",
    "builtins.set": "set",
    "builtins.frozenset": "frozenset",
    "builtins.tuple": "tuple",
    "builtins.dict": "dict",
    "collections.deque": "list",
    "collections.OrderedDict": "dict",
    "collections.defaultdict": "dict",
}
_ABSTRACT = {
    "Sequence": "list",
    "MutableSequence": "list",
    "Collection": "list",
    "Iterable": "list",
    "Set": "set",
    "MutableSet": "set",
    "Mapping": "dict",
    "MutableMapping": "dict",
    "Iterator": "stream",
    "Generator": "stream",
    "AsyncIterable": "stream",
    "AsyncIterator": "stream",
    "AsyncGenerator": "stream",
}
# Classes of an open binary file, or of what a framework wraps around it.
_FILES = {
    "BinaryIO": ("typing",),
    "BytesIO": ("_io", "io"),
    "BufferedReader": ("_io", "io"),
    "BufferedIOBase": ("_io", "io"),
    "RawIOBase": ("_io", "io"),
    "UploadFile": ("fastapi", "starlette"),
    "UploadedFile": ("racetrack_job_wrapper",),
}
# Marks around a type that say nothing about its values.
_WRAPPERS = ("Required", "NotRequired", "ReadOnly", "Final", "ClassVar")


class Form:
    """What an annotation stands for: its kind, its class, its type arguments, and what `Annotated` adds to them."""

    __slots__ = ("kind", "type", "args", "metadata", "limits")

    def __init__(self, kind, type=None, args=(), metadata=()):
        self.kind = kind
        self.type = type
        self.args = args
        self.metadata = metadata
        self.limits = limits_of(metadata) if metadata else {}


class Field:
    """One field of a dataclass, TypedDict or NamedTuple."""

    __slots__ = ("name", "annotation", "required", "default", "excluded")

    def __init__(self, name, annotation, required, default=MISSING):
        self.name = name
        self.annotation = annotation
        self.required = required
        self.default = default
        self.excluded = False


def read(annotation, extra=()):
    """Classifies an annotation; `extra` is metadata that belongs to it from elsewhere."""
    annotation, metadata = _unwrap(annotation, extra)
    form = _read_special(annotation) or _read_class(annotation)
    return Form(form[0], form[1], form[2], metadata)


def fields_of(form):
    """Fields of a dataclass, TypedDict or NamedTuple in their order."""
    cls = form.type
    hints = class_hints(cls)
    if form.kind == "dataclass":
        return _dataclass_fields(cls, hints)
    if form.kind == "namedtuple":
        defaults = cls._field_defaults
        return [Field(n, hints.get(n), n not in defaults, defaults.get(n, MISSING)) for n in cls._fields]
    optional = getattr(cls, "__optional_keys__", None)
    if optional is None:
        optional = () if cls.__total__ else tuple(hints)
    return [Field(name, hint, _is_required(hint, name not in optional)) for name, hint in hints.items()]


_NUMBER_LIMITS = ("gt", "ge", "lt", "le", "multiple_of")
_LENGTH_LIMITS = ("min_length", "max_length")


def limits_of(items):
    """Constraints (`ge`, `max_length`, `pattern`, …) that a pydantic Field, a FastAPI marker and the like carry."""
    found = {}
    for item in items:
        nested = getattr(item, "metadata", None)
        if isinstance(nested, (list, tuple)):
            found.update(limits_of(nested))
        for name in _NUMBER_LIMITS:
            value = getattr(item, name, None)
            if value is not None and not callable(value):
                found[name] = value
        for name in _LENGTH_LIMITS:
            value = getattr(item, name, None)
            if isinstance(value, int):
                found[name] = value
        pattern = getattr(item, "pattern", None)
        pattern = getattr(pattern, "pattern", pattern)
        if isinstance(pattern, str):
            found["pattern"] = pattern
    return found


def described_by(items):
    """The description that text, or an object with `description`, in the metadata gives; None when there is none."""
    for item in items:
        text = item if isinstance(item, str) else getattr(item, "description", None)
        if isinstance(text, str):
            return text
    return None


def _unwrap(annotation, extra):
    """Strips what only decorates a type: Annotated, NewType, a bound type variable, Required and the like."""
    metadata = tuple(extra)
    for _ in range(50):
        kind = type(annotation).__name__
        if kind == "_AnnotatedAlias":
            metadata = tuple(annotation.__metadata__) + metadata
            annotation = annotation.__origin__
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif kind == "TypeVar" and annotation.__bound__ is not None:
            annotation = annotation.__bound__
        elif _special_name(_origin(annotation)) in _WRAPPERS:
            annotation = annotation.__args__[0]
        else:
            break
    return annotation, metadata


def _read_special(annotation):
    """The kind of an annotation that is no class; None when it may be one."""
    import typing

    kind = type(annotation).__name__
    origin = _origin(annotation)
    if annotation is None or annotation is type(None):
        return "none", None, ()
    if kind == "TypeVar":
        return ("union", None, annotation.__constraints__) if annotation.__constraints__ else ("any", None, ())
    if origin is typing.Union or kind == "UnionType":
        return "union", None, typing.get_args(annotation)
    if _special_name(origin) == "Literal":
        return "literal", None, _literal_values(annotation)
    if kind == "TypeAliasType":
        return "alias", annotation, (annotation.__value__,)
    if annotation is typing.Any or annotation is object:
        return "any", None, ()
    return None


def _literal_values(annotation):
    values = []
    for value in annotation.__args__:
        values.extend(_literal_values(value) if _special_name(_origin(value)) == "Literal" else (value,))
    return tuple(values)


def _read_class(annotation):
    import typing

    origin = _origin(annotation)
    cls = annotation if origin is None else origin
    if type(cls).__name__ == "TypeAliasType":
        return "alias", cls, (cls.__value__,)
    if not isinstance(cls, type):
        return "any", None, ()
    # A bare typing.List has type variables for arguments on some versions: they say nothing.
    args = tuple(typing.get_args(annotation)) if origin is not None else ()
    if cls is tuple and origin is not None and not args and annotation is not typing.Tuple:
        args = ((),)  # Tuple[()], the empty tuple, as older versions say it
    full_name = cls.__module__ + "." + cls.__qualname__
    if full_name in _SCALARS:
        return _SCALARS[full_name], cls, ()
    if full_name in _CONTAINERS:
        return _CONTAINERS[full_name], cls, args
    if cls.__module__ == "collections.abc" and cls.__name__ in _ABSTRACT:
        return _ABSTRACT[cls.__name__], cls, args
    return _kind_of_class(cls), cls, args


def _kind_of_class(cls):
    import enum

    family = cls.__module__.split(".")[0]
    if hasattr(cls, "model_validate") or (hasattr(cls, "parse_obj") and hasattr(cls, "__fields__")):
        return "model"
    if issubclass(cls, enum.Enum):
        return "enum"
    if hasattr(cls, "__dataclass_fields__"):
        return "dataclass"
    if issubclass(cls, dict) and hasattr(cls, "__total__"):
        return "typeddict"
    if issubclass(cls, tuple) and hasattr(cls, "_field_defaults"):
        return "namedtuple"
    if family == "pathlib":
        return "path"
    if any(base.__module__.split(".")[0] in _FILES.get(base.__name__, ()) for base in cls.__mro__):
        return "file"
    if family == "numpy":
        return _kind_of_numpy(cls.__name__)
    return "class"


def _kind_of_numpy(name):
    if name == "ndarray":
        return "ndarray"
    for prefix, kind in (("uint", "int"), ("int", "int"), ("float", "float"), ("bool", "bool"), ("str", "str")):
        if name.startswith(prefix):
            return kind
    return "class"


def _dataclass_fields(cls, hints):
    import dataclasses

    found = []
    for item in dataclasses.fields(cls):
        if not item.init:
            continue
        required = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        default = MISSING if item.default is dataclasses.MISSING else item.default
        field = Field(item.name, hints.get(item.name), required, default)
        field.excluded = bool(item.metadata.get("exclude"))
        found.append(field)
    return found


def _is_required(hint, otherwise):
    for _ in range(5):
        name = _special_name(_origin(hint))
        if name in ("Required", "NotRequired"):
            return name == "Required"
        if name != "ReadOnly" and type(hint).__name__ != "_AnnotatedAlias":
            break
        hint = hint.__args__[0] if name == "ReadOnly" else hint.__origin__
    return otherwise


def _origin(annotation):
    import typing

    return typing.get_origin(annotation)


def _special_name(form):
    return getattr(form, "_name", None)
