"""Whether a pause is the end of the turn: what is known of it, weighed anew with each window, and told in the decision.

Rules:

- `semantic_vad` ends a turn when all evidence together is probable enough for its eagerness (`engines/turn/fusion.py`).
  `server_vad` ends it after exactly the silence that it asks for (protocol.md 7.3); here it is only explained.
- The turn model, where there is one, is asked once in each pause; its answer is waited for, but not long.
- What is learned of the speaker's pauses and of the room's noise holds for the whole session.
- Nothing of what was said stands in a decision: counts, looks and numbers only.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ovos_voice_agent.audio.edges import Offset, Onset, Pause, Resumption
from ovos_voice_agent.audio.floor import NoiseFloor
from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ
from ovos_voice_agent.engines.turn.fusion import POINTS, Evidence, probability, wanted_ms
from ovos_voice_agent.engines.turn.pauses import SpeakerPauses
from ovos_voice_agent.engines.turn.transcript import Said, said
from ovos_voice_agent.protocol.settings import SemanticVad, ServerVad

if TYPE_CHECKING:
    from ovos_voice_agent.audio.edges import Edge
    from ovos_voice_agent.engines.interface import FloatSamples
    from ovos_voice_agent.engines.turn.interface import TurnModel, TurnStream

log = logging.getLogger(__name__)

MODEL_MS = 288
"""The silence up to which a pause waits for the turn model: asked at 160 ms, it answers after some 70 ms. What a busy
one says later counts as well, where the turn has not ended by then."""

GOES_ON_MS = 1_500
"""Who speaks again so soon after the end of a turn was cut off: an answer that one replies to takes longer."""

LEAD_SAMPLES = ENGINE_RATE_HZ * 3 // 10
"""What the model hears of the time before the onset: a soft beginning."""

_SAMPLES_PER_MS = ENGINE_RATE_HZ // 1000
_SMALLEST_POWER = 1e-12


class Deciding:
    """What is known of one session's speaker, and of the pause that they make."""

    def __init__(
        self,
        words: Callable[[], tuple[str, str | None]],
        model: TurnModel | None,
        audio: Callable[[int, int], FloatSamples],
    ) -> None:
        """`words` tells the words of the utterance so far and their language, `audio` the samples from here to there.
        `model` is asked where there is one."""
        self._words = words
        self._model = model
        self._audio = audio
        self._stream: TurnStream | None = None
        self._pause_number = 0
        self._asked = False
        self._answer: float | None = None
        self._onset_sample = 0
        self._settings: ServerVad | SemanticVad = ServerVad()
        self._pauses = SpeakerPauses()
        self._floor = NoiseFloor()
        self._heard: tuple[tuple[str, str | None], Said] = (("", None), said(""))
        self._silent_since: int | None = None
        self._ended = False

    def configure(self, settings: ServerVad | SemanticVad) -> None:
        self._settings = settings
        if isinstance(settings, SemanticVad) and self._stream is None and self._model is not None:
            self._stream = _opened(self._model)

    def close(self) -> None:
        """No more answers of the model."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def restart(self) -> None:
        """The audio before is not continued: no pause is under way."""
        self._silent_since = None
        self._ended = False
        self._forget_answer()

    @property
    def threshold(self) -> float:
        """The probability that counts as speech: the client's own, or what suits the noise of the room."""
        settings = self._settings
        return settings.threshold if isinstance(settings, ServerVad) else self._floor.threshold

    def levels(self, windows: FloatSamples) -> list[float]:
        """The levels of windows of shape (n, samples), in dBFS; none where nobody needs them."""
        if isinstance(self._settings, ServerVad):
            return []
        powers = np.einsum("ij,ij->i", windows, windows) / windows.shape[1]
        return [10 * math.log10(power + _SMALLEST_POWER) for power in powers.tolist()]

    def hear(self, level_dbfs: float) -> None:
        """The level of the window that is judged next."""
        self._floor.hear(level_dbfs)

    def passed_over(self, count: int, level_dbfs: float) -> None:
        """So many windows of that level are not judged, for they are silence."""
        if isinstance(self._settings, SemanticVad):
            for _ in range(count):
                self._floor.hear(level_dbfs)

    def wanted_ms(self) -> int | None:
        """How long the pause must last; None for what the client has asked for."""
        if isinstance(self._settings, ServerVad):
            return None
        wanted = wanted_ms(self._evidence(), POINTS[self._settings.eagerness])
        return max(wanted, MODEL_MS) if self._asked and self._answer is None else wanted

    def learn(self, edge: Edge) -> None:
        """From where the speaker was silent and went on."""
        if isinstance(edge, Onset):
            self._onset_sample = edge.at_sample
        if isinstance(edge, Pause):
            self._ask(edge.at_sample)
        elif isinstance(edge, Resumption | Onset):
            self._forget_answer()
        if isinstance(edge, Pause | Offset):
            self._silent_since = edge.last_speech_sample
            self._ended = isinstance(edge, Offset)
        elif isinstance(edge, Resumption | Onset) and self._silent_since is not None:
            pause_ms = (edge.at_sample - self._silent_since) / _SAMPLES_PER_MS
            if not self._ended or pause_ms <= GOES_ON_MS:
                self._pauses.heard(pause_ms, cut_off=self._ended)
            self._silent_since = None

    def _ask(self, until_sample: int) -> None:
        if self._stream is None or self._model is None or not isinstance(self._settings, SemanticVad):
            return
        self._forget_answer()
        self._asked = True
        start = max(self._onset_sample - LEAD_SAMPLES, until_sample - self._model.window_samples, 0)
        self._stream.ask(self._audio(start, until_sample), partial(self._answered, self._pause_number))

    def _answered(self, pause_number: int, answer: float) -> None:
        if pause_number == self._pause_number:
            self._answer = answer

    def _forget_answer(self) -> None:
        self._pause_number += 1
        self._asked, self._answer = False, None

    def explain(self, edge: Offset, silence_ms: int, threshold: float) -> dict[str, Any]:
        """What was known when the turn ended, and why it did; `silence_ms` is what the client has asked for."""
        lasted_ms = (edge.at_sample - edge.last_speech_sample) // _SAMPLES_PER_MS
        decision = {"by": "silence", "wanted_ms": silence_ms, "silence_ms": lasted_ms, "threshold": round(threshold, 2)}
        return decision if isinstance(self._settings, ServerVad) else decision | self._fused(lasted_ms)

    def _fused(self, lasted_ms: int) -> dict[str, Any]:
        assert isinstance(self._settings, SemanticVad)
        evidence, point = self._evidence(), POINTS[self._settings.eagerness]
        certain = probability(evidence, lasted_ms)
        return {
            "by": "evidence" if certain >= point.probability else "longest",
            "wanted_ms": wanted_ms(evidence, point),
            "probability": round(certain, 3),
            "wanted_probability": point.probability,
            "look": evidence.said.look,
            "words": evidence.said.words,
            "ending": evidence.said.ending,
            "model": None if evidence.model is None else round(evidence.model, 3),
            "pauses_ms": round(evidence.middle_ms),
            "noise_dbfs": None if self._floor.dbfs is None else round(self._floor.dbfs),
        }

    def _evidence(self) -> Evidence:
        words = self._words()
        if self._heard[0] != words:
            self._heard = (words, said(*words))
        return Evidence(self._heard[1], self._answer, self._pauses.middle_ms)


def _opened(model: TurnModel) -> TurnStream | None:
    """The model's stream; None where there is none, or it fails: then the other evidence decides."""
    try:
        return model.open()
    except Exception:
        log.exception("the turn model failed")
        return None
