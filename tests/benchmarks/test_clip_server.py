"""Our server with the recogniser that knows the clips."""

from __future__ import annotations

import asyncio
import statistics

import pytest

from ovos_voice_agent.benchmarks.clip_server import Ears, server_for_clips
from ovos_voice_agent.benchmarks.clips import Recording, cut_short, plain
from ovos_voice_agent.benchmarks.hearing import SEMANTICS, USUAL, delay_ms, listen
from ovos_voice_agent.benchmarks.servers import Delays
from tests.recordings import recording

NAMES = ("goforward", "something", "cards_005", "librivox_0880")


@pytest.mark.real
def test_whole_sentences_end_sooner_than_their_beginnings() -> None:
    """The promise of `semantic_vad` without a turn model, with everything real but the recogniser."""
    recordings = [Recording.read(recording(name)) for name in NAMES]
    beginnings = [clip for clip in map(cut_short, recordings) if clip is not None]
    clips = [*map(plain, recordings), *beginnings]
    point = next(point for point in SEMANTICS if point.name == USUAL)

    async def scene() -> list[float | None]:
        async with server_for_clips(clips, Ears("dual"), Delays(), "Yes.") as url:
            return [delay_ms(clip, heard) for clip, heard in zip(clips, await listen(url, clips, point), strict=True)]

    delays = asyncio.run(asyncio.wait_for(scene(), 300))
    whole, cut = ([delay for delay in part if delay is not None] for part in (delays[:4], delays[4:]))
    assert (len(whole), len(cut)) == (4, 4), "nobody was cut off"
    assert statistics.mean(whole) < statistics.mean(cut) - 200
    assert statistics.median(whole) < 600
