"""What each voice sounds like: a sentence in its language, made when it is first asked for and kept for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import aclosing
from typing import TYPE_CHECKING

from ovos_voice_agent.audio.format import PCM_RATE_HZ
from ovos_voice_agent.audio.wav import wav_bytes
from ovos_voice_agent.personas.samples import sample_text
from ovos_voice_agent.protocol.languages import language_code
from ovos_voice_agent.runtime.speech import SpeechOrder, speech

if TYPE_CHECKING:
    from ovos_voice_agent.runtime.service import Service

KEPT = 64
"""Samples of some 150 kB: 10 MB at most, and enough for a person who goes through a list."""


class Samples:
    """Of one server. One is made at a time: whoever looks through voices must not crowd out those who talk."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, str], bytes] = OrderedDict()
        self._making = asyncio.Lock()

    async def wav(self, service: Service, name: str) -> bytes:
        """A WAV file of a voice, by the name that clients use. Raises ClientError 404 for one that does not exist, and
        what the voice raises."""
        service, name = service.speaker(name)
        own = service.voice(name, status=404)
        key = (id(service.world.engines.tts), own)
        async with self._making:
            if key not in self._kept:
                self._kept[key] = await _made(service, own)
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


async def _made(service: Service, own: str) -> bytes:
    voice = next((voice for voice in service.world.engines.tts.voices if voice.id == own), None)
    language = voice.language if voice else None
    text = sample_text(language_code(language) if language else None)
    whole = bytearray()
    async with aclosing(speech(service.world, SpeechOrder(text, own, language=language))) as pieces:
        async for piece in pieces:
            whole += piece
    return wav_bytes(bytes(whole), PCM_RATE_HZ)
