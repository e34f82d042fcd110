"""Owns the signatures of plain functions. `inspect` knows all kinds of callables, but to import it takes longer than to start
most jobs."""

import sys

_FUNCTION = type(lambda: None)
_METHOD = type(_FUNCTION.__get__(lambda: None, object()))
_VARIADIC, _VARIADIC_KEYWORDS = 0x04, 0x08


class _Empty:
    """Stands for a default or an annotation that is not there."""


class Parameter:
    """The part of `inspect.Parameter` that is used here."""

    empty = _Empty
    POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD = range(5)

    def __init__(self, name, kind, default, annotation):
        self.name = name
        self.kind = kind
        self.default = default
        self.annotation = annotation


class Signature:
    """The part of `inspect.Signature` that is used here."""

    empty = _Empty

    def __init__(self, parameters, return_annotation):
        self.parameters = {parameter.name: parameter for parameter in parameters}
        self.return_annotation = return_annotation


def signature_of(func):
    """The signature of a callable; raises ValueError or TypeError when it has none."""
    inner = func.__func__ if type(func) is _METHOD else func
    if type(inner) is _FUNCTION and not {"__wrapped__", "__signature__"} & set(vars(inner)) and sys.version_info < (3, 14):
        parameters = list(_parameters(inner))
        bound = inner is not func and parameters and parameters[0].kind <= Parameter.POSITIONAL_OR_KEYWORD
        return Signature(parameters[1:] if bound else parameters, inner.__annotations__.get("return", _Empty))
    import inspect

    if sys.version_info >= (3, 14):
        import annotationlib

        return inspect.signature(func, annotation_format=annotationlib.Format.FORWARDREF)
    return inspect.signature(func)


def _parameters(function):
    code = function.__code__
    names = code.co_varnames
    positional = names[: code.co_argcount]
    keywords = names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = function.__defaults__ or ()
    first_default = len(positional) - len(defaults)
    hints = function.__annotations__
    for at, name in enumerate(positional):
        kind = Parameter.POSITIONAL_ONLY if at < code.co_posonlyargcount else Parameter.POSITIONAL_OR_KEYWORD
        default = defaults[at - first_default] if at >= first_default else _Empty
        yield Parameter(name, kind, default, hints.get(name, _Empty))
    at = len(positional) + len(keywords)
    if code.co_flags & _VARIADIC:
        yield Parameter(names[at], Parameter.VAR_POSITIONAL, _Empty, hints.get(names[at], _Empty))
        at += 1
    for name in keywords:
        default = (function.__kwdefaults__ or {}).get(name, _Empty)
        yield Parameter(name, Parameter.KEYWORD_ONLY, default, hints.get(name, _Empty))
    if code.co_flags & _VARIADIC_KEYWORDS:
        yield Parameter(names[at], Parameter.VAR_KEYWORD, _Empty, hints.get(names[at], _Empty))
