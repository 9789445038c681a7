from __future__ import annotations

import asyncio
import itertools
import os
import signal
from pathlib import Path

import pytest

from ovos_voice_agent.engines.interface import Partial, SttOptions, Transcript
from ovos_voice_agent.engines.recognisers import WorkerStt
from ovos_voice_agent.engines.stt.sherpa import create
from ovos_voice_agent.errors import ClientError, ConfigError, EngineError
from ovos_voice_agent.testing.contracts import check_stt
from tests.models.transducer import make_transducer
from tests.recordings import samples_16k

pytestmark = [pytest.mark.real, pytest.mark.extra]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_transducer(tmp_path_factory.mktemp("models") / "tiny")


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
    names = ("goforward", "something", "cards_001", "cards_005")

    async def scene() -> None:
        engine = create({"model": str(model), "language": "en"})
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


def test_words_have_times_and_tokens_their_logprobs(model: Path) -> None:
    async def scene() -> None:
        engine = create({"model": str(model)})
        await engine.start()
        try:
            partials: list[Partial] = []
            heard = await hear(engine, "cards_005", partials, logprobs=True)
            length_s = len(samples_16k("cards_005")) / 16_000
            assert " ".join(word.text for word in heard.words) == heard.text
            assert all(0 <= word.start_s <= word.end_s for word in heard.words)
            assert all(one.start_s <= two.start_s for one, two in itertools.pairwise(heard.words))
            assert heard.words[0].start_s < length_s
            assert heard.logprobs
            assert all(logprob <= 0 for _, logprob in heard.logprobs)
            assert partials
            assert not (await hear(engine, "cards_005", [])).logprobs
            partials.clear()
            await hear(engine, "cards_005", partials, partials=False)
            assert partials == []
        finally:
            await engine.close()

    asyncio.run(scene())


def test_key_terms_are_heard_rather_where_the_model_can_spell_them(
    model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    able = {"model": str(model), "modeling_unit": "bpe", "key_term_score": 3}
    assert create(able).info.key_terms
    assert not create({"model": str(model)}).info.key_terms

    async def scene() -> None:
        engine = create(able)
        await engine.start()
        try:
            plain, biased, unspelt, without = await asyncio.gather(
                hear(engine, "cards_005", []),
                hear(engine, "cards_005", [], keywords=("a:3",)),
                hear(engine, "cards_005", [], keywords=("日本 :x", "", "/")),
                hear(engine, "cards_005", []),
            )
            assert plain == unspelt == without
            assert biased.text.split().count("a") > plain.text.split().count("a")
            assert " ".join(word.text for word in biased.words) == biased.text
        finally:
            await engine.close()

    asyncio.run(scene())
    assert "日本" not in capfd.readouterr().err


def test_a_model_says_what_it_speaks(model: Path) -> None:
    engine = create({"model": str(model), "language": "de"})
    assert engine.info.languages == ("de",)
    with pytest.raises(ClientError, match="knows de"):
        engine.open(SttOptions(language="fr"), lambda _: None)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "model must be the folder"),
        ({"model": "/nowhere"}, r"no file \*tokens.txt"),
        ({"model": "/nowhere", "type": "other"}, "type must be one of nemo_ctc"),
        ({"model": "/nowhere", "speed": 1}, "speed is not an option"),
        ({"model": "/nowhere", "modeling_unit": "letters"}, "modeling_unit must be one of bpe"),
        ({"model": "/nowhere", "modeling_unit": "bpe"}, r"no file \*bpe.vocab, which modeling_unit bpe needs"),
        ({"model": "/nowhere", "modeling_unit": "bpe", "type": "paraformer"}, "only models of type transducer"),
    ],
)
def test_mistakes_are_named_before_anything_is_loaded(options: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        create(options)


def test_a_wrong_file_costs_only_the_worker(model: Path, tmp_path: Path) -> None:
    """The library ends the process that loads a decoder for an encoder."""
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    for path in model.iterdir():
        (wrong / path.name).write_bytes(path.read_bytes())
    (wrong / "encoder.onnx").write_bytes((model / "decoder.onnx").read_bytes())

    async def scene() -> None:
        engine = create({"model": str(wrong)})
        with pytest.raises(EngineError, match="the recogniser"):
            await engine.start()
        await engine.close()

    asyncio.run(scene())
