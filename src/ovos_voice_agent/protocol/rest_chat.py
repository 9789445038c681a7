"""The body of `POST /v1/chat/completions` (protocol.md 2.15), as far as a language model of ours can follow it.

Rules: unknown keys are ignored, and so are those that only tune a model (`top_p`, `seed`, `stop`, ...); what cannot be
done at all (`n` above 1, pictures at addresses) is refused.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.objects import InputImage, InputText
from ovos_voice_agent.protocol.rest_speech import VoiceName, ignored
from ovos_voice_agent.protocol.settings import FunctionTool, ToolChoice
from ovos_voice_agent.protocol.validation import (
    Anything,
    ByType,
    Decimal,
    Fields,
    Flag,
    Integer,
    JsonObject,
    ListOf,
    Nullable,
    OneOf,
    StringMap,
    Text,
    invalid_type,
    missing,
)

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
AUDIO_FORMATS = ("wav", "mp3", "flac", "opus", "aac", "pcm16")
MOST_MESSAGES = 4096
MOST_TOOLS = 128


class AudioClip(Struct, frozen=True):
    """A recording in a message. `path` is where it stands in the body."""

    data: bytes
    path: str


ChatPart: TypeAlias = InputText | InputImage | AudioClip


class ChatCall(Struct, frozen=True):
    call_id: str
    name: str
    arguments: str


class ChatMessage(Struct, frozen=True, kw_only=True):
    """One message. `audio_id` refers to what we once said; `call_id` is that of a tool's output."""

    role: Literal["system", "user", "assistant", "tool"]
    parts: tuple[ChatPart, ...] = ()
    calls: tuple[ChatCall, ...] = ()
    call_id: str = ""
    audio_id: str = ""
    path: str = ""

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self.parts if isinstance(part, InputText))


class ChatAudio(Struct, frozen=True):
    """Speech is wanted, in this voice and format."""

    voice: str
    format: str


class ChatRequest(Struct, frozen=True, kw_only=True):
    """What is asked. `answer_schema` is JSON Schema of the answer, or "object" for any JSON object."""

    model: str
    messages: tuple[ChatMessage, ...]
    tools: tuple[FunctionTool, ...] = ()
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    reasoning_effort: str | None = None
    stream: bool = False
    include_usage: bool = False
    audio: ChatAudio | None = None
    answer_schema: str | None = None
    metadata: dict[str, str] = {}


# --------------------------------------------------------------------------------------------------------------- shapes


def _lenient(shapes: dict[str, Any], *required: str) -> Fields:
    return Fields(shapes, required=required, unknown=ignored)


_IMAGE = _lenient({"url": Text(shortest=1), "detail": Nullable(Text())}, "url")
_SOUND = _lenient({"data": Text(shortest=1), "format": Text()}, "data")
_PARTS = ByType(
    "type",
    {
        "text": _lenient({"type": Text(), "text": Text()}, "text"),
        "refusal": _lenient({"type": Text(), "refusal": Text()}, "refusal"),
        "image_url": _lenient({"type": Text(), "image_url": _IMAGE}, "image_url"),
        "input_audio": _lenient({"type": Text(), "input_audio": _SOUND}, "input_audio"),
    },
)


@dataclass(frozen=True, slots=True)
class ContentShape:
    """A text, or parts, or null."""

    @property
    def schema(self) -> dict[str, Any]:
        parts = {"type": "array", "items": {"type": "object"}}
        return {"anyOf": [{"type": "string"}, parts, {"type": "null"}]}

    def __call__(self, value: Any, path: str) -> list[dict[str, Any]]:
        if value is None:
            return []
        if isinstance(value, str):
            return [{"type": "text", "text": value}]
        if not isinstance(value, list):
            raise invalid_type(value, "a string or an array", path)
        return ListOf(_PARTS)(value, path)


_CALLED = _lenient({"name": Text(shortest=1), "arguments": Nullable(Text())}, "name")
_MESSAGE = _lenient(
    {
        "role": OneOf(ROLES),
        "content": ContentShape(),
        "tool_calls": Nullable(ListOf(_lenient({"id": Text(), "function": _CALLED}, "id", "function"))),
        "tool_call_id": Nullable(Text()),
        "name": Nullable(Text()),
        "audio": Nullable(_lenient({"id": Text(shortest=1)}, "id")),
    },
    "role",
)
_FUNCTION = _lenient(
    {
        "name": Text(64, shortest=1),
        "description": Nullable(Text()),
        "parameters": Nullable(JsonObject()),
    },
    "name",
)
_TOOL = ByType("type", {"function": _lenient({"type": Text(), "function": _FUNCTION}, "function")}, default="function")

CHAT_REQUEST = _lenient(
    {
        "model": Text(shortest=1),
        "messages": ListOf(_MESSAGE, MOST_MESSAGES, shortest=1),
        "tools": Nullable(ListOf(_TOOL, MOST_TOOLS)),
        "tool_choice": Anything(),
        "parallel_tool_calls": Nullable(Flag()),
        "max_tokens": Nullable(Integer(1)),
        "max_completion_tokens": Nullable(Integer(1)),
        "temperature": Nullable(Decimal(0.0, 2.0)),
        "reasoning_effort": Nullable(Text(32)),
        "stream": Nullable(Flag()),
        "stream_options": Nullable(_lenient({"include_usage": Nullable(Flag())})),
        "n": Nullable(Integer(1, 1)),
        "modalities": Nullable(ListOf(OneOf(("text", "audio")))),
        "audio": Nullable(_lenient({"voice": VoiceName(), "format": OneOf(AUDIO_FORMATS)}, "voice", "format")),
        "response_format": Nullable(JsonObject()),
        "metadata": Nullable(StringMap(16, 64, 512)),
    },
    "model",
    "messages",
)


