"""Owns how a planned handler's parameters and body appear in OpenAPI."""


def request_of(slots, components):
    """Rows of `EndpointDescription.request`."""
    rows = []
    for slot in slots:
        if slot.marker is not None and getattr(slot.marker.item, "include_in_schema", True) is False:
            continue
        schema = slot.schema(components)
        row = {"name": slot.key, "in": slot.place, "required": slot.required, "schema": schema}
        if "description" in schema:
            row["description"] = schema.pop("description")
        rows.append(row)
    return rows


def body_of(name, slots, components):
    """Schema of a body that carries several parameters by name."""
    schema = {"title": "Body_" + name, "type": "object"}
    schema["properties"] = {slot.key: slot.schema(components) for slot in slots}
    required = [slot.key for slot in slots if slot.required]
    return dict(schema, required=required) if required else schema


def media_type_of(slots):
    """The media type that the body's parameters ask for."""
    places = [slot.place for slot in slots]
    if "file" in places:
        return "multipart/form-data"
    return "application/x-www-form-urlencoded" if "form" in places else "application/json"
