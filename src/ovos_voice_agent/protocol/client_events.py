"""The eleven events a client may send, as structs, and the shapes that check them (protocol.md 4)."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from ovos_voice_agent.protocol.objects import Content, ItemId, ResponseId


class ClientEvent(Struct, frozen=True):
    """What all client events share; `event_id` is the client's own and comes back in errors."""

    event_id: str | None = None


class SessionUpdate(ClientEvent, frozen=True):
    """`session` is a checked session request (see `session_shapes.py`), still as JSON so that absent and null
    differ."""

    session: dict[str, Any] = {}


class InputAudioBufferAppend(ClientEvent, frozen=True):
    """`audio` holds bytes in the session's input format, not always whole samples."""

    audio: bytes = b""


class InputAudioBufferCommit(ClientEvent, frozen=True):
    pass


class InputAudioBufferClear(ClientEvent, frozen=True):
    pass


class OutputAudioBufferClear(ClientEvent, frozen=True):
    pass


class NewItem(Struct, frozen=True):
    """An item as a client writes it, checked and normalised.

    `content` belongs to messages; `call_id`, `name`, `arguments`, `output` to function calls and their outputs.
    `input_audio` parts carry their audio as bytes in the session's input format.
    """

    type: Literal["message", "function_call", "function_call_output", "mcp_approval_response", "item_reference"]
    id: ItemId | None = None
    role: Literal["user", "assistant", "system"] = "user"
    content: tuple[Content, ...] = ()
    call_id: str | None = None
    name: str = ""
    arguments: str = ""
    output: str = ""
    approval_request_id: str | None = None


class ConversationItemCreate(ClientEvent, frozen=True, kw_only=True):
    """`previous_item_id`: None appends, "root" inserts at the beginning."""

    item: NewItem
    previous_item_id: ItemId | None = None


class ConversationItemRetrieve(ClientEvent, frozen=True, kw_only=True):
    item_id: ItemId


class ConversationItemDelete(ClientEvent, frozen=True, kw_only=True):
    item_id: ItemId


class ConversationItemTruncate(ClientEvent, frozen=True, kw_only=True):
    item_id: ItemId
    content_index: int
    audio_end_ms: int


class ResponseParameters(Struct, frozen=True):
    """`response` of `response.create`, checked; what is UNSET or null falls back to the session.

    `input` replaces the conversation as context; None means the conversation.
    """

    conversation: str = "auto"
    input: tuple[NewItem, ...] | None = None
    output_modalities: tuple[Literal["text", "audio"], ...] | None = None
    instructions: str | None = None
    audio: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: int | Literal["inf"] | None = None
    reasoning: dict[str, Any] | None = None
    prompt: dict[str, Any] | None = None
    temperature: float | None = None
    metadata: dict[str, str] | UnsetType | None = UNSET
    x_ovos: dict[str, Any] | None = None


class ResponseCreate(ClientEvent, frozen=True):
    response: ResponseParameters = ResponseParameters()


class ResponseCancel(ClientEvent, frozen=True):
    response_id: ResponseId | None = None


AnyClientEvent: TypeAlias = (
    SessionUpdate
    | InputAudioBufferAppend
    | InputAudioBufferCommit
    | InputAudioBufferClear
    | OutputAudioBufferClear
    | ConversationItemCreate
    | ConversationItemRetrieve
    | ConversationItemDelete
    | ConversationItemTruncate
    | ResponseCreate
    | ResponseCancel
)
