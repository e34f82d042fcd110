"""Owns the rows of `GET /api/v1/parameters`: a callable's parameters as the job's author wrote them."""

from .signature import signature_of


def parameters_of(func):
    """Required parameters first, then optional ones, then keyword-only ones; empty when there is no signature."""
    try:
        parameters = signature_of(func).parameters.values()
    except (TypeError, ValueError):
        return []
    required, optional, keyword_only = [], [], []
    spread = None
    for parameter in parameters:
        if parameter.kind == parameter.VAR_POSITIONAL:
            spread = parameter
        elif parameter.kind == parameter.KEYWORD_ONLY:
            keyword_only.append(_with_default(parameter))
        elif parameter.kind != parameter.VAR_KEYWORD:
            if parameter.default is parameter.empty:
                required.append({"name": parameter.name, "type": _type_of(parameter)})
            else:
                optional.append(_with_default(parameter))
    if spread is not None:
        required.append({"name": spread.name, "type": "List[%s]" % _type_of(spread)})
    return required + optional + keyword_only


def json_safe(value):
    """The value as JSON will show it; the text of its repr when JSON cannot."""
    import json

    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode("utf-8")
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return repr(value).encode("utf-8", "backslashreplace").decode("utf-8")


def _with_default(parameter):
    default = None if parameter.default is parameter.empty else parameter.default
    return {"name": parameter.name, "default_value": json_safe(default), "type": _type_of(parameter)}


def _type_of(parameter):
    annotation = parameter.annotation
    if annotation is parameter.empty or annotation is None:
        return None
    return _name_of(annotation) or _text_of(annotation)


def _name_of(annotation):
    """The short name of a type; older Pythons keep it for typing's own forms in other places."""
    for attribute in ("__name__", "_name"):
        name = getattr(annotation, attribute, None)
        if isinstance(name, str):
            return name
    origin = getattr(annotation, "__origin__", None)
    if origin is None:
        return None
    name = _name_of(origin)
    arguments = getattr(annotation, "__args__", ())
    return "Optional" if name == "Union" and len(arguments) == 2 and type(None) in arguments else name


def _text_of(annotation):
    try:
        return getattr(annotation, "__forward_arg__", None) or str(annotation)
    except Exception:  # a broken __str__ in the job must not hide its other parameters
        return type(annotation).__name__
