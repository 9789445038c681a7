"""The user's turns: where speech starts and ends in the input audio, and what becomes of it (protocol.md 6.4, 6.5,
7.3-7.5).

- The id announced by `speech_started` is that of the turn to its end.
- With detection on, a turn is the speech from its padded onset to the end of the silence that decided. Without it, a
turn is
  the whole buffer at the client's commit.
- What is recognised is exactly what is committed: one transcript is open at a time, from the start of the turn. Where
the words were guessed in a pause, the silence behind them is committed and not heard.
- Speech may be held: begun at its true onset and kept, but not told until it is known to be more than a noise.
- Edges carry the number of their detection; a manual commit, a clear and a switch make a new number, so late edges
are nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.clock import TICKS_PER_MS, TICKS_PER_SECOND, Tick, from_ms, from_samples, to_ms
from ovos_voice_agent.core.conversation import Conversation
from ovos_voice_agent.core.input_audio import InputAudio, Piece, joined, length_ms
from ovos_voice_agent.core.items import LONGEST_KEPT_BYTES, Part, StoredItem
from ovos_voice_agent.core.offer import Limits
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.core.timeline import Timeline
from ovos_voice_agent.core.transcripts import Transcripts
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.objects import ItemId
from ovos_voice_agent.protocol.settings import InputAudioSettings, ServerVad, TurnDetection

SHORTEST_COMMIT_MS = 100
IDLE_MARGIN = from_ms(2_000)
"""Audio kept while nobody speaks, beyond the padding (protocol.md 7.5)."""
TRIM_STEP = from_ms(1_000)
"""Old audio is let go in steps of this, not at every frame."""


@dataclass(slots=True)
class Speech:
    """Speech in progress: the reserved id, and where the turn begins (padding included).

    `held`: the client knows nothing of it yet. `guessing`: its words are being guessed, or were (`guess`), since it
    paused. `ended`: it has ended while it was held, and only its words can tell what it was.
    """

    item_id: ItemId
    start: Tick
    timeline: Timeline
    held: bool = False
    guessing: bool = False
    guess: ee.TranscriptGuessed | None = None
    ended: ee.SpeechStopped | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that was committed."""

    item_id: ItemId
    timeline: Timeline


