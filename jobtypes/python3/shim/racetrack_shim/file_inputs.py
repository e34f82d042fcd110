"""Owns bodies that carry files for `perform` and its like: a form, or a body that is the one file itself."""

from .annotations import hints_of
from .bind import Plan
from .convert import add_error, converter_of
from .forms import read
from .multipart import Part, headers_of
from .request_parts import content_type, header_values
from .scalars import Rejected
from .signature import signature_of
from .slots import Slot
from .uploads import is_upload, without_none

_NUMBERS = ("int", "float", "bool")
_OBJECTS = ("dict", "dataclass", "typeddict", "namedtuple", "model")
_SEQUENCES = ("list", "set", "frozenset", "tuple")


class FileInputs:
    """How a body that is no JSON becomes the arguments of a function: the other arguments are what JSON would have given."""

    def __init__(self, function):
        files = [slot for slot in _slots(function, "form") if slot.place == "file"]
        self._form = Plan(function.__name__, _slots(function, "form"), [])
        self._others = Plan(function.__name__, [slot for slot in _slots(function, "query") if slot.place == "query"], [])
        # Of several files, or a list of them, nobody could say which one a bare body is.
        self._single = files[0] if len(files) == 1 and not files[0].many else None

    def bind(self, body, request):
        """The keyword arguments; raises Unprocessable or BadBody."""
        headers = request.flat_headers
        heads = header_values(headers)
        media, _ = content_type(heads)
        if media == "multipart/form-data" or self._single is None:
            return self._form.bind({}, "", headers, body)
        arguments = self._others.bind({}, request.query, headers, body)
        part = Part(None, headers_of("content-type: %s\r\n\r\n" % heads.last("content-type")), body, 0, body.size)
        self._single.take(part, arguments, [])
        return arguments


def _slots(function, place):
    """A slot for each parameter: files are files, all else comes as text from `place`."""
    signature = signature_of(function)
    hints = hints_of(function, signature)
    slots = []
    for parameter in signature.parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            continue
        form = read(hints.get(parameter.name, object))
        slot = Slot(parameter.name, form, "file", None) if _is_file(form) else _TextSlot(parameter.name, form, place, None)
        if parameter.default is not parameter.empty:
            slot.default = parameter.default
        slots.append(slot)
    return slots


def _is_file(form):
    inner = without_none(form)
    if inner.kind == "list" and inner.args:
        inner = without_none(read(inner.args[0]))
    return inner.kind == "bytes" or is_upload(inner)


class _TextSlot(Slot):
    def __init__(self, name, form, place, marker):
        super().__init__(name, form, place, marker)
        convert = _text_converter(form)

        def convert_text(value, loc, errors):
            if any(isinstance(text, Part) for text in (value if self.many else [value])):
                return add_error(errors, Rejected("string_type", "Input should be text, not a file"), loc, None)
            return convert(value, loc, errors)

        self._convert = convert_text


def _text_converter(form):
    """From text to what JSON would have given: numbers and truth values, objects written as JSON, else the text itself."""
    form = without_none(form)
    if form.kind in _SEQUENCES:
        one = _text_converter(read(form.args[0] if form.args else object))
        return lambda texts, loc, errors: [one(text, loc + (at,), errors) for at, text in enumerate(texts)]
    kinds = [read(arg).kind for arg in form.args] if form.kind == "union" else [form.kind]
    if all(kind in _NUMBERS for kind in kinds):
        return converter_of(form)
    return _from_json if any(kind in _OBJECTS for kind in kinds) else lambda text, loc, errors: text


def _from_json(text, loc, errors):
    from json import loads

    try:
        return loads(text)
    except (ValueError, RecursionError) as error:
        return add_error(errors, Rejected("json_invalid", "Invalid JSON: %s" % error), loc, text)
