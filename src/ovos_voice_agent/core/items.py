"""An item as the session keeps it: its wire form plus what only we know (audio, how much was heard, how long it
was)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from msgspec import UNSET, UnsetType

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core.playback import Playback
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import objects as o
from ovos_voice_agent.protocol.client_events import NewItem
from ovos_voice_agent.protocol.objects import ItemId

LONGEST_KEPT_BYTES = 384 * 1024
"""Audio of one part that is kept for `conversation.item.retrieve`: its Base64 is 512 KiB, the most we send
(protocol.md 5.9)."""


@dataclass(slots=True)
class Part:
    """A content part. `text` is its text or transcript, None while a transcript is not known."""

    type: Literal["input_text", "input_audio", "input_image", "output_text", "output_audio"]
    text: str | None = ""
    audio: bytearray | None = None
    format: AudioFormat | None = None
    length_ms: int = 0
    language: str | None = None
    """Of what was said, where the recogniser tells it."""
    image_url: str = ""
    detail: str = "auto"
    playback: Playback | None = None
    cut: bool = False
    """True once it was truncated; what is still being made of it is not stored any more."""

    def wire(self, *, with_audio: bool) -> o.Content:
        audio: bytes | UnsetType = bytes(self.audio) if with_audio and self.audio else UNSET
        if self.type == "input_text":
            return o.InputText(self.text or "")
        if self.type == "input_image":
            return o.InputImage(self.image_url, self.detail)
        if self.type == "input_audio":
            return o.InputAudio(self.text, audio)
        if self.type == "output_text":
            return o.OutputText(self.text or "")
        return o.OutputAudio(self.text or "", audio)

    def keep(self, audio: bytes) -> None:
        """Keep more audio for retrieval, or none at all once it is too much to send."""
        if self.audio is None:
            return
        if len(self.audio) + len(audio) > LONGEST_KEPT_BYTES:
            self.audio = None
        else:
            self.audio += audio


@dataclass(slots=True)
class StoredItem:
    """An item of any type. Only the fields of its type are used."""

    id: ItemId
    type: Literal["message", "function_call", "function_call_output"]
    status: o.ItemStatus = "completed"
    role: Literal["user", "assistant", "system"] = "user"
    parts: list[Part] = field(default_factory=list)
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    output: str = ""

    def wire(self, *, with_audio: bool = False) -> o.Item:
        """The item as it is now, in its wire form."""
        if self.type == "function_call":
            return o.FunctionCallItem(self.id, self.status, self.name, self.call_id, self.arguments)
        if self.type == "function_call_output":
            return o.FunctionCallOutputItem(self.id, self.call_id, self.output)
        return o.MessageItem(
            self.id, self.status, self.role, tuple(part.wire(with_audio=with_audio) for part in self.parts)
        )

    def size(self) -> int:
        """About how many bytes its texts and images take."""
        texts = sum(len(part.text or "") + len(part.image_url) for part in self.parts)
        return texts + len(self.arguments) + len(self.output) + 200


def from_client(new: NewItem, format: AudioFormat, new_id: Callable[[str], str]) -> StoredItem:
    """The item of a client's `conversation.item.create`, or of an element of `response.input`; its status is
    completed."""
    item_id = new.id or ItemId(new_id("item"))
    if new.type == "function_call":
        call_id = new.call_id or new_id("call")
        return StoredItem(item_id, "function_call", call_id=call_id, name=new.name, arguments=new.arguments)
    if new.type == "function_call_output":
        return StoredItem(item_id, "function_call_output", call_id=new.call_id or "", output=new.output)
    return StoredItem(item_id, "message", role=new.role, parts=[_part(content, format) for content in new.content])


def spoken_language(items: Iterable[StoredItem]) -> str | None:
    """The language of what the person said last; None when it was written, or is not known."""
    said = [item.parts for item in items if item.type == "message" and item.role == "user"]
    return next((part.language for part in reversed(said[-1]) if part.language), None) if said else None


def check_supported(new: NewItem, path: str) -> None:
    """Raises for an approval: this server asks for none, so there is nothing to approve."""
    if new.type == "mcp_approval_response":
        message = f"Invalid value: '{new.approval_request_id}'. No approval request with that id is waiting."
        raise ClientError(message, code="invalid_value", param=f"{path}.approval_request_id")


def _part(content: o.Content, format: AudioFormat) -> Part:
    if isinstance(content, o.InputAudio):
        audio = content.audio if isinstance(content.audio, bytes) else b""
        samples = len(audio) // format.bytes_per_sample
        kept = bytearray(audio) if len(audio) <= LONGEST_KEPT_BYTES else None
        return Part("input_audio", content.transcript, kept, format, length_ms=samples * 1000 // format.rate_hz)
    if isinstance(content, o.InputImage):
        return Part("input_image", image_url=content.image_url, detail=content.detail)
    if isinstance(content, o.InputText):
        return Part("input_text", content.text)
    if isinstance(content, o.OutputText):
        return Part("output_text", content.text)
    return Part("output_audio", content.transcript)
