"""Owns handing uploaded files to functions: as bytes, as an open file, or as the class for uploads that they ask for."""

import sys

from .convert import INVALID, add_error, missing
from .forms import read
from .multipart import Part
from .scalars import Rejected


def is_upload(form):
    """Whether an annotation is a file, also as a list or optional."""
    return form.kind == "file" or (form.kind in ("union", "list") and any(is_upload(read(arg)) for arg in form.args))


def upload_converter(form):
    """A converter from parts to what the annotation asks for; None when it asks for something else."""
    many = form.kind == "list"
    inner = without_none(read(form.args[0]) if many and form.args else form)
    if inner.kind == "list":
        return upload_converter(inner)
    if inner.kind not in ("bytes", "file", "any"):
        return None

    def one(value, loc, errors):
        if value is None:
            return missing(errors, loc)
        if inner.kind != "file":
            return value.content if isinstance(value, Part) else value.encode("utf-8")
        if not isinstance(value, Part):
            message = "Value error, Expected UploadFile, received: %s" % type(value)
            return add_error(errors, Rejected("value_error", message, {"error": {}}), loc, value)
        return _opened(inner.type, value)

    def several(value, loc, errors):
        before = len(errors)
        files = [one(part, loc + (at,), errors) for at, part in enumerate(value)]
        return INVALID if len(errors) > before else files

    return several if many else one


def without_none(form):
    """What an optional annotation is when it is given."""
    members = [read(arg) for arg in form.args] if form.kind == "union" else []
    chosen = [member for member in members if member.kind != "none"]
    return chosen[0] if len(chosen) == 1 else form


def _opened(cls, part):
    """The part as an instance of the class for uploads, or as a plain open file."""
    for base in cls.__mro__:
        if base.__name__ == "UploadedFile":
            return cls(part.open(), part.filename, part.headers.get("content-type"), part.size)
        if base.__name__ == "UploadFile":
            return _framework_upload(cls, part)
    return part.open()


def _framework_upload(cls, part):
    structures = sys.modules.get("starlette.datastructures")
    headers = {name.lower(): value for name, value in part.headers.items()}
    if structures is not None:
        headers = structures.Headers(headers)
    return cls(file=part.open(), size=part.size, filename=part.filename, headers=headers)
