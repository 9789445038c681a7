"""The words of one recording."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.audio.wav import wav_bytes
from ovos_voice_agent.engines.interface import SttOptions
from ovos_voice_agent.errors import ClientError, EngineError
from ovos_voice_agent.runtime.cutting import Cutting, Pauses, Whole
from ovos_voice_agent.runtime.transcription import (
    Ended,
    PartlyRecognised,
    Recognised,
    TranscriptionOrder,
    transcription,
)
from ovos_voice_agent.runtime.world import StageLimits
from ovos_voice_agent.testing.fakes import FOREVER, EnergyVad, ScriptedStt
from tests.runtime.scenes import run, world
from tests.runtime.test_cutting import RATE_HZ, sound
from tests.runtime.waiting import until

WHOLE = Whole()


def order(*pattern: float, cutting: Cutting = WHOLE, **more: Any) -> TranscriptionOrder:
    data = wav_bytes((sound(*pattern) * 32767).astype("<i2").tobytes(), RATE_HZ)
    return TranscriptionOrder(io.BytesIO(data), cutting=cutting, **more)


async def steps(stt: ScriptedStt, wanted: TranscriptionOrder, **more: Any) -> list[Any]:
    return [step async for step in transcription(world(stt=stt, **more), wanted)]


def test_a_recording_ends_where_it_ends() -> None:
    found, ended = run(steps(ScriptedStt(["hello"]), order(1.0, 0.5)))
    assert isinstance(found, Recognised)
    assert (found.start_s, found.end_s, found.transcript.text) == (0.0, 1.5, "hello")
    assert ended == Ended(1.5)


def test_the_recogniser_gets_every_sample_and_no_partials_are_asked() -> None:
    stt = ScriptedStt(["hello"])
    run(steps(stt, order(1.0, options=SttOptions(language="de", prompt="p"))))
    [heard] = stt.utterances
    assert bytes(heard.pcm) == np.rint((sound(1.0) * 32767).astype("<i2")).astype("<i2").tobytes()
    assert (heard.options.language, heard.options.prompt, heard.options.partials) == ("de", "p", False)


def test_stable_words_come_before_their_piece_is_final_when_they_are_wanted() -> None:
    found = run(steps(ScriptedStt(["one two three four"], word_ms=200), order(1.0, 1.0, cutting=Pauses(), early=True)))
    early, final, _ = found
    assert early == PartlyRecognised(final.start_s, "one")
    assert final.transcript.text == "one two three four"


def test_pieces_without_words_are_not_reported() -> None:
    found = run(steps(ScriptedStt(["", "two"]), order(1.0, 1.0, 1.0, 1.0, cutting=Pauses())))
    assert [step.transcript.text for step in found[:-1]] == ["two"]


def test_a_recogniser_remembers_from_piece_to_piece() -> None:
    stt = ScriptedStt(["one", "two"])
    run(steps(stt, order(1.0, 1.0, 1.0, 1.0, cutting=Pauses())))
    assert [heard.options.memory for heard in stt.utterances] == [None, 1]


@pytest.mark.parametrize("pattern", [(0.0, 0.05), (0.09,)])
def test_too_short(pattern: tuple[float, ...]) -> None:
    stt = ScriptedStt()
    with pytest.raises(ClientError) as raised:
        run(steps(stt, order(*pattern)))
    assert raised.value.code == "audio_too_short"
    assert stt.utterances == []


def test_too_long() -> None:
    with pytest.raises(ClientError, match="longer than"):
        run(steps(ScriptedStt(), order(5.0, limit_s=3.0)))


@pytest.mark.parametrize("error", [EngineError("died"), ClientError("no such language", param="language")])
def test_failures_are_raised_as_they_are(error: Exception) -> None:
    stt, vad = ScriptedStt([error]), EnergyVad()
    with pytest.raises(type(error), match=str(error)):
        run(steps(stt, order(1.0), vad=vad))
    assert stt.open_streams == vad.open_streams == 0


def test_a_recogniser_that_hangs_is_given_up() -> None:
    stt = ScriptedStt(["x"], latency_s=FOREVER)
    with pytest.raises(EngineError, match="too long"):
        run(steps(stt, order(0.1), limits=StageLimits(stt_s=-0.09)))
    assert stt.open_streams == 0


def test_who_stops_reading_ends_the_work() -> None:
    async def scene() -> None:
        stt, vad = ScriptedStt(["x"], latency_s=FOREVER), EnergyVad()
        reading = asyncio.ensure_future(steps(stt, order(1.0), vad=vad))
        await until(lambda: stt.open_streams)
        reading.cancel()
        await asyncio.wait([reading])
        await asyncio.sleep(0)
        assert stt.open_streams == vad.open_streams == 0

    run(scene())
