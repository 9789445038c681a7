from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

from ovos_voice_agent.engines.interface import Partial, SttOptions, Transcript
from ovos_voice_agent.engines.recognisers import WorkerStt
from ovos_voice_agent.engines.stt.moonshine import create
from ovos_voice_agent.errors import ClientError, ConfigError, EngineError
from ovos_voice_agent.testing.contracts import check_stt
from tests.models.moonshine import make_moonshine
from tests.recordings import samples_16k

pytestmark = [pytest.mark.real, pytest.mark.extra]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_moonshine(tmp_path_factory.mktemp("models") / "tiny")


def kill(engine: WorkerStt) -> None:
    for pid in engine.pids:
        os.kill(pid, signal.SIGKILL)


async def hear(engine: WorkerStt, name: str, told: list[Partial], **options: object) -> Transcript:
    stream = engine.open(SttOptions(**options), told.append)  # type: ignore[arg-type]
    pcm = samples_16k(name).tobytes()
    for at in range(0, len(pcm), 1280):
        stream.feed(pcm[at : at + 1280])
        await asyncio.sleep(0)
    return await stream.finish()


def test_contract(model: Path) -> None:
    check_stt(lambda: create({"model": str(model)}), samples_16k("goforward").tobytes(), kill)


def test_what_many_say_at_once_is_what_each_says_alone(model: Path) -> None:
    """The library keeps the state of one stream: it must find its way back into each."""
    names = ("goforward", "something", "cards_001", "cards_005")

    async def scene() -> None:
        engine = create({"model": str(model), "update_interval_s": 0.1})
        await engine.start()
        try:
            alone = [await hear(engine, name, []) for name in names]
            together = await asyncio.gather(*(hear(engine, name, []) for name in names))
            assert [one.text for one in together] == [one.text for one in alone]
            assert len({one.text for one in alone}) == len(names)
            assert {one.language for one in alone} == {"en"}
        finally:
            await engine.close()

    asyncio.run(scene())


def test_words_are_told_while_they_are_said(model: Path) -> None:
    async def scene() -> None:
        engine = create({"model": str(model), "update_interval_s": 0.1})
        await engine.start()
        try:
            partials: list[Partial] = []
            heard = await spoken(engine, partials)
            assert partials[-1].stable
            assert heard.text.startswith(partials[-1].stable)
            partials.clear()
            assert await spoken(engine, partials, partials=False) == heard
            assert partials == []
        finally:
            await engine.close()

    async def spoken(engine: WorkerStt, told: list[Partial], *, partials: bool = True) -> Transcript:
        """As a person speaks: more comes when what came was read."""
        stream = engine.open(SttOptions(partials=partials), told.append)
        for block in samples_16k("cards_005").reshape(-1, 20)[:2720].reshape(-1, 3200):
            stream.feed(block.tobytes())
            before = len(told)
            for _ in range(200):
                if not partials or len(told) > before:
                    break
                await asyncio.sleep(0.005)
        return await stream.finish()

    asyncio.run(scene())


def test_key_terms_are_heard_rather_and_only_where_they_are_wanted(model: Path) -> None:
    async def scene() -> None:
        engine = create({"model": str(model), "key_term_boost": 4})
        await engine.start()
        try:
            plain = await hear(engine, "goforward", [])
            both = await asyncio.gather(
                hear(engine, "goforward", [], keywords=("zebra, quiz", "日本")), hear(engine, "goforward", [])
            )
            assert "zebra" not in plain.text
            assert "zebra" in both[0].text
            assert both[1] == plain
        finally:
            await engine.close()

    asyncio.run(scene())


def test_a_term_that_the_vocabulary_cannot_spell_costs_only_itself(model: Path, tmp_path: Path) -> None:
    """Vocabularies of some languages have no bytes to spell with."""
    folder = tmp_path / "poor"
    shutil.copytree(model, folder)
    tokens = folder / "tokenizer.bin"
    all_bytes = b"".join(bytes([1, code]) for code in range(256))
    tokens.write_bytes(tokens.read_bytes().replace(all_bytes, b"\x02??" * 256))

    async def scene() -> None:
        engine = create({"model": str(folder), "key_term_boost": 4})
        await engine.start()
        try:
            assert "zebra" in (await hear(engine, "goforward", [], keywords=("日本", "zebra"))).text
        finally:
            await engine.close()

    asyncio.run(scene())


def test_a_long_speech_is_heard_to_its_end(model: Path) -> None:
    """The library's decoder stops after 448 tokens, 143 s of this model's words; and 150 s come at once here."""
    words = samples_16k("cards_005")
    speech = words.tobytes() * (150 * 16_000 // len(words) + 1)

    async def scene() -> None:
        engine = create({"model": str(model), "word_times": True})
        await engine.start()
        try:
            stream = engine.open(SttOptions(word_times=True), lambda _: None)
            stream.feed(speech)
            heard = await stream.finish()
            assert 450 < len(heard.text.split()) < 520
            assert " ".join(word.text for word in heard.words) == heard.text
            starts_s = [word.start_s for word in heard.words]
            assert starts_s == sorted(starts_s)
            assert 149 < heard.words[-1].end_s < 155
        finally:
            await engine.close()

    asyncio.run(scene())


def test_word_times_are_told_where_the_model_can(model: Path) -> None:
    assert not create({"model": str(model)}).info.word_times
    engine = create({"model": str(model), "word_times": True})
    assert engine.info.word_times

    async def scene() -> None:
        await engine.start()
        try:
            heard = await hear(engine, "cards_001", [], word_times=True)
            assert [word.text for word in heard.words] == heard.text.split()
            assert all(
                abs(word.start_s - 0.32 * number) < 0.33 and word.start_s < word.end_s and word.probability is None
                for number, word in enumerate(heard.words)
            )
            assert not (await hear(engine, "cards_001", [])).words
        finally:
            await engine.close()

    asyncio.run(scene())


def test_a_model_says_what_it_speaks(model: Path) -> None:
    assert create({"model": str(model)}).info.languages == ("en",)
    engine = create({"model": str(model), "language": "de"})
    with pytest.raises(ClientError, match="knows de"):
        engine.open(SttOptions(language="fr"), lambda _: None)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "model must be the folder"),
        ({"model": "/nowhere"}, r"no adapter.ort, .*tokenizer.bin, frontend.model.ort, frontend.weights.ort$"),
        ({"model": "/nowhere", "word_times": True}, "decoder_kv_with_attention.ort"),
        ({"model": "/nowhere", "speed": 1}, "speed is not an option"),
    ],
)
def test_mistakes_are_named_before_anything_is_loaded(options: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        create(options)


@pytest.mark.parametrize("name", ["encoder.ort", "tokenizer.bin", "streaming_config.json"])
def test_a_file_that_is_no_model_is_one_clear_error(model: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(model, folder)
    (folder / name).write_bytes(b"not what it says it is")

    async def scene() -> None:
        engine = create({"model": str(folder)})
        with pytest.raises(EngineError, match=r"the recogniser.*Failed to load"):
            await engine.start()
        await engine.close()

    asyncio.run(scene())
