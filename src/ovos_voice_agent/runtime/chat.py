"""One answer in a chat over HTTP: the same prompt, language model and voice as a reply in a session.

Rules: an answer is a reply to the conversation that the messages tell; what a client said in recordings is recognised
first. Closing the iterator stops model and voice at once. What goes wrong is raised as ClientError or EngineError.
"""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core.commands import StartReply
from ovos_voice_agent.core.engine_events import ReplyAudio, ReplyCall, ReplyFailed, ReplyFinished, ReplyText
from ovos_voice_agent.errors import ClientError, EngineError
from ovos_voice_agent.protocol import objects as o
from ovos_voice_agent.protocol.rest_chat import AudioClip, ChatMessage, ChatRequest
from ovos_voice_agent.runtime.piping import Pipe, piped
from ovos_voice_agent.runtime.speaking import Speaking
from ovos_voice_agent.runtime.transcription import Ended, Recognised, TranscriptionOrder, transcription

if TYPE_CHECKING:
    from ovos_voice_agent.core.session import Input
    from ovos_voice_agent.runtime.service import Service
    from ovos_voice_agent.runtime.world import World

CLIP_LIMIT_S = 600.0
"""Of a recording in a message: as much as a session may hold."""

JSON_WANTED = "Answer with one JSON object and nothing else."
SCHEMA_WANTED = "Answer with one JSON value and nothing else; it must follow this JSON Schema: "

Answered: TypeAlias = ReplyText | ReplyAudio | ReplyCall | ReplyFinished


async def chat(world: World, command: StartReply) -> AsyncGenerator[Answered, None]:
    """The answer as it comes: texts and calls as they are written, audio as it is spoken, `ReplyFinished` at last."""
    made: AsyncGenerator[Answered | ReplyFailed, None] = piped(partial(_answer, world, command))
    async with aclosing(made) as reports:
        async for report in reports:
            if isinstance(report, ReplyFailed):
                world.metrics.engine_failed(report.stage, report.code)
                raise EngineError(report.message, code=report.code)
            yield report


async def _answer(world: World, command: StartReply, pipe: Pipe[Answered | ReplyFailed]) -> None:
    def post(report: Input) -> None:
        if isinstance(report, ReplyAudio) and not report.audio:
            return  # when words are spoken does not matter here
        if isinstance(report, ReplyText | ReplyAudio | ReplyCall | ReplyFinished | ReplyFailed):
            pipe.put(report)

    await Speaking(command, world, post, pipe.writable).run()


async def order_of(
    service: Service, wanted: ChatRequest, audio_text: Callable[[str], str | None]
) -> tuple[StartReply, int]:
    """The reply that a request asks for, and the milliseconds of recordings in it.

    `audio_text` tells what we said in an earlier answer, by its id. Raises ClientError, EngineError.
    """
    reader = _Reader(service.world, audio_text)
    head, rest = _leading_instructions(wanted.messages)
    items = [item for message in rest for item in await reader.items(message)]
    spoken = wanted.audio is not None
    instructions = head or (service.spoken_instructions if spoken else service.instructions)
    command = StartReply(
        response_id=o.ResponseId(service.world.new_id("resp")),
        items=tuple(items),
        instructions="\n\n".join(filter(None, (instructions, _form(wanted.answer_schema)))),
        tools=wanted.tools,
        tool_choice=wanted.tool_choice,
        parallel_tool_calls=wanted.parallel_tool_calls,
        max_output_tokens=wanted.max_tokens or "inf",
        truncation="auto",
        reasoning_effort=wanted.reasoning_effort,
        temperature=wanted.temperature,
        model=wanted.model,
        spoken=spoken,
        voice=wanted.audio.voice if wanted.audio else "",
        speed=1.0,
        format=AudioFormat(),
        language=None,
        metadata=wanted.metadata,
        tracing=None,
    )
    return command, reader.heard_ms


def _form(answer_schema: str | None) -> str:
    if answer_schema is None:
        return ""
    return JSON_WANTED if answer_schema == "object" else SCHEMA_WANTED + answer_schema


def _leading_instructions(messages: Sequence[ChatMessage]) -> tuple[str, Sequence[ChatMessage]]:
    """What stands at the front for the system, and the rest."""
    count = next((n for n, message in enumerate(messages) if message.role != "system"), len(messages))
    return "\n\n".join(message.text for message in messages[:count]), messages[count:]


class _Reader:
    """Messages -> items of a conversation."""

    def __init__(self, world: World, audio_text: Callable[[str], str | None]) -> None:
        self._world = world
        self._audio_text = audio_text
        self.heard_ms = 0

    async def items(self, message: ChatMessage) -> list[o.Item]:
        """One message, its calls behind it."""
        if message.role == "tool":
            return [o.FunctionCallOutputItem(self._id(), message.call_id, message.text)]
        content = tuple([await self._content(message, part) for part in message.parts])
        if message.audio_id:
            content = (*content, o.OutputText(self._said(message)))
        found: list[o.Item] = [o.MessageItem(self._id(), "completed", message.role, content)] if content else []
        calls = (
            o.FunctionCallItem(self._id(), "completed", call.name, call.call_id, call.arguments)
            for call in message.calls
        )
        return [*found, *calls]

    def _id(self) -> o.ItemId:
        return o.ItemId(self._world.new_id("item"))

    async def _content(self, message: ChatMessage, part: o.InputText | o.InputImage | AudioClip) -> o.Content:
        if isinstance(part, AudioClip):
            return o.InputAudio(await self._words(part))
        if isinstance(part, o.InputText) and message.role == "assistant":
            return o.OutputText(part.text)
        return part

    def _said(self, message: ChatMessage) -> str:
        said = self._audio_text(message.audio_id)
        if said is None:
            path = f"{message.path}.audio.id"
            text = f"Invalid '{path}': there is no audio '{message.audio_id[:64]}', or it has expired."
            raise ClientError(text, code="invalid_value", param=path)
        return said

    async def _words(self, clip: AudioClip) -> str:
        """What is said in a recording."""
        texts = []
        order = TranscriptionOrder(io.BytesIO(clip.data), limit_s=CLIP_LIMIT_S)
        try:
            async with aclosing(transcription(self._world, order)) as progress:
                async for step in progress:
                    if isinstance(step, Ended):
                        self.heard_ms += int(step.duration_s * 1000)
                    elif isinstance(step, Recognised):
                        texts.append(step.transcript.text.strip())
        except ClientError as error:
            param = clip.path if error.param == "file" else error.param
            raise ClientError(error.message, code=error.code, param=param) from error
        return " ".join(texts)
