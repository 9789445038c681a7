"""Who has the floor: what the person's speech does to replies, and what a turn that ends begins.

Rules:

- The person comes first: speech that may interrupt ends the reply of the conversation.
- While a reply is heard, a sound may have to show that it is more than a noise: until then nobody is told of it, and
  none of it is lost. What ends without showing it was nothing.
- In a pause that may be the end of a turn, its words are guessed and an answer is prepared; see `speculation.py`. What
  is prepared stands as long as it is what would be ordered now.
"""

from __future__ import annotations

from collections.abc import Callable

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.clock import from_ms
from ovos_voice_agent.core.conversation import Conversation
from ovos_voice_agent.core.creating import ItemCreation
from ovos_voice_agent.core.doubt import STEADY_MS, STEADY_WITH_WORDS_MS, TRIES_MS, takes_floor, wanted_words, words_of
from ovos_voice_agent.core.idle import IdleTimeout
from ovos_voice_agent.core.items import Part, StoredItem
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.orders import start_command
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.core.reply import ReplyPlan
from ovos_voice_agent.core.responses import Responses
from ovos_voice_agent.core.speculation import ReplyReport, Speculation
from ovos_voice_agent.core.transcripts import Transcripts
from ovos_voice_agent.core.turns import Speech, Turn, Turns
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.objects import ItemId, ResponseId


