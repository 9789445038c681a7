"""One reply: prompt -> language model -> phrases -> voice -> reports to the session.

Rules:

- Model and voice overlap; text is reported as it is written, audio as it is made, each item of the answer after the
  other: a call behind a text waits until the text is spoken.
- Whoever makes text or audio waits for the client: a slow reader slows the model and the voice down.
- All that can go wrong with a reply ends in one `ReplyFailed`. Cancelling the task stops everything at once.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from ovos_voice_agent.core.engine_events import (
    PhraseStarted,
    ReplyAudio,
    ReplyCall,
    ReplyFailed,
    ReplyFinished,
    ReplyText,
    ReplyUsage,
    StageReached,
    WordStarted,
)
from ovos_voice_agent.engines.interface import LlmDone, LlmUsage, TextDelta, ToolCallDelta
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.protocol.objects import FunctionCallItem
from ovos_voice_agent.runtime.chunking import Phrase, PhraseCutter
from ovos_voice_agent.runtime.failure import StageFailed, failure_of
from ovos_voice_agent.runtime.languages import Conversing
from ovos_voice_agent.runtime.prompting import prompt_of
from ovos_voice_agent.runtime.timed import timed
from ovos_voice_agent.runtime.voicing import Voice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ovos_voice_agent.core.commands import StartReply
    from ovos_voice_agent.engines.interface import Prompt
    from ovos_voice_agent.runtime.world import Post, World

log = logging.getLogger(__name__)

CALL_ID_LIMIT = 32
"""Longest id that a client may send back with its output."""


class Speaking:
    """One reply; `run` once, as a task of its own."""

    def __init__(
        self,
        command: StartReply,
        world: World,
        post: Post,
        writable: Callable[[], Awaitable[None]],
        conversing: Conversing | None = None,
    ) -> None:
        """`conversing` knows the language of the conversation so far; None: this is all there is of it."""
        self._command = command
        self._world = world
        self._post = post
        self._writable = writable
        self._id = command.response_id
        self._conversing = conversing or Conversing(world.languages)
        self._language = self._conversing.language_of(command)
        self._calls = _Calls(command, world.new_id)
        self._voice: Voice | None = None
        self._cutter: PhraseCutter | None = None
        """Cuts the message that is being written; None between messages."""
        self._wrote = False
        self._phrases = 0

    async def run(self) -> None:
        """Answer, to the end. Raises nothing but cancellation."""
        try:
            done = await self._answer()
        except Exception as error:  # noqa: BLE001 - the one place where a reply fails
            failure = failure_of(error)
            self._post(ReplyFailed(self._id, failure.stage, failure.code, failure.message))
        else:
            self._post(ReplyFinished(self._id, done.reason, _usage(done.usage)))

    async def _answer(self) -> LlmDone:
        prompt = self._prompt()
        async with asyncio.TaskGroup() as group:
            speaking = None
            if self._command.spoken:
                self._voice = self._new_voice(group)
                speaking = group.create_task(self._voice.run())
            done = await (self._read(prompt) if self._command.say is None else self._recite(self._command.say))
            await self._end_message()
            if speaking is not None:
                speaking.cancel()
        return done

    def _prompt(self) -> Prompt:
        world, command = self._world, self._command
        try:
            return prompt_of(
                command,
                world.today(),
                model=world.model_name(command.model),
                context_tokens=world.context_tokens,
                language=self._language,
            )
        except EngineError as error:
            raise StageFailed("llm", error) from error

    def _new_voice(self, group: asyncio.TaskGroup) -> Voice:
        command = self._command
        name = self._world.voice_name(command.voice) or command.voice
        return Voice(
            self._world.engines.tts,
            self._conversing.options_for(command, name, self._language),
            command.format,
            self._world.limits,
            group,
            self._writable,
            self._phrase_begins,
            self._audio,
            self._words,
        )

    # -------------------------------------------------------------------------------------------------------- the model

    async def _read(self, prompt: Prompt) -> LlmDone:
        """Take the model's answer in. Returns its end; raises StageFailed when there is none."""
        limits = self._world.limits
        answer = timed(lambda: self._world.engines.llm.reply(prompt), "llm", limits.llm_first_s, limits.llm_silence_s)
        async with aclosing(answer):
            async for event in answer:
                if isinstance(event, TextDelta):
                    await self._text(event.text)
                elif isinstance(event, ToolCallDelta):
                    await self._call(event)
                else:
                    self._calls.check(any_text=self._wrote)
                    return event
        raise StageFailed("llm", EngineError("The language model's answer broke off."))

    async def _recite(self, text: str) -> LlmDone:
        """An answer that needs no model."""
        await self._text(text)
        return LlmDone()

    async def _text(self, text: str) -> None:
        if self._cutter is None:
            text = text.lstrip()  # models like to put line breaks before a call, and before what they say
            if not text:
                return
            self._cutter, self._wrote = PhraseCutter(), True
        await self._writable()
        self._post(ReplyText(self._id, text))
        if self._voice is not None:
            for phrase in self._cutter.push(text):
                await self._say(phrase)

    async def _say(self, phrase: Phrase) -> None:
        assert self._voice is not None
        self._phrases += 1
        if self._phrases == 1:
            self._post(StageReached(self._id, "first_phrase"))
        await self._voice.say(phrase)

    async def _end_message(self) -> None:
        """The message is written; wait until it is spoken."""
        cutter, self._cutter = self._cutter, None
        if cutter is None or self._voice is None:
            return
        for phrase in cutter.finish():
            await self._say(phrase)
        await self._voice.finish()

    async def _call(self, piece: ToolCallDelta) -> None:
        call_id = self._calls.accept(piece)
        if call_id is None:
            return
        await self._end_message()
        await self._writable()
        self._post(ReplyCall(self._id, piece.index, piece.arguments, call_id, piece.name))

    # -------------------------------------------------------------------------------------------------------- the voice

    def _phrase_begins(self, phrase: Phrase) -> None:
        self._post(PhraseStarted(self._id, phrase.start, phrase.end))

    def _audio(self, audio: bytes, words: tuple[WordStarted, ...]) -> None:
        self._post(ReplyAudio(self._id, audio, words))

    def _words(self, words: tuple[WordStarted, ...]) -> None:
        self._post(ReplyAudio(self._id, b"", words, estimated=True))


