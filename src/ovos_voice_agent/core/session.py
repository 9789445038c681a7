"""The session: one input goes in, server events and commands come out. A table from input to method, nothing more.

Promises (checked by tests/core/test_history.py, explained in ARCHITECTURE.md):

1. At most one live response writes to the conversation.
2. One `response.done` for each `response.created`, whatever happens.
3. Nothing about a response after its `response.done`; an item belongs to one response.
4. When speech starts and may interrupt, no reply goes on.
5. A response that waits, waits for something that is pending.
6. Late results of what was cancelled or replaced change nothing.
7. Input audio is neither lost nor used twice.
8. What was started is finished or stopped; after the end of a session nothing of it runs.
9. A client that only reads server events holds the same conversation as the server.
10. Each client event is acted on or answered by an `error` that names its `event_id`.
11. A guess leaves no trace unless it is adopted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, get_args

from msgspec import UNSET

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.conversation import Conversation
from ovos_voice_agent.core.creating import ItemCreation
from ovos_voice_agent.core.greeting import FORESTALLING, Greeting
from ovos_voice_agent.core.greeting import TIMER as GREETING_TIMER
from ovos_voice_agent.core.idle import TIMER as IDLE_TIMER
from ovos_voice_agent.core.idle import IdleTimeout
from ovos_voice_agent.core.input_audio import InputAudio
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.outputs import NewId, Output, Outputs
from ovos_voice_agent.core.planning import plan_of, plan_with
from ovos_voice_agent.core.reply import Reply, ReplyPlan
from ovos_voice_agent.core.responses import Responses
from ovos_voice_agent.core.speculation import ReplyReport
from ovos_voice_agent.core.timeline import Timeline
from ovos_voice_agent.core.transcripts import Transcripts
from ovos_voice_agent.core.turn_taking import TurnTaking
from ovos_voice_agent.core.turns import Turns
from ovos_voice_agent.core.updating import SettingsInForce
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.settings import Extensions, RealtimeSettings, Settings

Input: TypeAlias = ce.AnyClientEvent | ee.EngineEvent

EXPIRY_TIMER = "expiry"
GOING_AWAY = 1001


@dataclass(frozen=True, slots=True)
class Identity:
    """What a session is called, and when it ends: `expires_at` is in Unix seconds, for clients."""

    session_id: str
    expires_at: int


class Session:
    """One connection's conversation. Not for use from two threads; never blocks; keeps no reference to the world."""

    def __init__(
        self,
        identity: Identity,
        settings: Settings,
        offer: Offer,
        new_id: NewId,
        now: float,
        defaults: Settings | None = None,
    ) -> None:
        """`settings` are those at the start, `defaults` those that null restores (the same, unless a key brought its
        own).
        `now` is in seconds of a monotonic clock, here and in `handle`."""
        self._identity = identity
        self._offer = offer
        self._out = out = Outputs(new_id, now)
        self._audio = InputAudio(now)
        self._conversation = Conversation(out, offer.limits)
        self._transcripts = Transcripts(out)
        self._settings = SettingsInForce(
            settings, defaults or settings, offer, identity.session_id, identity.expires_at
        )
        self._turns = Turns(
            out,
            self._audio,
            self._conversation,
            self._transcripts,
            self._settings.now.audio.input,
            offer.limits,
            logprobs=self._logprobs(),
        )
        self._responses = Responses(
            out,
            self._conversation,
            offer,
            self._at_ms,
            self._transcripts.is_pending,
            self._reply_ended,
            self._wants_words,
        )
        self._creation = ItemCreation(out, self._conversation, self._transcripts)
        self._idle = IdleTimeout(out)
        self._greeting = Greeting(out, offer.first_message if self._realtime else "")
        self._taking = TurnTaking(
            out,
            offer,
            self._conversation,
            self._turns,
            self._transcripts,
            self._responses,
            self._creation,
            self._idle,
            lambda: self._plan() if self._realtime else None,
            self._at_ms,
        )
        self._closed = False
        self._expires = False
        self._table = self._methods()

    def handle(self, input: Input, now: float) -> list[Output]:
        """Take one input at time `now`; returns what to send and do, in order. After the session was closed:
        nothing."""
        if self._closed:
            return []
        self._out.now = now
        try:
            self._table[type(input)](input)
            if type(input) in FORESTALLING:
                self._greeting.drop()
        except ClientError as error:
            self._out.refuse(error, getattr(input, "event_id", None))
        self._taking.review()
        return self._out.take()

    def end(self, now: float) -> list[Output]:
        """The connection is gone: the commands that stop what still runs."""
        self._out.now = now
        if not self._closed:
            self._closed = True
            self._responses.drop_all()
            self._stop()
        return self._out.take()

    @property
    def conversation(self) -> Conversation:
        """For tests and for showing a session to its operator; never changed from outside."""
        return self._conversation

    @property
    def settings(self) -> Settings:
        return self._settings.now

    def check_update(self, session: Mapping[str, Any]) -> None:
        """Raises ClientError when a `session.update` with this checked request would be refused; changes nothing."""
        copy(self._settings).update(session, audio_was_sent=self._responses.audio_was_sent)

    def _methods(self) -> dict[type[Any], Callable[[Any], None]]:
        return {
            ce.SessionUpdate: self._update,
            ce.InputAudioBufferAppend: self._append,
            ce.InputAudioBufferCommit: self._commit,
            ce.InputAudioBufferClear: self._clear,
            ce.OutputAudioBufferClear: lambda _: (
                None
            ),  # Nothing to clear: on a WebSocket the client plays (protocol.md 4.5).
            ce.ConversationItemCreate: self._create_item,
            ce.ConversationItemRetrieve: lambda event: self._conversation.retrieve(event.item_id),
            ce.ConversationItemDelete: self._delete,
            ce.ConversationItemTruncate: self._truncate,
            ce.ResponseCreate: self._create_response,
            ce.ResponseCancel: self._cancel,
            ee.Opened: self._opened,
            ee.Refused: self._refused,
            ee.ShuttingDown: self._shut_down,
            ee.TimerFired: self._timer_fired,
            ee.SpeechStarted: self._speech_started,
            ee.SpeechPaused: self._taking.speech_paused,
            ee.SpeechResumed: self._taking.speech_resumed,
            ee.SpeechLasted: self._taking.speech_lasted,
            ee.SpeechStopped: self._taking.speech_stopped,
            ee.Heard: self._turns.heard,
            ee.WordsHeard: self._taking.words_heard,
            ee.TranscriptGuessed: self._taking.transcript_guessed,
            ee.NotGuessed: self._taking.not_guessed,
            ee.Transcribed: self._taking.transcribed,
            ee.TranscriptionFailed: self._taking.transcription_failed,
            **dict.fromkeys(get_args(ReplyReport), self._taking.reply_report),
        }

    # ---------------------------------------------------------------------------------------------- opening and closing

    def _opened(self, _: ee.Opened) -> None:
        self._out.send(se.SessionCreated, session=self._settings.view())
        self._turns.open()
        self._greeting.open()
        if self._turns.settings.noise_reduction is not None:
            self._out.order(c.ReduceNoise(self._turns.settings.noise_reduction))
        seconds = self._offer.limits.session_seconds
        if seconds:
            self._expires = True
            self._out.order(c.SetTimer(EXPIRY_TIMER, self._out.now + seconds))

    def _refused(self, event: ee.Refused) -> None:
        error = event.error
        if error.param == "audio" and error.code == "invalid_value":
            error = self._bad_audio()
        self._out.refuse(error, event.event_id)

    def _bad_audio(self) -> ClientError:
        """Names the format in force, which only the session knows."""
        wanted = self._turns.settings.format.audio_format()
        name = {"pcm16": "PCM16", "pcmu": "G.711 u-law", "pcma": "G.711 A-law"}[wanted.encoding]
        what = f"mono {name} at {wanted.rate_hz // 1000}kHz"
        message = f"Invalid 'audio'. Expected base64-encoded audio bytes ({what}) but got an invalid value."
        return ClientError(message, code="invalid_value", param="audio")

    def _shut_down(self, _: ee.ShuttingDown) -> None:
        self._responses.stop_all("server_error", "The server is shutting down.")
        self._close("Server is shutting down.")

    def _close(self, reason: str) -> None:
        self._stop()
        self._out.order(c.Close(GOING_AWAY, reason))
        self._closed = True

    def _stop(self) -> None:
        """Nothing goes on after the session."""
        self._greeting.drop()
        self._taking.stop()
        self._transcripts.stop_all()
        self._idle.stop()
        if self._expires:
            self._out.order(c.ClearTimer(EXPIRY_TIMER))

    def _timer_fired(self, event: ee.TimerFired) -> None:
        if event.name == EXPIRY_TIMER:
            self._expire()
        elif event.name == IDLE_TIMER and self._idle.fired():
            self._idle_timeout()
        elif event.name == GREETING_TIMER and self._greeting.fired():
            self._greet()

    def _greet(self) -> None:
        plan = replace(self._plan(), say=self._greeting.text, tools=())
        self._responses.create(plan, Timeline("timeout"), out_of_band=False, waiting=())

    def _expire(self) -> None:
        self._expires = False
        minutes = self._offer.limits.session_seconds / 60
        message = f"Your session hit the maximum duration of {minutes:g} minutes."
        self._responses.stop_all("server_error", message)
        self._out.refuse(ClientError(message, code="session_expired"), None)
        self._close(message)

    def _idle_timeout(self) -> None:
        detecting = self._turns.detecting
        timeout_ms = getattr(detecting, "idle_timeout_ms", None)
        speech = self._turns.speech
        if speech is not None and speech.held and detecting is not None:
            self._idle.resume(detecting)  # It may be nothing: then nobody has spoken.
        if timeout_ms is None or self._responses.default is not None or speech is not None:
            return
        end_ms = self._at_ms()
        turn = self._turns.silent_turn(max(0, end_ms - timeout_ms), end_ms)
        self._transcripts.transcribed(ee.Transcribed(turn.item_id, ""))
        waiting = self._creation.recognise(None, self._turns.settings)
        self._responses.create(self._plan(), turn.timeline, out_of_band=False, waiting=waiting)

    # --------------------------------------------------------------------------------------------------------- settings

    def _update(self, event: ce.SessionUpdate) -> None:
        self._settings.update(event.session, audio_was_sent=self._responses.audio_was_sent)
        self._out.send(se.SessionUpdated, session=self._settings.view())
        before = self._turns.settings
        settings = self._settings.now.audio.input
        self._turns.configure(settings, logprobs=self._logprobs())
        if settings.noise_reduction != before.noise_reduction:
            self._out.order(c.ReduceNoise(settings.noise_reduction))
        self._taking.settings_changed()
        self._greeting.configured()

    def _logprobs(self) -> bool:
        return "item.input_audio_transcription.logprobs" in (self._settings.now.include or ())

    # ------------------------------------------------------------------------------------------------------------ audio

    def _append(self, event: ce.InputAudioBufferAppend) -> None:
        self._turns.append(event.audio)

    def _commit(self, _: ce.InputAudioBufferCommit) -> None:
        self._taking.unanswered = self._turns.commit()

    def _clear(self, _: ce.InputAudioBufferClear) -> None:
        self._turns.clear()

    def _speech_started(self, event: ee.SpeechStarted) -> None:
        self._taking.speech_started(event)
        if self._turns.speech is not None:
            self._greeting.drop()

    # ------------------------------------------------------------------------------------------------------------ items

    def _create_item(self, event: ce.ConversationItemCreate) -> None:
        self._creation.create(event, self._turns.settings, logprobs=self._logprobs())

    def _delete(self, event: ce.ConversationItemDelete) -> None:
        self._conversation.delete(event.item_id)

    def _truncate(self, event: ce.ConversationItemTruncate) -> None:
        self._conversation.truncate(event.item_id, event.content_index, event.audio_end_ms)
        self._responses.playback_stopped()

    # -------------------------------------------------------------------------------------------------------- responses

    @property
    def _realtime(self) -> bool:
        return isinstance(self._settings.now, RealtimeSettings)

    def _plan(self) -> ReplyPlan:
        settings, defaults = self._settings.now, self._settings.defaults
        assert isinstance(settings, RealtimeSettings)
        assert isinstance(defaults, RealtimeSettings)
        return plan_of(settings, self._offer, defaults.instructions)

    def _create_response(self, event: ce.ResponseCreate) -> None:
        if not self._realtime:
            message = "Invalid value: 'response.create'. Responses cannot be created in a transcription session."
            raise ClientError(message, code="invalid_value", param="type")
        asked = event.response
        out_of_band = self._out_of_band(asked.conversation)
        self._responses.check_room(out_of_band=out_of_band)
        self._settings.check_voice(asked.audio, audio_was_sent=self._responses.audio_was_sent)
        plan = plan_with(
            self._plan(), asked, self._offer, self._conversation.find, self._turns.settings.format, self._out.new_id
        )
        waiting = self._creation.recognise(plan.context, self._turns.settings)
        timeline = Timeline("client") if out_of_band else self._timeline()
        self._responses.create(plan, timeline, out_of_band=out_of_band, waiting=waiting)

    def _timeline(self) -> Timeline:
        """Of a reply that the client asks for: that of the turn which it answers, if the conversation ends with one."""
        self._idle.stop()
        turn, self._taking.unanswered = self._taking.unanswered, None
        answers = turn is not None and turn.item_id == self._conversation.last_id
        return turn.timeline if turn is not None and answers else Timeline("client")

    def _out_of_band(self, conversation: str) -> bool:
        if conversation not in ("auto", "none", self._conversation.id):
            message = f"Invalid value: '{conversation}'. Supported values are: 'auto' and 'none'."
            raise ClientError(message, code="invalid_value", param="response.conversation")
        return conversation == "none"

    def _cancel(self, event: ce.ResponseCancel) -> None:
        self._responses.cancel(event.response_id)

    def _reply_ended(self, reply: Reply) -> None:
        extensions = self._settings.now.x_ovos
        if isinstance(extensions, Extensions) and extensions.timeline:
            self._out.send(
                se.TurnTimeline,
                response_id=reply.response_id,
                item_id=reply.timeline.item_id,
                origin=reply.timeline.origin,
                marks=reply.timeline.in_order(),
                decision=reply.timeline.decision,
                word_times=reply.timeline.word_times or UNSET,
            )
        if reply.conversation is not None:
            self._idle.reply_ended(reply, self._turns.detecting if self._turns.speech is None else None)

    def _wants_words(self) -> bool:
        extensions = self._settings.now.x_ovos
        return isinstance(extensions, Extensions) and extensions.words is True

    def _at_ms(self) -> int:
        return self._audio.at_ms(self._out.now)
