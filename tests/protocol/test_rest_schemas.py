"""Shapes as JSON Schema."""

from __future__ import annotations

from ovos_voice_agent.protocol import validation as v
from ovos_voice_agent.protocol.rest_chat import CHAT_REQUEST
from ovos_voice_agent.protocol.rest_schemas import body_schema, form_schema, schema_of
from ovos_voice_agent.protocol.rest_speech import SPEECH_REQUEST, ignored


def test_values() -> None:
    assert schema_of(v.Text(5, shortest=1)) == {"type": "string", "minLength": 1, "maxLength": 5}
    assert schema_of(v.OneOf(("a", "b"))) == {"type": "string", "enum": ["a", "b"]}
    assert schema_of(v.Flag()) == {"type": "boolean"}
    assert schema_of(v.Integer(0, 9)) == {"type": "integer", "minimum": 0, "maximum": 9}
    assert schema_of(v.Decimal(highest=1.5)) == {"type": "number", "maximum": 1.5}
    assert schema_of(v.Nullable(v.Flag())) == {"anyOf": [{"type": "boolean"}, {"type": "null"}]}
    assert schema_of(v.ListOf(v.Flag(), longest=3)) == {"type": "array", "items": {"type": "boolean"}, "maxItems": 3}
    assert schema_of(v.JsonObject()) == {"type": "object"}
    assert schema_of(v.Anything()) == {}


def test_objects() -> None:
    strict = schema_of(v.Fields({"a": v.Flag()}, required=("a",)))
    assert strict == {
        "type": "object",
        "properties": {"a": {"type": "boolean"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    lenient = schema_of(v.Fields({"a": v.Flag()}, unknown=ignored))
    assert set(lenient) == {"type", "properties"}
    chosen = schema_of(v.ByType("type", {"x": v.Fields({"type": v.Text()})}))
    assert len(chosen["oneOf"]) == 1


def test_bodies_of_requests() -> None:
    body = body_schema(SPEECH_REQUEST, {"a": 1})["requestBody"]["content"]["application/json"]
    assert body["example"] == {"a": 1}
    schema = body["schema"]
    assert schema["required"] == ["input", "model", "voice"]
    assert schema["properties"]["x_ovos"]["properties"]["rate"]["enum"] == [8000, 16000, 24000, 48000]
    assert "messages" in schema_of(CHAT_REQUEST)["properties"]
    form = form_schema({"file": {"type": "string"}}, ("file",))["requestBody"]["content"]["multipart/form-data"]
    assert form["schema"]["required"] == ["file"]
