"""The words of one recording, by the same recogniser as in sessions: decoded, cut and recognised piece by piece.

Rules:

- Two seconds of sound are decoded at a time, and the next piece is decoded when the one before is recognised: memory
  does not grow with the recording.
- Before a piece is final only those of its words are given out, and only on request, that the recogniser calls stable:
  what a client was sent cannot be taken back.
- Closing the iterator stops the recogniser at once. What goes wrong is raised as ClientError or EngineError.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from ovos_voice_agent.audio.files import read_audio, unreadable
from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ, Partial, SttOptions, SttStream, Transcript
from ovos_voice_agent.errors import ClientError, EngineTimeout
from ovos_voice_agent.runtime.cutting import Cutter, Cutting, Piece, Whole
from ovos_voice_agent.runtime.piping import Pipe, piped

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples
    from ovos_voice_agent.runtime.world import World

SHORTEST_S = 0.1
"""As the hosted service."""
HELD_BACK_WORDS = 3
"""Of those that count as stable in a conversation, where every moment counts. At the end of a hard utterance the
recogniser in the box thinks better of one of them in two of six; with three held back in one of six."""


@dataclass(frozen=True, slots=True)
class TranscriptionOrder:
    """What is to be recognised and how. `file` is at its beginning, and is read to its end.

    `limit_s` is the longest recording; None: any. `early`: stable words are wanted before their piece is final.
    """

    file: io.BytesIO
    options: SttOptions = field(default_factory=SttOptions)
    cutting: Cutting = field(default_factory=Whole)
    limit_s: float | None = None
    early: bool = False


@dataclass(frozen=True, slots=True)
class PartlyRecognised:
    """The words so far, without those that may change, of the piece that begins at `start_s`."""

    start_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Recognised:
    """A piece with words is done. Times in `transcript` count from `start_s`; `speech` is as in `Piece`."""

    start_s: float
    end_s: float
    transcript: Transcript
    speech: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The recording is at its end, which is exactly there."""

    duration_s: float


Progress: TypeAlias = PartlyRecognised | Recognised | Ended


async def transcription(world: World, order: TranscriptionOrder) -> AsyncGenerator[Progress, None]:
    """What is recognised, piece by piece, and `Ended` at last."""
    made: AsyncGenerator[Progress, None] = piped(partial(_transcribe, world, order))
    async with aclosing(made) as progress:
        async for step in progress:
            yield step


async def _transcribe(world: World, order: TranscriptionOrder, pipe: Pipe[Progress]) -> None:
    recogniser = _Recogniser(world, replace(order.options, partials=order.early), pipe)
    cutter = Cutter(world.engines.vad, order.cutting, world.limits.detector_s)
    try:
        async for samples in _decoded(order.file):
            for piece in await cutter.push(samples):
                await recogniser.hear(piece)
            _check_length(cutter.end_sample, order.limit_s)
        if cutter.end_sample < SHORTEST_S * ENGINE_RATE_HZ:
            raise _too_short()
        for piece in cutter.finish():
            await recogniser.hear(piece)
    finally:
        cutter.close()
    pipe.put(Ended(cutter.end_sample / ENGINE_RATE_HZ))


async def _decoded(file: io.BytesIO) -> AsyncIterator[FloatSamples]:
    """Mono samples at ENGINE_RATE_HZ, decoded on a thread."""
    pieces: Iterator[FloatSamples] = read_audio(file, ENGINE_RATE_HZ)
    while (samples := await asyncio.to_thread(next, pieces, None)) is not None:
        yield samples


def _check_length(samples: int, limit_s: float | None) -> None:
    if limit_s is not None and samples > limit_s * ENGINE_RATE_HZ:
        raise unreadable(f"The recording is longer than {limit_s / 60:g} minutes, the limit of this server.")


def _too_short() -> ClientError:
    message = "Audio file is too short. Minimum audio length is 0.1 seconds."
    return ClientError(message, code="audio_too_short", param="file")


class _Recogniser:
    """Pieces -> words, one after another."""

    def __init__(self, world: World, options: SttOptions, pipe: Pipe[Progress]) -> None:
        self._world = world
        self._options = options
        self._pipe = pipe

    async def hear(self, piece: Piece) -> None:
        """Recognise a piece. Raises ClientError, EngineError."""
        await self._pipe.writable()
        stream = self._world.engines.stt.open(self._options, lambda partial: self._tell(piece, partial))
        try:
            stream.feed(piece.pcm)
            transcript = await self._finish(stream, piece)
        finally:
            stream.cancel()
        self._options = replace(self._options, memory=stream.memory)
        if transcript.text.strip():
            self._pipe.put(Recognised(piece.start_s, piece.end_s, transcript, piece.speech))

    def _tell(self, piece: Piece, partial: Partial) -> None:
        """A few words more than the reader takes may lie in the pipe: a piece is short."""
        if sure := " ".join(partial.stable.split()[:-HELD_BACK_WORDS]):
            self._pipe.put(PartlyRecognised(piece.start_s, sure))

    async def _finish(self, stream: SttStream, piece: Piece) -> Transcript:
        """A session's limit counts from the end of speech; here all of it still lies before the recogniser."""
        try:
            async with asyncio.timeout(self._world.limits.stt_s + piece.end_s - piece.start_s):
                return await stream.finish()
        except TimeoutError as error:
            raise EngineTimeout("The recogniser took too long to answer.") from error