# -------------------------------------------------------------------------------------------------------------- reading


def read_chat_request(body: Any, *, model: str | None = None) -> ChatRequest:
    """The request of a decoded JSON body; `model` is that of the path, where it has one. Raises ClientError."""
    given = CHAT_REQUEST(body if model is None else {**body, "model": model}, "")
    tools = tuple(_tool(tool["function"]) for tool in given.get("tools") or ())
    stream = bool(given.get("stream"))
    return ChatRequest(
        model=given["model"],
        messages=tuple(_message(one, f"messages[{place}]") for place, one in enumerate(given["messages"])),
        tools=tools,
        tool_choice=_tool_choice(given.get("tool_choice"), tools),
        parallel_tool_calls=given.get("parallel_tool_calls"),
        max_tokens=given.get("max_completion_tokens") or given.get("max_tokens"),
        temperature=given.get("temperature"),
        reasoning_effort=given.get("reasoning_effort"),
        stream=stream,
        include_usage=bool((given.get("stream_options") or {}).get("include_usage")),
        audio=_audio(given, stream=stream),
        answer_schema=_answer_schema(given.get("response_format")),
        metadata=given.get("metadata") or {},
    )


def _message(given: dict[str, Any], path: str) -> ChatMessage:
    role = {"developer": "system", "function": "tool"}.get(given["role"], given["role"])
    calls = [
        ChatCall(call["id"], call["function"]["name"], call["function"].get("arguments") or "{}")
        for call in given.get("tool_calls") or ()
    ]
    if role == "tool" and not (given.get("tool_call_id") or given.get("name")):
        raise missing(f"{path}.tool_call_id")
    return ChatMessage(
        role=role,
        parts=tuple(_part(part, f"{path}.content[{n}]") for n, part in enumerate(given.get("content", ()))),
        calls=tuple(calls),
        call_id=(given.get("tool_call_id") or given.get("name") or "") if role == "tool" else "",
        audio_id=(given.get("audio") or {}).get("id", ""),
        path=path,
    )


def _part(part: dict[str, Any], path: str) -> ChatPart:
    if part["type"] == "image_url":
        return _image(part["image_url"], f"{path}.image_url.url")
    if part["type"] == "input_audio":
        return _clip(part["input_audio"]["data"], f"{path}.input_audio.data")
    return InputText(part[part["type"]])


def _image(image: dict[str, Any], path: str) -> InputImage:
    url = image["url"]
    if not url.startswith(("data:image/png;base64,", "data:image/jpeg;base64,")):
        message = (
            f"Invalid '{path}': a picture must be a data: URI of a PNG or JPEG; nothing is fetched from addresses."
        )
        raise ClientError(message, code="invalid_value", param=path)
    return InputImage(url, image.get("detail") or "auto")


def _clip(text: str, path: str) -> AudioClip:
    try:
        return AudioClip(
            base64.b64decode(text.partition(",")[2] if text.startswith("data:") else text, validate=True), path
        )
    except (binascii.Error, ValueError):
        raise ClientError(f"Invalid '{path}': it is not Base64.", code="invalid_value", param=path) from None


def _tool(function: dict[str, Any]) -> FunctionTool:
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    return FunctionTool(function["name"], function.get("description"), parameters)


def _tool_choice(given: Any, tools: tuple[FunctionTool, ...]) -> ToolChoice:
    """`auto` where nothing is said; a named function becomes `{"type": "function", "name": …}`."""
    if given is None:
        return "auto"
    if isinstance(given, str):
        return OneOf(("none", "auto", "required"))(given, "tool_choice")
    function = JsonObject()(given, "tool_choice").get("function")
    name = function.get("name") if isinstance(function, dict) else None
    if not any(tool.name == name for tool in tools):
        message = "Invalid 'tool_choice': it names no function of 'tools'."
        raise ClientError(message, code="invalid_value", param="tool_choice")
    return {"type": "function", "name": name}


def _audio(given: dict[str, Any], *, stream: bool) -> ChatAudio | None:
    if "audio" not in (given.get("modalities") or ()):
        return None
    wanted = given.get("audio")
    if wanted is None:
        raise missing("audio")
    if stream and wanted["format"] != "pcm16":
        message = f"Invalid 'audio.format': with 'stream' it must be 'pcm16', not '{wanted['format']}'."
        raise ClientError(message, code="invalid_value", param="audio.format")
    return ChatAudio(wanted["voice"], wanted["format"])


def _answer_schema(given: dict[str, Any] | None) -> str | None:
    kind = (given or {}).get("type", "text")
    OneOf(("text", "json_object", "json_schema"))(kind, "response_format.type")
    if kind == "text":
        return None
    if kind == "json_object":
        return "object"
    described = JsonObject()((given or {}).get("json_schema"), "response_format.json_schema")
    return msgspec.json.encode(described.get("schema") or {}).decode()
