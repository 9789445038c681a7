from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ovos_voice_agent.engines.interface import Partial, SttOptions, Transcript
from ovos_voice_agent.engines.recognisers import WorkerStt
from ovos_voice_agent.engines.stt.faster_whisper import create
from ovos_voice_agent.errors import ConfigError, EngineError
from ovos_voice_agent.testing.contracts import check_stt
from tests.models.whisper import make_whisper
from tests.recordings import samples_16k

pytestmark = [pytest.mark.real, pytest.mark.extra]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper(tmp_path_factory.mktemp("models") / "micro")


def kill(engine: WorkerStt) -> None:
    for pid in engine.pids:
        os.kill(pid, signal.SIGKILL)


def run(scene: Callable[[WorkerStt], Awaitable[None]], **options: object) -> None:
    """A scene with a started engine."""

    async def whole() -> None:
        engine = create(options)
        await engine.start()
        try:
            await scene(engine)
        finally:
            await engine.close()

    asyncio.run(whole())


async def hear(engine: WorkerStt, options: SttOptions, told: list[Partial]) -> tuple[Transcript, object]:
    stream = engine.open(options, told.append)
    pcm = samples_16k("goforward").tobytes()
    for at in range(0, len(pcm), 1280):
        stream.feed(pcm[at : at + 1280])
        await asyncio.sleep(0)
    return await stream.finish(), stream.memory


def test_contract(model: Path) -> None:
    check_stt(lambda: create({"model": str(model)}), samples_16k("goforward").tobytes(), kill, long_s=8)


def test_on_a_processor_it_answers_at_the_end_and_tells_the_language(model: Path) -> None:
    async def scene(engine: WorkerStt) -> None:
        told: list[Partial] = []
        heard, _ = await hear(engine, SttOptions(), told)
        assert heard.text
        assert heard.language
        assert told == []
        assert engine.description == {"device": "cpu"}
        german, memory = await hear(engine, SttOptions(language="de", memory="fr"), told)
        assert german.language == "de"
        assert memory == "de"
        remembered, _ = await hear(engine, SttOptions(memory="fr"), told)
        assert remembered.language == "fr"
        chosen, _ = await hear(engine, SttOptions(languages=("ja", "cy"), memory="fr"), told)
        assert chosen.language in {"ja", "cy"}
        nothing_to_choose, _ = await hear(engine, SttOptions(languages=("xx",)), told)
        assert nothing_to_choose.language

    run(scene, model=str(model), device="cpu")


def test_hypotheses_come_while_the_person_speaks_where_they_are_wanted(model: Path) -> None:
    async def scene(engine: WorkerStt) -> None:
        told: list[Partial] = []
        news = asyncio.Event()

        def tell(partial: Partial) -> None:
            told.append(partial)
            news.set()

        stream = engine.open(SttOptions(language="en"), tell)
        pcm = samples_16k("goforward").tobytes()
        stream.feed(pcm[:32_000])
        await news.wait()
        assert told[0].stable == ""
        assert told[0].unstable
        assert (await stream.finish()).text
        told.clear()
        await hear(engine, SttOptions(language="en", partials=False), told)
        assert told == []

    run(scene, model=str(model), partials=True)


def test_words_have_times_and_probabilities(model: Path) -> None:
    async def scene(engine: WorkerStt) -> None:
        heard, _ = await hear(engine, SttOptions(language="en", word_times=True, logprobs=True), [])
        assert heard.words
        assert all(0 <= (word.probability or 0) <= 1 for word in heard.words)
        assert [word.start_s for word in heard.words] == sorted(word.start_s for word in heard.words)
        assert len(heard.logprobs) == len(heard.words)

    run(scene, model=str(model))


def test_mistakes_are_named_before_anything_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no file model\.bin"):
        create({"model": str(tmp_path)})
    with pytest.raises(ConfigError, match="device must be auto"):
        create({"device": "tpu"})


def test_a_model_that_is_not_here_is_told_at_the_start_and_nothing_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    async def scene() -> None:
        engine = create({"model": "tiny"})
        async with asyncio.timeout(20):
            with pytest.raises(EngineError, match="download = true"):
                await engine.start()
        await engine.close()

    asyncio.run(scene())


@pytest.mark.parametrize(("download", "words"), [(True, "its hub cannot be reached"), (False, "set download = true")])
def test_a_model_that_is_not_here_is_told_within_five_seconds(
    download: bool, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    async def scene() -> None:
        engine = create({"model": "tiny", "download": download})
        try:
            async with asyncio.timeout(5):
                with pytest.raises(EngineError, match=words):
                    await engine.start()
        finally:
            await engine.close()

    asyncio.run(scene())
