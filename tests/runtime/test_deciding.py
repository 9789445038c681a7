"""What is known of a pause, and what it is worth."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from ovos_voice_agent.audio.edges import Offset, Onset, Pause, Resumption
from ovos_voice_agent.engines.interface import EngineInfo, FloatSamples
from ovos_voice_agent.engines.turn.fusion import POINTS
from ovos_voice_agent.engines.turn.pauses import TYPICAL_MS
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.protocol.settings import SemanticVad, ServerVad
from ovos_voice_agent.runtime.deciding import GOES_ON_MS, MODEL_MS, Deciding

MS = 16


class Model:
    """A turn model that answers when it is told to; it has one stream, itself."""

    info = EngineInfo("turn", "model", "it only pretends")
    window_samples = 8 * 16_000

    def __init__(self, *, opens: bool = True) -> None:
        self.opens = opens
        self.is_open = False
        self.answers: list[Callable[[float], None]] = []
        self.heard_ms: list[int] = []

    async def start(self) -> None:
        """Nothing to load."""

    def open(self) -> ModelStream:
        if not self.opens:
            raise EngineError("no")
        self.is_open = True
        return ModelStream(self)

    async def close(self) -> None:
        """Nothing to stop."""


class ModelStream:
    def __init__(self, model: Model) -> None:
        self.model = model

    def ask(self, samples: FloatSamples, deliver: Callable[[float], None]) -> None:
        self.model.heard_ms.append(len(samples) // MS)
        self.model.answers.append(deliver)

    def close(self) -> None:
        self.model.is_open = False


def audio(start_sample: int, end_sample: int) -> FloatSamples:
    return np.zeros(end_sample - start_sample, np.float32)


def deciding(words: str = "the small dog", language: str | None = None, model: Model | None = None) -> Deciding:
    made = Deciding(lambda: (words, language), model, audio)
    made.configure(SemanticVad())
    return made


def paused(made: Deciding, *pauses_ms: int) -> Deciding:
    for pause_ms in pauses_ms:
        made.learn(Pause(0, 160 * MS))
        made.learn(Resumption(pause_ms * MS))
    return made


def explained(made: Deciding, silence_ms: int) -> dict[str, object]:
    return made.explain(Offset(0, silence_ms * MS), 500, made.threshold)


def test_what_the_client_asks_for_is_only_explained() -> None:
    made = deciding()
    made.configure(ServerVad(threshold=0.7))
    assert made.wanted_ms() is None
    assert made.threshold == 0.7
    assert explained(made, 512) == {"by": "silence", "wanted_ms": 500, "silence_ms": 512, "threshold": 0.7}
    assert made.levels(np.ones((2, 512), np.float32)) == []


def test_a_slow_speaker_is_waited_for_and_a_quick_one_is_not() -> None:
    usual, slow, quick = (
        made.wanted_ms()
        for made in (deciding(), paused(deciding(), 800, 900, 700, 800, 850), paused(deciding(), *[180] * 8))
    )
    assert usual is not None
    assert slow is not None
    assert quick is not None
    assert quick < usual < slow


def test_who_goes_on_after_the_end_was_cut_off() -> None:
    made = deciding()
    before = made.wanted_ms()
    made.learn(Offset(0, 400 * MS))
    made.learn(Onset(700 * MS))
    assert before is not None
    assert (made.wanted_ms() or 0) > before


def test_the_next_turn_is_no_pause() -> None:
    made = deciding()
    made.learn(Offset(0, 400 * MS))
    made.learn(Onset((GOES_ON_MS + 100) * MS))
    made.learn(Pause(0, 160 * MS))
    made.restart()
    made.learn(Onset(700 * MS))
    assert explained(made, 600)["pauses_ms"] == TYPICAL_MS


def test_a_decision_tells_what_it_was_made_of() -> None:
    made = paused(deciding(), 600)
    for level in made.levels(np.full((40, 512), 0.001, np.float32)):
        made.hear(level)
    wanted_ms = made.wanted_ms()
    assert wanted_ms is not None
    decision = explained(made, wanted_ms + 20)
    assert decision["by"] == "evidence"
    assert decision["wanted_ms"] == wanted_ms
    assert decision["wanted_probability"] == POINTS["auto"].probability <= decision["probability"]
    assert (decision["look"], decision["words"], decision["model"]) == ("unclear", 3, None)
    assert decision["noise_dbfs"] == -60
    assert decision["pauses_ms"] != TYPICAL_MS
    json.dumps(decision)


def test_the_cap_is_told_as_such() -> None:
    made = deciding("and the")
    made.configure(SemanticVad(eagerness="high"))
    assert made.wanted_ms() == POINTS["high"].longest_ms
    assert explained(made, POINTS["high"].longest_ms)["by"] == "longest"


@pytest.mark.parametrize("language", ["de", "fr-FR"])
def test_other_languages_have_no_english_words(language: str) -> None:
    assert explained(deciding("die", language), 600)["ending"] is None


def test_the_model_is_asked_once_in_a_pause_and_believed() -> None:
    waits = {}
    for answer in (0.01, 0.99):
        model = Model()
        made = deciding(model=model)
        before_ms = made.wanted_ms()
        assert before_ms is not None
        made.learn(Onset(20_000 * MS))
        made.learn(Pause(21_000 * MS, 21_160 * MS))
        assert model.heard_ms == [300 + 1_160], "from before the onset to the end of the pause so far"
        model.answers[0](answer)
        waits[answer] = made.wanted_ms() or 0
        assert explained(made, 4_000)["model"] == answer
    assert waits[0.99] < before_ms
    assert waits[0.01] > MODEL_MS


def test_an_answer_is_waited_for_but_not_long() -> None:
    model = Model()
    made = deciding("what time is it", model=model)
    sure_ms = made.wanted_ms()
    made.learn(Pause(0, 160 * MS))
    assert made.wanted_ms() == MODEL_MS
    model.answers[0](0.9)
    assert made.wanted_ms() == sure_ms != MODEL_MS


def test_of_a_long_turn_the_model_hears_the_end() -> None:
    model = Model()
    made = deciding(model=model)
    made.learn(Onset(1_000 * MS))
    made.learn(Pause(20_000 * MS, 20_160 * MS))
    assert model.heard_ms == [8_000]


def test_an_answer_that_is_late_is_no_answer() -> None:
    model = Model()
    made = deciding(model=model)
    usual_ms = made.wanted_ms()
    for ending in (lambda: made.learn(Resumption(400 * MS)), made.restart, lambda: made.learn(Onset(9_000 * MS))):
        made.learn(Pause(0, 160 * MS))
        ending()
        model.answers[-1](0.99)
        assert made.wanted_ms() == pytest.approx(usual_ms, rel=0.1)
        assert explained(made, 4_000)["model"] is None


def test_only_semantic_detection_asks() -> None:
    model = Model()
    made = Deciding(lambda: ("", None), model, audio)
    made.configure(ServerVad())
    made.learn(Pause(0, 160 * MS))
    assert not model.is_open
    made.configure(SemanticVad())
    assert model.is_open
    made.close()
    assert not model.is_open
    assert model.answers == []


def test_without_its_model_the_rest_decides(caplog: pytest.LogCaptureFixture) -> None:
    made = deciding(model=Model(opens=False))
    made.learn(Pause(0, 160 * MS))
    assert made.wanted_ms() == deciding().wanted_ms()
    assert caplog.records
    made.close()
