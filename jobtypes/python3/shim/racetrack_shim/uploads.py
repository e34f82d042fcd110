"""Owns handing uploaded files to handlers: as bytes, or as the `UploadFile` class of the framework the job brings."""

import sys

from .convert import INVALID, add_error, missing
from .forms import read
from .request_parts import Part
from .scalars import Rejected


def is_upload(form):
    """Whether an annotation is `UploadFile`, also as a list or optional."""
    if form.kind == "class":
        families = [base.__module__.split(".")[0] for base in form.type.__mro__ if base.__name__ == "UploadFile"]
        return any(family in ("fastapi", "starlette") for family in families)
    return form.kind in ("union", "list") and any(is_upload(read(arg)) for arg in form.args)


def upload_converter(form):
    """A converter from parts to what the annotation asks for; None when it asks for something else."""
    many = form.kind == "list"
    inner = _without_none(read(form.args[0]) if many and form.args else form)
    if inner.kind == "list":
        return upload_converter(inner)
    if inner.kind not in ("bytes", "class", "any") or (inner.kind == "class" and not is_upload(inner)):
        return None

    def one(value, loc, errors):
        if value is None:
            return missing(errors, loc)
        if inner.kind == "bytes":
            return value.content if isinstance(value, Part) else value.encode("utf-8")
        if not isinstance(value, Part):
            message = "Value error, Expected UploadFile, received: %s" % type(value)
            return add_error(errors, Rejected("value_error", message, {"error": {}}), loc, value)
        return _upload(inner.type, value) if inner.kind == "class" else value.content

    def several(value, loc, errors):
        before = len(errors)
        files = [one(part, loc + (at,), errors) for at, part in enumerate(value)]
        return INVALID if len(errors) > before else files

    return several if many else one


def _without_none(form):
    members = [read(arg) for arg in form.args] if form.kind == "union" else []
    chosen = [member for member in members if member.kind != "none"]
    return chosen[0] if len(chosen) == 1 else form


def _upload(cls, part):
    """An instance of the job's own UploadFile class, its content in memory."""
    from tempfile import SpooledTemporaryFile

    file = SpooledTemporaryFile(max_size=0)
    file.write(part.content)
    file.seek(0)
    structures = sys.modules.get("starlette.datastructures")
    headers = {name.lower(): value for name, value in part.headers.items()}
    if structures is not None:
        headers = structures.Headers(headers)
    return cls(file=file, size=len(part.content), filename=part.filename, headers=headers)
