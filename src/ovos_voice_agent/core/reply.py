"""One reply of ours: what was asked for, where it goes, and what was made of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import UNSET

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core.conversation import Conversation
from ovos_voice_agent.core.items import StoredItem
from ovos_voice_agent.core.output_items import MessageOutput, OutputItem
from ovos_voice_agent.core.speculation import Prepared
from ovos_voice_agent.core.timeline import Timeline
from ovos_voice_agent.protocol import objects as o
from ovos_voice_agent.protocol.objects import ItemId, ResponseId
from ovos_voice_agent.protocol.settings import FunctionTool, ToolChoice, WireFormat, to_wire


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """What one response was asked to be: the session's settings with those of its `response.create` over them."""

    modalities: tuple[o.Modality, ...]
    instructions: str
    tools: tuple[FunctionTool, ...]
    tool_choice: ToolChoice
    parallel_tool_calls: bool | None
    max_output_tokens: int | Literal["inf"]
    truncation: str | dict[str, Any]
    reasoning_effort: str | None
    temperature: float | None
    model: str
    voice: str | dict[str, str]
    speed: float
    format: WireFormat
    language: str | None = None
    """What the client wants it to be in: a language, "auto", or None where it does not say."""
    say: str | None = None
    """What it is, word for word; None: what the model makes of it."""
    metadata: dict[str, str] | None = None
    tracing: str | dict[str, Any] | None = None
    context: tuple[StoredItem, ...] | None = None
    """`response.input`, or None: the conversation as it is when the reply is accepted, without what is deleted before
    it starts."""

    @property
    def spoken(self) -> bool:
        return "audio" in self.modalities

    @property
    def usable_choice(self) -> ToolChoice:
        """A session may ask for calls it has no tool for (left over from an update of its tools); then it asks for
        none."""
        if isinstance(self.tool_choice, str):
            return self.tool_choice if self.tools else "none"
        named = any(tool.name == self.tool_choice.get("name") for tool in self.tools)
        return self.tool_choice if self.tool_choice.get("type") == "function" and named else "none"

    @property
    def voice_name(self) -> str:
        return self.voice if isinstance(self.voice, str) else self.voice["id"]


@dataclass(slots=True)
class Reply:
    """A reply from its acceptance to its end. `waiting` are utterances whose transcripts it still needs.

    `announced`: `response.created` was sent. `started`: model and voice are at work.
    """

    response_id: ResponseId
    plan: ReplyPlan
    timeline: Timeline
    conversation: Conversation | None
    context: tuple[StoredItem, ...]
    """What it answers: the conversation when it was accepted, or `response.input`."""
    waiting: set[ItemId] = field(default_factory=set)
    announced: bool = False
    started: bool = False
    heard_tokens: int = 0
    outputs: list[OutputItem] = field(default_factory=list)
    open: OutputItem | None = None
    first_audio_at: float | None = None
    prepared: Prepared | None = None
    """What was made of it before its turn was over, until it is begun."""

    def answers(self, item_id: ItemId) -> bool:
        """Whether this is the reply to that turn. One that answers no turn in particular answers all it waits for."""
        return self.timeline.item_id in (None, item_id)

    @property
    def audio_ms(self) -> int:
        """Milliseconds of speech made so far."""
        return sum(output.audio_ms for output in self.outputs if isinstance(output, MessageOutput))

    @property
    def audio_format(self) -> AudioFormat | None:
        """The format of the spoken audio, None for a written reply."""
        return self.plan.format.audio_format() if self.plan.spoken else None

    def wire(
        self,
        status: o.ResponseStatus,
        details: o.StatusDetails | None = None,
        usage: o.Usage | None = None,
    ) -> o.Response:
        """The response object as it is now."""
        output = o.ResponseAudioOutput(to_wire(self.plan.format), self.plan.voice_name)
        return o.Response(
            id=self.response_id,
            status=status,
            conversation_id=self.conversation.id if self.conversation else None,
            output_modalities=self.plan.modalities,
            max_output_tokens=self.plan.max_output_tokens,
            audio=o.ResponseAudio(output),
            status_details=details,
            output=tuple(output.item.wire() for output in self.outputs),
            usage=usage,
            metadata=self.plan.metadata,
            temperature=UNSET if self.plan.temperature is None else self.plan.temperature,
        )
