"""Owns the documentation that a job brings along: docstrings, and examples of the input with their checks."""

from json import JSONEncoder

from .plain import PydanticSerializationError, convert

_MAX_JSON = 1024 * 1024
_CONTEXT = "invalid docs input example: "
_BYTES = (bytes, bytearray)


class InvalidExample(RuntimeError):
    """A documented example cannot be used as an input."""


def examples_of(instance, paths=None):
    """The documented example of each path, None where there is none; raises InvalidExample for an unusable one.

    The paths default to `/perform` and the auxiliary endpoints that take their arguments from the body."""
    if paths is None:
        paths = _paths(instance)
    try:
        several, single = _documented(instance)
    except InvalidExample:
        raise
    except Exception as error:
        raise InvalidExample(_CONTEXT + str(error)) from error
    examples = {}
    for path in paths:
        known, example = _example(path, several, single)
        if known:
            _check(path, example)
        examples[path] = example
    return examples


def docstring(function):
    """The docstring without the indentation of its source, None when there is none."""
    if type(function).__name__ == "partial":
        function = function.func  # its own docstring speaks of `partial`
    text = getattr(function, "__doc__", None)
    if not isinstance(text, str) or not text.strip():
        return None
    lines = text.expandtabs().split("\n")
    rest = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(rest) if rest else 0
    lines = [lines[0].lstrip()] + [line[margin:] for line in lines[1:]]
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines)


def _paths(instance):
    paths = ["/perform"]
    declare = getattr(instance, "auxiliary_endpoints", None)
    if callable(declare):
        paths += [path if path.startswith("/") else "/" + path for path in sorted(declare())]
    return paths


def _documented(instance):
    """What the job's two methods return: the examples by path, and a function that makes the one of `/perform`."""
    several = {}
    if callable(getattr(instance, "docs_input_examples", None)):
        several = instance.docs_input_examples()
        if not isinstance(several, dict):
            raise InvalidExample(_CONTEXT + "docs_input_examples outcome is not a dict")
    single = ()
    if not ("/perform" in several or "perform" in several) and callable(getattr(instance, "docs_input_example", None)):
        single = (instance.docs_input_example(),)
    return several, single


def _example(path, several, single):
    """Whether the path has an example, and which."""
    for name in (path, path[1:]):
        if name in several:
            return True, several[name]
    if path == "/perform" and single:
        return True, single[0]
    return False, None


def _check(path, example):
    """Raises InvalidExample for anything but a dict with a JSON form of an acceptable size."""
    subject = "input example (for %s endpoint)" % path
    if not isinstance(example, dict):
        raise InvalidExample("%s%s is not a dict" % (_CONTEXT, subject))
    try:
        size = len(JSONEncoder(default=_simpler).encode(example))
    except Exception as error:
        raise InvalidExample("%sfailed to encode %s to JSON: %s" % (_CONTEXT, subject, error)) from error
    if size > _MAX_JSON:
        text = "%s%s encoded to JSON (%d bytes) exceeds maximum size (%d bytes)"
        raise InvalidExample(text % (_CONTEXT, subject, size, _MAX_JSON))


def _simpler(value):
    """As for results, but bytes are refused: an example is an input, and JSON has no bytes."""
    if not isinstance(value, _BYTES):
        try:
            return convert(value)
        except PydanticSerializationError:
            pass
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)