class Turns:
    """The input audio buffer as clients see it, and the detection of turns in it."""

    def __init__(
        self,
        outputs: Outputs,
        audio: InputAudio,
        conversation: Conversation,
        transcripts: Transcripts,
        settings: InputAudioSettings,
        limits: Limits,
        *,
        logprobs: bool,
    ) -> None:
        self._outputs = outputs
        self._audio = audio
        self._conversation = conversation
        self._transcripts = transcripts
        self._limits = limits
        self.settings = settings
        self._format = settings.format.audio_format()
        self.logprobs = logprobs
        self.speech: Speech | None = None
        self._manual: ItemId | None = None
        """The id reserved for what is being recognised while detection is off."""
        self._detection = 0
        self._heard = Tick(0)

    @property
    def detecting(self) -> TurnDetection | None:
        return self.settings.turn_detection

    # --------------------------------------------------------------------------------------------------------- settings

    def open(self) -> None:
        """The session begins."""
        self._detect(fresh=True)

    def configure(self, settings: InputAudioSettings, *, logprobs: bool) -> None:
        """New settings; what follows is heard with them."""
        before, self.settings, self.logprobs = self.settings, settings, logprobs
        if settings.format != before.format:
            self._format = settings.format.audio_format()
            self._audio.format_changes()
        if settings.turn_detection == before.turn_detection:
            return
        if (settings.turn_detection is None) == (before.turn_detection is None):
            self._outputs.order(c.Detect(self._detection, settings.turn_detection, self._audio.end))
            return
        self._abandon()
        self._detection += 1
        self._detect(fresh=False)
        self._recognise_manually()

    def _detect(self, *, fresh: bool) -> None:
        self._heard = self._audio.end
        self._outputs.order(c.Detect(self._detection, self.detecting, self._audio.end, fresh))

    # ------------------------------------------------------------------------------------------------------------ audio

    def append(self, audio: bytes) -> None:
        """Audio from the client. Raises ClientError when the buffer is full; then nothing was appended."""
        wire = self._format
        room = self._limits.buffer_seconds * TICKS_PER_SECOND - self._audio.length
        if from_samples(len(audio) // wire.bytes_per_sample, wire.rate_hz) > room:
            message = (
                f"The input audio buffer is full: it holds at most {self._limits.buffer_seconds:g} seconds of audio. "
                "Commit or clear it first."
            )
            raise ClientError(message, code="input_audio_buffer_overflow")
        piece = self._audio.append(audio, wire, self._outputs.now)
        if piece is None:
            return
        self._outputs.order(c.Hear(piece.data, wire, piece.start))
        if self.detecting is None:
            self._recognise_manually()

    def heard(self, event: ee.Heard) -> None:
        """The detector is done with audio; what is old of it can go."""
        if event.detection != self._detection or self.detecting is None:
            return
        self._heard = event.until
        if self.speech is None:
            keep = Tick(self._heard - self._padding() - IDLE_MARGIN)
            if keep - self._audio.start >= TRIM_STEP:
                self._audio.discard(keep)
                self._outputs.order(c.Forget(keep))

    def _padding(self) -> Tick:
        detecting = self.detecting
        return from_ms(
            detecting.prefix_padding_ms if isinstance(detecting, ServerVad) else ServerVad().prefix_padding_ms
        )

    def _recognise_manually(self) -> None:
        """Without detection, what is in the buffer is recognised as it comes, so that a commit is answered sooner."""
        if self.detecting is None and self._manual is None and self._audio.length:
            self._manual = ItemId(self._outputs.new_id("item"))
            self._recognise(self._manual, self._audio.start, announced=False)

    def _recognise(self, item_id: ItemId, start: Tick, *, announced: bool, tries: tuple[Tick, ...] = ()) -> None:
        reported = self.settings.transcription is not None
        self._transcripts.start(item_id, reported=reported, announced=announced, logprobs=self.logprobs)
        self._outputs.order(c.StartTranscript(item_id, start, self.settings.transcription, self.logprobs, tries))

    # ----------------------------------------------------------------------------------------------------------- speech

    def of(self, detection: int) -> Speech | None:
        """The speech in progress that a report of this detection is about."""
        return self.speech if detection == self._detection else None

    def speech_started(self, event: ee.SpeechStarted, *, held: bool, tries_ms: tuple[int, ...] = ()) -> bool:
        """The person begins to speak; False when the report is of an older detection. `held`: nobody is told yet, and
        after each of `tries_ms` the words so far are asked for."""
        if event.detection != self._detection or self.speech is not None or self.detecting is None:
            return False
        start = Tick(max(event.onset - self._padding(), self._audio.committed, self._audio.start, 0))
        item_id = ItemId(self._outputs.new_id("item"))
        self.speech = Speech(item_id, start, Timeline("vad", item_id), held)
        self.speech.timeline.mark("speech_started", to_ms(event.onset))
        if not held:
            self._tell(self.speech)
        tries = tuple(Tick(event.onset + from_ms(after_ms)) for after_ms in tries_ms if held)
        self._recognise(item_id, start, announced=not held, tries=tries)
        return True

    def announce(self, speech: Speech) -> None:
        """What was held is speech."""
        speech.held = False
        self._tell(speech)

    def _tell(self, speech: Speech) -> None:
        start_ms = to_ms(speech.start)
        self._outputs.send(se.InputAudioBufferSpeechStarted, item_id=speech.item_id, audio_start_ms=start_ms)

    def let_go(self) -> None:
        """What was held is nothing."""
        self._abandon()

    def guess(self, speech: Speech, end: Tick) -> None:
        """Have the words of this speech guessed, should it be over at `end`."""
        speech.guessing = True
        self._outputs.order(c.GuessTranscript(speech.item_id, Tick(min(end, self._audio.end))))

    def not_guessed(self, speech: Speech) -> None:
        """There is no guess."""
        speech.guessing, speech.guess = False, None

    def resume(self, speech: Speech) -> None:
        """This speech goes on: what was guessed is nothing."""
        if speech.guessing:
            self.not_guessed(speech)
            self._outputs.order(c.ResumeTranscript(speech.item_id))

    def speech_stopped(self, speech: Speech, event: ee.SpeechStopped) -> Turn:
        """The person has finished: the turn is committed. Raises ClientError when the conversation is full; then the
        turn is abandoned."""
        end = Tick(min(event.end, self._audio.end))
        speech.timeline.mark("last_speech", to_ms(event.last_speech))
        self._outputs.send(se.InputAudioBufferSpeechStopped, item_id=speech.item_id, audio_end_ms=to_ms(event.end))
        self._make_room(end)
        self.speech = None
        self._commit(speech.item_id, speech.start, end, speech.timeline, known=speech.guess is not None)
        return Turn(speech.item_id, speech.timeline)

    def _make_room(self, end: Tick) -> None:
        """A full conversation takes no further turn: what was said up to `end` is let go."""
        try:
            self._conversation.check_room()
        except ClientError:
            self._abandon()
            self._audio.discard(end)
            self._outputs.order(c.Forget(end))
            raise

    # -------------------------------------------------------------------------------------------- the client's commands

    def commit(self) -> Turn:
        """`input_audio_buffer.commit`. Raises ClientError when there is less than 100 ms."""
        speech = self.speech if self.speech is not None and not self.speech.held else None
        start = self._audio.start if speech is None else speech.start
        buffered = (self._audio.end - start) / TICKS_PER_MS
        if buffered < SHORTEST_COMMIT_MS:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
                f"but buffer only has {buffered:.2f}ms of audio."
            )
            raise ClientError(message, code="input_audio_buffer_commit_empty")
        self._conversation.check_room()
        if speech is not None:
            self.resume(speech)
        elif self.speech is not None:
            self.let_go()
        item_id = self._reserved_id(start)
        timeline = speech.timeline if speech else Timeline("commit", item_id)
        timeline.origin = "commit"
        self._commit(item_id, start, self._audio.end, timeline)
        self.speech = self._manual = None
        self._audio.empty()
        self._detection += 1
        self._detect(fresh=False)
        return Turn(item_id, timeline)

    def _reserved_id(self, start: Tick) -> ItemId:
        """The id of what is being recognised; recognition begins now when nothing was."""
        if self.speech is not None:
            return self.speech.item_id
        if self._manual is None:
            self._manual = ItemId(self._outputs.new_id("item"))
            self._recognise(self._manual, start, announced=False)
        return self._manual

    def clear(self) -> None:
        """`input_audio_buffer.clear`; never fails."""
        self._abandon()
        self._audio.empty()
        self._outputs.send(se.InputAudioBufferCleared)
        self._detection += 1
        self._outputs.order(c.Forget(self._audio.end))
        self._detect(fresh=True)

    def silent_turn(self, start_ms: int, end_ms: int) -> Turn:
        """The idle timeout commits the silence since the last playback as a turn (protocol.md 6.17)."""
        item_id = ItemId(self._outputs.new_id("item"))
        timeline = Timeline("timeout", item_id)
        self._outputs.send(
            se.InputAudioBufferTimeoutTriggered, item_id=item_id, audio_start_ms=start_ms, audio_end_ms=end_ms
        )
        reported = self.settings.transcription is not None
        self._transcripts.start(item_id, reported=reported, announced=True, logprobs=False)
        start, end = Tick(max(from_ms(start_ms), self._audio.committed)), Tick(min(from_ms(end_ms), self._audio.end))
        pieces = self._audio.commit(start, end) if start < end else []
        self._outputs.order(c.Forget(self._audio.committed))
        self._add_item(item_id, pieces, timeline)
        return Turn(item_id, timeline)

    # ---------------------------------------------------------------------------------------------------------- commits

    def _commit(self, item_id: ItemId, start: Tick, end: Tick, timeline: Timeline, *, known: bool = False) -> None:
        """`known`: its words were guessed, and reported."""
        pieces = self._audio.commit(start, end)
        over = c.KeepTranscript(item_id) if known else c.FinishTranscript(item_id, end, self.logprobs)
        self._outputs.order(over)
        self._outputs.order(c.Forget(end))
        self._add_item(item_id, pieces, timeline)

    def _add_item(self, item_id: ItemId, pieces: list[Piece], timeline: Timeline) -> None:
        timeline.mark("turn_ended", self._audio.at_ms(self._outputs.now))
        self._outputs.send(se.InputAudioBufferCommitted, item_id=item_id, previous_item_id=self._conversation.last_id)
        part = Part("input_audio", None, length_ms=length_ms(pieces))
        whole = joined(pieces)
        if whole is not None and len(whole[0]) <= LONGEST_KEPT_BYTES:
            part.audio, part.format = bytearray(whole[0]), whole[1]
        self._conversation.add_complete(StoredItem(item_id, "message", role="user", parts=[part]))
        self._transcripts.settle(item_id, reported=self.settings.transcription is not None, logprobs=self.logprobs)
        self._transcripts.commit(item_id, part, item_id)

    def _abandon(self) -> None:
        """Speech or an utterance in progress comes to nothing: no item, no further event but `failed` after deltas."""
        for item_id in (self.speech.item_id if self.speech else None, self._manual):
            if item_id is not None:
                self._outputs.order(c.DropTranscript(item_id))
                self._transcripts.drop(item_id)
        self.speech = self._manual = None
