"""Speech for one request: text -> phrases -> the same voice as in sessions -> PCM, and PCM -> a file, as it is made.

Rules:

- The first sound comes when the first phrase is spoken, not the whole text; whoever reads slowly slows the voice down.
- Closing the iterator stops the voice at once. What goes wrong is raised as ClientError or EngineError.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ovos_voice_agent.audio import pcm
from ovos_voice_agent.audio.format import PCM_RATE_HZ, AudioFormat
from ovos_voice_agent.core.usage import ASSISTANT_AUDIO_MS_PER_TOKEN
from ovos_voice_agent.engines.interface import TtsOptions
from ovos_voice_agent.runtime.chunking import PhraseCutter
from ovos_voice_agent.runtime.piping import Pipe, piped
from ovos_voice_agent.runtime.voicing import Voice

if TYPE_CHECKING:
    from ovos_voice_agent.audio.encoders import Encoder
    from ovos_voice_agent.runtime.languages import OptionsFor
    from ovos_voice_agent.runtime.world import World

CHARACTERS_PER_TOKEN = 4
NOTHING_SAID_MS = 100
"""Silence for a text without anything to say: an empty file is none to most players."""


@dataclass(frozen=True, slots=True)
class SpeechOrder:
    """What to say and how. `voice` is the engine's own name; `speed` 1.0 is natural."""

    text: str
    voice: str
    speed: float = 1.0
    language: str | None = None
    instructions: str | None = None
    rate_hz: int = PCM_RATE_HZ

    @property
    def tokens(self) -> int:
        """Of the text, about: the voice itself counts none."""
        return -(-len(self.text) // CHARACTERS_PER_TOKEN)

    def spoken_tokens(self, pcm_bytes: int) -> int:
        """Of so much speech, as the hosted service counts in sessions."""
        return AudioFormat(rate_hz=self.rate_hz).ms_of_bytes(pcm_bytes) // ASSISTANT_AUDIO_MS_PER_TOKEN


async def speech(world: World, order: SpeechOrder) -> AsyncGenerator[bytes, None]:
    """Mono int16 at `order.rate_hz`: the first 20 ms at once, later pieces of about 100 ms."""
    any_sound = False
    made: AsyncGenerator[bytes, None] = piped(partial(_speak, world, order))
    async with aclosing(made) as pieces:
        async for piece in pieces:
            any_sound = True
            yield piece
    if not any_sound:
        yield bytes(AudioFormat(rate_hz=order.rate_hz).bytes_in_ms(NOTHING_SAID_MS))


async def _speak(world: World, order: SpeechOrder, pipe: Pipe[bytes]) -> None:
    cutter = PhraseCutter()
    async with asyncio.TaskGroup() as group:
        voice = Voice(
            world.engines.tts,
            _options_for(world, order),
            AudioFormat(rate_hz=order.rate_hz),
            world.limits,
            group,
            pipe.writable,
            lambda _: None,
            lambda audio, _: pipe.put(audio),
        )
        speaking = group.create_task(voice.run())
        for phrase in (*cutter.push(order.text), *cutter.finish()):
            await voice.say(phrase)
        await voice.finish()
        speaking.cancel()


def _options_for(world: World, order: SpeechOrder) -> OptionsFor:
    """In the language that was asked for; else, where there is a choice, in that of each phrase."""
    languages = world.languages
    options = TtsOptions(order.voice, order.speed, instructions=order.instructions)
    return languages.options_for(options, order.language, look=order.language is None and bool(languages.choice))


async def encoded(pieces: AsyncGenerator[bytes, None], encoder: Encoder) -> AsyncGenerator[bytes, None]:
    """A file, from PCM at the encoder's rate; only what there is to send, never an empty piece. Closes `pieces`."""
    async with aclosing(pieces):
        async for piece in pieces:
            if made := await _unblocked(encoder, partial(encoder.push, pcm.float_of_bytes(piece))):
                yield made
    if rest := await _unblocked(encoder, encoder.finish):
        yield rest


async def _unblocked(encoder: Encoder, work: Callable[[], bytes]) -> bytes:
    return await asyncio.to_thread(work) if encoder.costly else work()
