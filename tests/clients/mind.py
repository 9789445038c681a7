"""A model that answers by simple rules, so that a program of any client can be followed by it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from ovos_voice_agent.engines.interface import LlmEvent, Prompt, TextDelta, ToolCallDelta
from ovos_voice_agent.testing.fakes import ScriptedLlm, Step, echo, said_slowly

STORY = " ".join(f"This is sentence number {number} of a very long story." for number in range(1, 400))


class Mind(ScriptedLlm):
    """Asked for the weather, it calls a tool and tells its result; asked for a story, it tells a long one; else it
    echoes."""

    async def reply(self, prompt: Prompt) -> AsyncIterator[LlmEvent]:
        self.script.append(_steps(prompt))
        async for event in super().reply(prompt):
            yield event


def _steps(prompt: Prompt) -> Sequence[Step]:
    spoken = [message for message in prompt.messages if message.role != "system"]
    if spoken[-1].role == "tool":
        return [TextDelta(f"It is {spoken[-1].text}.")]
    if "weather" in spoken[-1].text and prompt.tools:
        return [ToolCallDelta(0, '{"city": "London"}', call_id="call_1", name="get_weather")]
    if "story" in spoken[-1].text:
        return said_slowly(STORY, word_s=0.002)
    return echo(prompt)
