"""Owns one parameter of a handler: where its value comes from, how it is converted, and its default."""

from .convert import INVALID, converter_of, missing
from .forms import MISSING, read
from .markers import marker_of
from .uploads import is_upload, upload_converter

_SEQUENCES = ("list", "set", "frozenset", "tuple")
_COMPLEX = _SEQUENCES + ("dict", "dataclass", "typeddict", "namedtuple", "model", "stream", "ndarray")
_REQUESTS = ("Request", "HTTPConnection")
_UNSUPPORTED = ("Response", "BackgroundTasks", "WebSocket", "SecurityScopes")


class PlanError(ValueError):
    """A handler asks for something that cannot be given; the message says what and what to do."""


class Slot:
    """One parameter; `key` is its name in the request, `place` where that is looked up."""

    def __init__(self, name, form, place, marker):
        self.name = name
        self.form = form
        self.place = place
        self.marker = marker
        self.key = _key_of(name, marker)
        self.loc = ("body" if place in ("form", "file") else place, self.key)
        self.embed = marker is not None and marker.embed
        self.default = MISSING
        self._factory = marker.factory if marker is not None else None
        self.many = _is_sequence(form)
        self._convert = (upload_converter(form) if place == "file" else None) or converter_of(form)

    @property
    def required(self):
        return self.default is MISSING and self._factory is None

    def pick(self, values):
        """The value in a source that may name it several times; MISSING when it is not there."""
        name = self.key.lower() if self.place == "header" else self.key
        if name not in values:
            return MISSING
        if self.place in ("form", "file"):
            given = [value for value in values.all(name) if not _is_blank(value)]
            if not given:
                return MISSING
            return given if self.many else given[-1]
        if self.many:
            return values.all(name)
        return values.first(name) if self.place == "header" else values.last(name)

    def take(self, value, arguments, errors, loc=None):
        """Puts the converted value, or the default for MISSING, among the arguments."""
        loc = loc or self.loc
        if value is not MISSING:
            converted = self._convert(value, loc, errors)
            if converted is not INVALID:
                arguments[self.name] = converted
        elif self.required:
            missing(errors, loc)
        else:
            arguments[self.name] = self._fresh_default()

    def schema(self, components):
        """Schema of the value, its default included."""
        from .schema import form_schema, with_default

        try:
            schema = _upload_schema(self.form) if self.place == "file" else form_schema(self.form, components)
        except Exception:  # a schema is documentation: nothing in it may stop the job
            schema = {}
        return with_default(schema, self.default)

    def _fresh_default(self):
        from copy import deepcopy

        return self._factory() if self.default is MISSING else deepcopy(self.default)


def slot_of(parameter, hint, path_names):
    """The slot of a parameter; None when it takes the request itself."""
    bare = read(hint) if hint is not MISSING else read(object)
    marker = marker_of(parameter.default, bare.metadata)
    special = _special_class(bare)
    if special in _REQUESTS:
        return None
    if special is not None:
        _refuse(parameter.name, "is a %s" % special, "return the response or do the work in the handler instead")
    if marker is not None and marker.place == "depends":
        _refuse(parameter.name, "uses Depends()", "call the function in the handler instead")
    in_default = marker is not None and marker.item is parameter.default
    form = read(hint if hint is not MISSING else object, (marker.item,) if in_default else ())
    place = _place_of(parameter.name, form, marker, path_names)
    _check_place(parameter.name, form, place)
    slot = Slot(parameter.name, form, place, marker)
    if place == "path":
        return slot
    if in_default:
        slot.default = marker.default
    elif parameter.default is not parameter.empty and parameter.default is not Ellipsis:
        slot.default = parameter.default
    return slot


def _key_of(name, marker):
    if marker is not None and marker.alias:
        return marker.alias
    return name.replace("_", "-") if marker is not None and marker.hyphens else name


def _place_of(name, form, marker, path_names):
    if name in path_names:
        return "path"
    if marker is not None:
        return marker.place
    if is_upload(form):
        return "file"
    return "body" if _is_complex(form) else "query"


def _check_place(name, form, place):
    if place in ("path", "query", "header", "cookie") and _is_complex(form):
        many = _is_sequence(form) and place != "path"
        if not many or any(_is_complex(read(arg)) for arg in form.args if arg is not Ellipsis and form.kind != "union"):
            _refuse(name, "cannot be read from the %s" % place, "take it from the body, or as single values")


def _refuse(name, what, instead):
    raise PlanError("parameter '%s' %s, which this wrapper does not support: %s" % (name, what, instead))


def _is_complex(form):
    if form.kind in ("union", "alias"):
        return any(_is_complex(read(arg)) for arg in form.args)
    return form.kind in _COMPLEX


def _is_sequence(form):
    if form.kind == "union":
        return any(read(arg).kind in _SEQUENCES for arg in form.args)
    return form.kind in _SEQUENCES


def _special_class(form):
    """The name of the framework's class that a parameter wants an instance of; None for any other annotation."""
    if form.kind != "class":
        return None
    for base in form.type.__mro__:
        if base.__module__.split(".")[0] in ("starlette", "fastapi") and base.__name__ in _REQUESTS + _UNSUPPORTED:
            return base.__name__
    return None


def _is_blank(value):
    """What a browser sends for a field that was left empty."""
    return value == "" or getattr(value, "filename", None) == ""


def _upload_schema(form):
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {"type": "array", "items": file} if _is_sequence(form) else file
