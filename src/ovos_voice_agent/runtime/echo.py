"""Keeps a session from answering itself: what it hears of its own voice is not taken for speech.

Rules:

- It looks on at what a session sends and orders, and is asked by the detector for each window; it changes nothing else.
- What was sent is taken to be played until the client is told to stop: a reply is stopped, or a person speaks who may
  interrupt. Its end is when it has been played, not when it has been sent.
- Where it may be an echo, one window is not enough to be sure of a person: a moment of it may be unlike itself.
- While nothing is, or was just, being played, it costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovos_voice_agent.audio.codec import StreamDecoder
from ovos_voice_agent.audio.echo import DOUBTFUL, EchoGuard
from ovos_voice_agent.audio.resample import Resampler
from ovos_voice_agent.core import commands as c
from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ
from ovos_voice_agent.protocol import server_events as se

if TYPE_CHECKING:
    from ovos_voice_agent.audio.format import AudioFormat
    from ovos_voice_agent.core.outputs import Output
    from ovos_voice_agent.core.session import Input
    from ovos_voice_agent.protocol.objects import ResponseId
    from ovos_voice_agent.runtime.intake import Intake


AT_FIRST = 0.8
"""The most that a first window of speech is worth then: it may begin an onset, and is none by itself."""


class Echo:
    """The guard of one session. Implements `Tap`."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._guard = EchoGuard()
        self._formats: dict[ResponseId, AudioFormat] = {}
        self._playing: ResponseId | None = None
        self._decoder: StreamDecoder | None = None
        self._resampler = Resampler(ENGINE_RATE_HZ, ENGINE_RATE_HZ)
        self._interrupts = True
        self._spoke = False
        """Whether the window before was speech, as far as is known."""

    def judge(self, probability: float, start_sample: int, end_sample: int) -> float:
        """The probability of speech in a window that was heard, zero when it is but an echo."""
        if not self._guard.listens(start_sample):
            return probability
        window = self._intake.floats(start_sample, end_sample)
        explained = self._guard.explains(window, start_sample, probability)
        spoke, self._spoke = self._spoke, probability >= DOUBTFUL and not explained
        if explained:
            return 0.0
        return probability if spoke or self._guard.rules_out else min(probability, AT_FIRST)

    def pass_over(self, start_sample: int, end_sample: int, windows: int, level_db: float) -> None:
        """So many windows are not judged, for they are silence of that level."""
        if self._guard.listens(start_sample):
            self._guard.pass_over(end_sample, windows, level_db)

    def remember(self, start_sample: int, end_sample: int) -> None:
        """This was the end of what has passed by."""
        if self._guard.listens(start_sample):
            self._guard.remember(self._intake.floats(start_sample, end_sample), start_sample)

    def took(self, input: Input) -> None:
        """Nothing that clients send tells what they play."""

    def gave(self, output: Output) -> None:
        """Look at what the session sends and orders."""
        if isinstance(output, se.ResponseOutputAudioDelta):
            self._sent(output.response_id, output.delta)
        elif isinstance(output, c.StartReply):
            self._formats[output.response_id] = output.format
        elif isinstance(output, c.GuessReply):
            self._formats[output.reply.response_id] = output.reply.format
        elif isinstance(output, c.Detect):
            self._interrupts = getattr(output.settings, "interrupt_response", False)
        elif isinstance(output, c.StopReply) or (
            isinstance(output, se.InputAudioBufferSpeechStarted) and self._interrupts
        ):
            self._guard.stopped(self._intake.end_sample)
        elif isinstance(output, se.ResponseDone | c.DropReply):
            self._forget(output)

    def ended(self) -> None:
        """Nothing is kept outside of this object."""

    def _sent(self, response_id: ResponseId, audio: bytes) -> None:
        if self._playing != response_id:
            self._begin(response_id)
        if self._decoder is not None:
            samples = self._resampler.push(self._decoder.decode(audio))
            self._guard.played(samples, self._intake.end_sample)

    def _begin(self, response_id: ResponseId) -> None:
        self._playing = response_id
        wire = self._formats.get(response_id)
        self._decoder = StreamDecoder(wire) if wire else None
        self._resampler = Resampler(wire.rate_hz if wire else ENGINE_RATE_HZ, ENGINE_RATE_HZ)

    def _forget(self, output: se.ResponseDone | c.DropReply) -> None:
        response_id = output.response.id if isinstance(output, se.ResponseDone) else output.response_id
        self._formats.pop(response_id, None)
