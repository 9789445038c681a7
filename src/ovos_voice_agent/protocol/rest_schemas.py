"""Shapes as JSON Schema, for the OpenAPI document: what is documented is what is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.protocol import validation as v

_ANY: dict[str, Any] = {}


def body_schema(shape: v.Fields, example: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an OpenAPI operation that tells of its JSON body; `example` is one that works."""
    content = {"application/json": {"schema": schema_of(shape), "example": dict(example)}}
    return {"requestBody": {"required": True, "content": content}}


def form_schema(properties: Mapping[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    """The same of a form; `properties` are schemas."""
    schema = {"type": "object", "properties": dict(properties), "required": list(required)}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def schema_of(shape: Any) -> dict[str, Any]:
    """The schema of a shape. What is a function of its own is shown as what it says in `schema`, or as anything."""
    if isinstance(shape, v.Nullable):
        return {"anyOf": [schema_of(shape.shape), {"type": "null"}]}
    if isinstance(shape, v.ListOf):
        bounds = {"minItems": shape.shortest or None, "maxItems": shape.longest}
        return _without_none({"type": "array", "items": schema_of(shape.shape), **bounds})
    if isinstance(shape, v.Fields):
        return _fields(shape)
    if isinstance(shape, v.ByType):
        return {"oneOf": [schema_of(one) for one in shape.shapes.values()]}
    return _plain(shape)


def _plain(shape: Any) -> dict[str, Any]:
    if isinstance(shape, v.Text):
        return _without_none({"type": "string", "minLength": shape.shortest or None, "maxLength": shape.longest})
    if isinstance(shape, v.OneOf):
        return {"type": "string", "enum": list(shape.values)}
    if isinstance(shape, v.Flag):
        return {"type": "boolean"}
    if isinstance(shape, v.Integer | v.Decimal):
        kind = "integer" if isinstance(shape, v.Integer) else "number"
        return _without_none({"type": kind, "minimum": shape.lowest, "maximum": shape.highest})
    if isinstance(shape, v.JsonObject | v.StringMap):
        return {"type": "object"}
    return dict(getattr(shape, "schema", _ANY))


def _fields(shape: v.Fields) -> dict[str, Any]:
    properties = {key: schema_of(one) for key, one in shape.shapes.items()}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if shape.required:
        schema["required"] = list(shape.required)
    if shape.unknown is v.refuse and not shape.ignored:
        schema["additionalProperties"] = False
    return schema


def _without_none(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if value is not None}
