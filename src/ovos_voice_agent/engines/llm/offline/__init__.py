"""The mind in the box: an offline persona that is small, honest and needs nothing.

Option `timezone` is an IANA name (the system's own zone without it), `persona` what it calls itself.
A reply's `max_tokens` counts four characters as one token and cuts the text between words; tool calls are never cut.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ovos_voice_agent.engines.interface import EngineInfo, LlmDone, LlmEvent, Prompt, TextDelta, ToolCallDelta
from ovos_voice_agent.engines.llm.offline.persona import Answer, answer
from ovos_voice_agent.engines.options import OptionReader

CHARS_PER_TOKEN = 4
"""English text has about four characters a token in most vocabularies."""

_NAME = "the offline assistant"


def create(options: Mapping[str, Any]) -> OfflineLlm:
    """Build the engine. Raises ConfigError naming every wrong option."""
    reader = OptionReader(options)
    zone_name, name = reader.text("timezone"), reader.text("persona", _NAME)
    zone = _zone(zone_name, reader)
    reader.finish()
    return OfflineLlm(name=name, clock=lambda: datetime.now(UTC).astimezone(zone))


def _zone(name: str, reader: OptionReader) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        reader.problems.append("timezone is not a known time zone, such as Europe/Berlin")
        return None


def _system_time() -> datetime:
    return datetime.now(UTC).astimezone()


class OfflineLlm:
    """The persona as an `Llm`: stateless, so all sessions share it."""

    def __init__(self, *, name: str = _NAME, clock: Callable[[], datetime] = _system_time) -> None:
        self._name = name
        self._clock = clock

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            kind="llm",
            name="offline",
            quality="no language model: time, date, sums, repeating, memory within a conversation, simple tool use",
            better='any OpenAI-compatible server: [engines.llm] name = "openai" with base_url and model',
            languages=("en",),
            tools=True,
            models=("offline",),
        )

    async def start(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to release."""

    def reply(self, prompt: Prompt) -> AsyncIterator[LlmEvent]:
        """Stream the answer word by word."""
        return self._stream(prompt)

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[LlmEvent, None]:
        reply = answer(prompt, self._clock(), self._name)
        for index, call in enumerate(reply.calls):
            yield ToolCallDelta(index, call.json, f"call_{uuid.uuid4().hex[:24]}", call.name)
        words, cut = _within(reply, prompt.max_tokens)
        for word in words:
            yield TextDelta(word)
        yield LlmDone("length" if cut else "stop")


def _within(reply: Answer, max_tokens: int | None) -> tuple[list[str], bool]:
    """The words that fit into the limit, and whether any were cut off."""
    words = re.findall(r"\s*\S+", reply.text)
    if max_tokens is None:
        return words, False
    room = max_tokens * CHARS_PER_TOKEN
    kept: list[str] = []
    for word in words:
        room -= len(word)
        if room < 0:
            break
        kept.append(word)
    return kept, len(kept) < len(words)
