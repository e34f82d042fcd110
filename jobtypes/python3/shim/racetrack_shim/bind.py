"""Owns binding a request to a v2 handler's parameters: FastAPI's rules, without FastAPI."""

from .annotations import hints_of
from .convert import missing
from .forms import MISSING
from .request_parts import cookie_values, form_values, header_values, query_values
from .slots import PlanError, slot_of
from .signature import signature_of

__all__ = ["Plan", "PlanError", "plan_handler"]

_PARAMETERS = ("path", "query", "header", "cookie")
_FORMS = ("form", "file")


def plan_handler(func, path, method, components, options=None):
    """Reads a handler once; raises PlanError when it asks for something that only FastAPI itself can give.

    `options` are those of the route; of them `response_model` replaces the return annotation.
    """
    where = "%s %s" % (method, path)
    try:
        signature = signature_of(func)
    except (TypeError, ValueError) as error:
        raise PlanError("%s: the handler's signature cannot be read: %s" % (where, error)) from None
    hints = hints_of(func, signature)
    path_names = _names_in(path)
    slots, request_names = [], []
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        try:
            slot = slot_of(parameter, hints.get(parameter.name, MISSING), path_names)
        except PlanError as error:
            raise PlanError("%s: %s" % (where, error)) from None
        if slot is None:
            request_names.append(parameter.name)
        else:
            slots.append(slot)
    returned = (options or {}).get("response_model", hints.get("return", MISSING))
    return Plan(getattr(func, "__name__", "handler"), slots, request_names).describe(returned, components)


class Plan:
    """How one handler's arguments come out of a request, and what OpenAPI says about it."""

    def __init__(self, name, slots, request_names):
        self._name = name
        self._request_names = request_names
        self._body = [slot for slot in slots if slot.place in _FORMS + ("body",)]
        self._form = any(slot.place in _FORMS for slot in self._body)
        self._embedded = self._form or len(self._body) > 1 or any(slot.embed for slot in self._body)
        self._by_place = {place: [slot for slot in slots if slot.place == place] for place in _PARAMETERS}
        self._shaper = None
        self.request = []
        self.body = None
        self.bodyMediaType = None
        self.bodyRequired = any(slot.required for slot in self._body)
        self.response = None
        self.streaming = False

    def describe(self, returned, components):
        """Fills in the schemas, and how answers are shaped."""
        from .body_schemas import body_of, media_type_of, request_of
        from .forms import read
        from .schema import schema_of
        from .shaping import shaper_of

        self.request = request_of([slot for slots in self._by_place.values() for slot in slots], components)
        self.body = body_of(self._name, self._body, components) if self._embedded else None
        if self._body and not self._embedded:
            self.body = self._body[0].schema(components)
        self.bodyMediaType = media_type_of(self._body)
        if returned is not MISSING:
            self.response = schema_of(returned, components) or None
            self.streaming = read(returned).kind == "stream"
            self._shaper = shaper_of(returned)
        return self

    def bind(self, params, query, headers, body, request=None):
        """The handler's keyword arguments; raises Unprocessable with every error found.

        `params` holds the values of the path's segments, `headers` names and values in turn; `body` is a Body.
        """
        arguments = {name: request for name in self._request_names}
        errors = []
        heads = header_values(headers)
        payload = self._payload(heads, body) if self._body else MISSING
        for slot in self._by_place["path"]:
            slot.take(params.get(slot.key, MISSING), arguments, errors)
        for place, read_values in (("query", query_values), ("header", None), ("cookie", cookie_values)):
            slots = self._by_place[place]
            if slots:
                values = heads if read_values is None else read_values(query if place == "query" else heads)
                for slot in slots:
                    slot.take(slot.pick(values), arguments, errors)
        if self._body:
            self._take_body(payload, arguments, errors)
        if errors:
            from .calls import Unprocessable

            raise Unprocessable([dict(error, input=_shown(error["input"])) for error in errors])
        return arguments

    def shape(self, value):
        """The returned value in the shape that the return annotation promises."""
        return value if self._shaper is None else self._shaper(value)

    def _payload(self, heads, body):
        """The decoded body; bytes when it is not declared as JSON, MISSING when there is none."""
        from .calls import BadBody, decode_json

        if self._form:
            try:
                return form_values(heads, body)
            except ValueError as error:
                raise BadBody(error) from None
        if body.size == 0:
            return MISSING
        return decode_json(body.read()) if _is_json(heads) else body.read()

    def _take_body(self, payload, arguments, errors):
        if not self._embedded:
            self._body[0].take(payload, arguments, errors, loc=("body",))
            return
        for slot in self._body:
            if self._form:
                slot.take(slot.pick(payload), arguments, errors)
            elif payload is MISSING or isinstance(payload, bytes):
                slot.take(MISSING, arguments, errors)
            elif isinstance(payload, dict):
                slot.take(payload.get(slot.key, MISSING), arguments, errors)
            else:
                missing(errors, slot.loc)


def _names_in(path):
    """Names of the `{name}` segments, which may say `{name:path}`."""
    import re

    return set(re.findall(r"\{([^}:]+)(?::[^}]*)?\}", path))


def _is_json(heads):
    """Whether a body is declared as JSON; one without a declaration is taken for it."""
    if "content-type" not in heads:
        return True
    media = heads.last("content-type").partition(";")[0].strip().lower()
    return media.startswith("application/") and (media == "application/json" or media.endswith("+json"))


def _shown(value):
    """What an error shows of its input: bytes as text, an upload by its name."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return getattr(value, "filename", value)