class _Calls:
    """Which of the model's tool calls go to the client, and under which ids."""

    def __init__(self, command: StartReply, new_id: Callable[[str], str]) -> None:
        self._names = frozenset() if command.tool_choice == "none" else {tool.name for tool in command.tools}
        self._one_only = command.parallel_tool_calls is False
        self._new_id = new_id
        self._known = {item.call_id for item in command.items if isinstance(item, FunctionCallItem)}
        self._accepted = 0
        self._dropped = 0
        self._open = False

    def accept(self, piece: ToolCallDelta) -> str | None:
        """The id to report, empty for later pieces of a call; None for a call that is dropped."""
        if not piece.name:
            return "" if self._open else None
        self._open = piece.name in self._names and not (self._one_only and self._accepted)
        if not self._open:
            self._dropped += 1
            log.warning("a tool call was dropped", extra={"offered": piece.name in self._names})
            return None
        self._accepted += 1
        usable = 0 < len(piece.call_id) <= CALL_ID_LIMIT and piece.call_id not in self._known
        call_id = piece.call_id if usable else self._new_id("call")
        self._known.add(call_id)
        return call_id

    def check(self, *, any_text: bool) -> None:
        """Raises StageFailed when the answer had nothing but calls that were dropped."""
        if self._dropped and not (self._accepted or any_text):
            raise StageFailed("llm", EngineError("The language model called a tool that was not offered."))


def _usage(usage: LlmUsage | None) -> ReplyUsage:
    if usage is None:
        return ReplyUsage()
    return ReplyUsage(usage.input_tokens, usage.output_tokens, usage.cached_tokens)