class TurnTaking:
    """Speech of the person and replies of ours, held together."""

    def __init__(
        self,
        outputs: Outputs,
        offer: Offer,
        conversation: Conversation,
        turns: Turns,
        transcripts: Transcripts,
        responses: Responses,
        creation: ItemCreation,
        idle: IdleTimeout,
        plan: Callable[[], ReplyPlan | None],
        at_ms: Callable[[], int],
    ) -> None:
        """`plan` is that of a reply nobody asked for in particular, None where there are no replies; `at_ms` is the
        audio clock now."""
        self._outputs = outputs
        self._offer = offer
        self._conversation = conversation
        self._turns = turns
        self._transcripts = transcripts
        self._responses = responses
        self._creation = creation
        self._idle = idle
        self._plan = plan
        self._at_ms = at_ms
        self._speculation = Speculation(outputs, at_ms)
        self.unanswered: Turn | None = None
        """The last turn, until something answers it."""

    # ----------------------------------------------------------------------------------------------------------- speech

    def speech_started(self, event: ee.SpeechStarted) -> None:
        speech = self._turns.of(event.detection)
        if speech is not None and speech.ended is not None:
            speech.ended = None  # What was held goes on before anybody knew what it was.
            self._turns.resume(speech)
        elif self._turns.speech_started(event, held=self._doubts(), tries_ms=self._tries_ms()):
            self._speaks()

    def speech_paused(self, event: ee.SpeechPaused) -> None:
        speech = self._turns.of(event.detection)
        if speech is None or speech.guessing or speech.ended is not None:
            return
        if speech.held or (self._offer.speculation != "none" and self._answers()):
            self._turns.guess(speech, event.at)

    def speech_resumed(self, event: ee.SpeechResumed) -> None:
        speech = self._turns.of(event.detection)
        if speech is not None and speech.ended is None:
            self._turns.resume(speech)
            self._speculation.drop()

    def speech_lasted(self, event: ee.SpeechLasted) -> None:
        speech = self._turns.of(event.detection)
        limit_ms = STEADY_WITH_WORDS_MS if self._offer.words_while_speaking else STEADY_MS
        if speech is not None and speech.held and event.length >= from_ms(limit_ms):
            self._believe(speech)

    def speech_stopped(self, event: ee.SpeechStopped) -> None:
        """Raises ClientError when the conversation is full; then the turn is abandoned."""
        speech = self._turns.of(event.detection)
        if speech is None:
            return
        if speech.held:
            self._held_ended(speech, event)
        else:
            self._end_turn(speech, event)

    def _speaks(self) -> None:
        """The client knows that the person speaks: what may be interrupted is."""
        speech, detecting = self._turns.speech, self._turns.detecting
        if speech is None or speech.held:
            return
        self._idle.stop()
        if detecting is not None and detecting.interrupt_response and self._plan() is not None:
            self._responses.interrupt()

    def _end_turn(self, speech: Speech, event: ee.SpeechStopped) -> None:
        guess, guessing = speech.guess, speech.guessing
        turn = self._turns.speech_stopped(speech, event)
        told = {"speculation": "late" if guessing else "none"} if self._offer.speculation != "none" else {}
        if self._plan() is not None:
            assert self._turns.detecting is not None, "speech is over when detection is turned off"
            self._idle.resume(self._turns.detecting)
            if self._answers():
                told = self._answer(turn, guess) or told
            else:
                self.unanswered = turn
        turn.timeline.decision = {**event.decision, **told}
        self._speculation.drop()
        if guess is not None:
            self.transcribed(ee.Transcribed(guess.item_id, guess.transcript, guess.language, guess.logprobs))

    def _answers(self) -> bool:
        """Whether a turn that ends now is answered."""
        detecting = self._turns.detecting
        may = detecting is not None and detecting.create_response and self._plan() is not None
        return may and self._responses.default is None

    def _answer(self, turn: Turn, guess: ee.TranscriptGuessed | None) -> dict[str, str] | None:
        """A turn has ended: answer it once its words are known. Returns what the time line is to tell of a prepared
        answer."""
        plan = self._plan()
        assert plan is not None, "only what is answered comes here"
        prepared = self._speculation.take(self._wanted(guess)) if guess is not None else None
        waiting = self._creation.recognise(None, self._turns.settings)
        words = self._transcripts.any_words(turn.item_id)
        self._responses.plan(plan, turn.timeline, waiting, words=words, prepared=prepared)
        return {"speculation": "used"} if prepared is not None else None

    # ------------------------------------------------------------------------------------------------------------ doubt

    def _doubts(self) -> bool:
        """Whether a sound that begins now has to show that it is more than a noise."""
        return self._responses.heard and self._needs_words()

    def _needs_words(self) -> bool:
        """Whether only words may interrupt a reply."""
        detecting = self._turns.detecting
        interrupts = detecting is not None and detecting.interrupt_response and self._plan() is not None
        return interrupts and self._wanted_words() > 0

    def _tries_ms(self) -> tuple[int, ...]:
        """When the recogniser is asked for words that it would not tell by itself; never, where guesses may cost."""
        asks = self._offer.speculation != "none" and not self._offer.words_while_speaking
        return TRIES_MS if asks else ()

    def _wanted_words(self) -> int:
        return wanted_words(self._offer.interruption, self._turns.detecting)

    def _is_speech(self, text: str, *, more: bool) -> bool:
        """Whether words show what was held to be the person's turn; `more` may follow. When no reply is heard any more,
        any word does."""
        if not self._doubts():
            return bool(words_of(text))
        transcription = self._turns.settings.transcription
        language = transcription.language if transcription is not None else None
        return takes_floor(text, self._wanted_words(), language, more=more)

    def _believe(self, speech: Speech) -> None:
        """What was held is the person's turn, from its true beginning on."""
        self._turns.announce(speech)
        self._speaks()
        self._transcripts.announce(speech.item_id)

    def _held_ended(self, speech: Speech, event: ee.SpeechStopped) -> None:
        """What was held is over: its words tell what it was, as soon as they are known."""
        if speech.guess is None:
            speech.ended = event
            if not speech.guessing:
                self._turns.guess(speech, event.end)
        elif self._is_speech(speech.guess.transcript, more=False):
            self._believe(speech)
            self._end_turn(speech, event)
        else:
            self._turns.let_go()

    def settings_changed(self) -> None:
        """New settings are in force: what they would not hold is told."""
        speech = self._turns.speech
        if speech is not None and speech.held and not self._needs_words():
            self._believe(speech)

    # ------------------------------------------------------------------------------------------------------ transcripts

    def words_heard(self, event: ee.WordsHeard) -> None:
        self._transcripts.words_heard(event)
        speech = self._turns.speech
        if speech is not None and speech.held and speech.item_id == event.item_id:
            if self._is_speech(f"{event.stable} {event.unstable}", more=True):
                self._believe(speech)
                if speech.ended is not None:
                    self._end_turn(speech, speech.ended)
        elif event.any_words:
            self._responses.words_heard(event.item_id)

    def transcript_guessed(self, event: ee.TranscriptGuessed) -> None:
        speech = self._guessed(event.item_id)
        if speech is None:
            return
        speech.guess = event
        speech.timeline.mark("transcript_final", self._at_ms())
        if speech.held and self._is_speech(event.transcript, more=speech.ended is None):
            self._believe(speech)
        if speech.ended is not None:
            self.speech_stopped(speech.ended)
        elif not speech.held:
            self._prepare(speech)

    def not_guessed(self, event: ee.NotGuessed) -> None:
        speech = self._guessed(event.item_id)
        if speech is not None:
            self._turns.not_guessed(speech)
            if speech.ended is not None and speech.held:
                self._turns.let_go()
            elif speech.ended is not None:
                self._end_turn(speech, speech.ended)

    def _guessed(self, item_id: ItemId) -> Speech | None:
        """The speech whose words are being guessed, if it has this id."""
        speech = self._turns.speech
        awaited = speech is not None and speech.item_id == item_id and speech.guessing and speech.guess is None
        return speech if awaited else None

    def transcribed(self, event: ee.Transcribed) -> None:
        if self._transcripts.transcribed(event):
            self._responses.transcript_ready(event.item_id, empty=not event.transcript.strip())

    def transcription_failed(self, event: ee.TranscriptionFailed) -> None:
        if self._transcripts.failed(event):
            self._responses.transcript_failed(event.item_id, event.code, event.message)

    # ---------------------------------------------------------------------------------------------------------- replies

    def reply_report(self, report: ReplyReport) -> None:
        """What an engine reports of a reply."""
        if not self._speculation.holds(report):
            self._responses.report(report)

    def review(self) -> None:
        """Something was changed: what is prepared stands only if it is still what would be ordered."""
        prepared, speech = self._speculation.prepared, self._turns.speech
        if prepared is None:
            return
        guess = speech.guess if speech is not None and speech.item_id == prepared.item_id else None
        command = self._wanted(guess) if guess is not None else None
        if command is None or not prepared.is_for(command):
            self._speculation.drop()

    def stop(self) -> None:
        """The session ends."""
        self._speculation.drop()

    def _prepare(self, speech: Speech) -> None:
        """The words of a turn that may be over are guessed: begin its answer."""
        if self._offer.speculation != "replies" or speech.guess is None:
            return
        command = self._wanted(speech.guess)
        if command is not None and speech.guess.transcript.strip():
            self._speculation.prepare(speech.item_id, command)

    def _wanted(self, guess: ee.TranscriptGuessed) -> c.StartReply | None:
        """What would be ordered if the turn were over now and these its words; None: nothing, or not yet."""
        plan = self._plan()
        if plan is None or not self._answers() or self._offer.allowance.refusal() or not self._has_room(guess.item_id):
            return None
        if self._creation.recognise(None, self._turns.settings) - {guess.item_id}:
            return None
        said = Part("input_audio", guess.transcript, language=guess.language)
        turn = StoredItem(guess.item_id, "message", role="user", parts=[said])
        others = [item for item in self._conversation.items() if item.id != guess.item_id]
        return start_command(ResponseId(""), plan, [*others, turn])

    def _has_room(self, item_id: ItemId) -> bool:
        """Whether the conversation has room for this turn, or holds it already."""
        if self._conversation.find(item_id) is not None:
            return True
        try:
            self._conversation.check_room()
        except ClientError:
            return False
        return True
