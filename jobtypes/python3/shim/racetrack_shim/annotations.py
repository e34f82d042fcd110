"""Owns resolving annotations: the hints of functions and classes with names in text looked up."""

import sys

from .signature import signature_of


def hints_of(func, signature=None):
    """Annotations of the parameters (and `return`) with names in text resolved; one that cannot be is `Any`."""
    try:
        signature = signature or signature_of(func)
    except (TypeError, ValueError):
        return {}
    names, local = _names_around(func)
    found = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    found["return"] = signature.return_annotation
    return {name: resolve(hint, names, local) for name, hint in found.items() if hint is not signature.empty}


def resolve(annotation, names, local=None):
    """Evaluates an annotation written as text, also inside a generic."""
    import typing

    def holder():
        return None

    holder.__annotations__ = {"it": annotation}
    try:
        if sys.version_info >= (3, 9):
            return typing.get_type_hints(holder, names, local or {}, include_extras=True)["it"]
        return typing.get_type_hints(holder, names, local or {})["it"]
    except Exception:  # an annotation may hold anything; it is a hint only
        return typing.Any


def class_hints(cls):
    """Annotations of a class and its bases, resolved where each was written."""
    hints = {}
    for base in reversed(cls.__mro__):
        names = vars(sys.modules[base.__module__]) if base.__module__ in sys.modules else {}
        local = {base.__name__: base, cls.__name__: cls}
        for name, hint in _own_annotations(base).items():
            hints[name] = resolve(hint, names, local)
    return hints


def _names_around(func):
    """Global names where a callable was written, and its own type parameters."""
    while func is not None and (hasattr(func, "__wrapped__") or not hasattr(func, "__globals__")):
        func = _inner_callable(func)
    if func is None:
        return {}, {}
    return func.__globals__, {parameter.__name__: parameter for parameter in getattr(func, "__type_params__", ())}


def _inner_callable(func):
    """What a decorated function, a bound method, a partial, a class or a callable object calls in the end."""
    inner = getattr(func, "__wrapped__", None) or getattr(func, "__func__", None)
    if inner is not None:
        return inner
    if type(func).__name__ == "partial":
        return func.func
    method = func.__init__ if isinstance(func, type) else getattr(type(func), "__call__", None)
    return method if hasattr(method, "__globals__") else None


def _own_annotations(cls):
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
    return cls.__dict__.get("__annotations__", {})
