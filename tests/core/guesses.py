"""Promise 11 from outside: what is guessed shows nowhere until it is adopted, and is adopted only for what it is.

Nor does a sound show that was held and was nothing. `Guesses` is told what goes in and what comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.orders import start_command
from ovos_voice_agent.core.session import Input, Session
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol.objects import ItemId, ResponseId
from tests.core.stage import Event
from tests.core.stream import demand


@dataclass(slots=True)
class Guesses:
    """What the shell works out on a guess. `asked` are words that are being guessed, `told` words that were."""

    asked: ItemId | None = None
    told: ItemId | None = None
    reply: c.StartReply | None = None
    _made: list[str] = field(default_factory=list)
    """Texts and arguments reported of the guessed reply."""
    _kept: bool = False
    _before: Any = None
    _held: bool = False
    """Whether a sound was held before this input."""
    _goes_on: bool = False
    _silent: bool = False
    """Whether this input may tell the client nothing, and change nothing."""

    def everything(self) -> list[str]:
        return [*filter(None, [self.asked, self.told]), *([self.reply.response_id] if self.reply else [])]

    # ------------------------------------------------------------------------------------------------- around an input

    def expect(self, input: Input, session: Session) -> None:
        """An input is about to be handled."""
        speech = session._turns.speech
        held = speech is not None and speech.held
        ours = self.reply is not None and getattr(input, "response_id", None) == self.reply.response_id
        self._silent = ours and not isinstance(input, ce.ResponseCancel)
        self._silent |= isinstance(input, ee.SpeechPaused | ee.SpeechResumed)
        self._silent |= isinstance(input, ee.TranscriptGuessed) and not held and (speech is None or not speech.ended)
        self._silent |= isinstance(input, ee.SpeechStarted) and (held or must_hold(session))
        self._before, self._kept, self._held = traces(session), False, held
        self._goes_on = isinstance(input, ee.SpeechResumed) and speech is not None and not speech.ended
        if ours and isinstance(input, ee.ReplyText | ee.ReplyCall):
            self._made.append(input.text if isinstance(input, ee.ReplyText) else input.arguments)
        if isinstance(input, ee.TranscriptGuessed | ee.NotGuessed) and input.item_id == self.asked:
            self.asked = None
            self.told = input.item_id if isinstance(input, ee.TranscriptGuessed) else None

    def check(self, input: Input, events: list[Event], session: Session) -> None:
        """It was handled."""
        if self._silent:
            demand(11, not events, f"the guess {input} was told: {events}")
            demand(11, traces(session) == self._before, f"the guess {input} left a trace")
        if self._goes_on and not self._held:
            demand(11, not self.everything(), f"who goes on is not heard: {self}")
        nothing = self._held and session._turns.speech is None and not isinstance(input, ce.ClientEvent)
        if nothing and "input_audio_buffer.speech_stopped" not in [event["type"] for event in events]:
            demand(11, all(event["type"] == "error" for event in events), f"what was nothing was told: {events}")
        if self.reply is not None:
            said = msgspec.json.encode(events).decode()
            demand(11, f'"{self.reply.response_id}"' not in said, f"{self.reply.response_id} shows in {events}")
        if self._kept:
            told = [
                event["delta"]
                for event in events
                if event["type"].endswith(("transcript.delta", "arguments.delta", "text.delta"))
            ]
            rest = iter(told)  # A call without arguments is told `{}` as well.
            demand(11, all(piece in rest for piece in self._made if piece), f"of {self._made} only {told} was told")
            self._made.clear()
        self._check_speech(session)

    def _check_speech(self, session: Session) -> None:
        """What is guessed is of the speech in progress; what was held waits for words that will come."""
        speech = session._turns.speech
        for guessed in filter(None, [self.asked, self.told]):
            demand(
                11, speech is not None and speech.item_id == guessed, f"the words of {guessed} are guessed for nothing"
            )
        demand(11, self.reply is None or self.told is not None, f"{self.reply} answers no words")
        if speech is not None and speech.ended is not None and not session._closed:
            demand(5, self.asked == speech.item_id, f"{speech.item_id} is over and waits for nothing")

    # ---------------------------------------------------------------------------------------------------- the commands

    def words(self, command: c.GuessTranscript | c.ResumeTranscript | c.KeepTranscript) -> None:
        """Words are guessed, or what was guessed is given up or kept."""
        if isinstance(command, c.GuessTranscript):
            demand(8, self.asked is None and self.told is None, f"{command.item_id} is guessed twice")
            self.asked = command.item_id
            return
        standing = self.told if isinstance(command, c.KeepTranscript) else self.asked or self.told
        demand(8, standing == command.item_id, f"{command} and nothing was guessed")
        self.asked = self.told = None

    def forget(self, item_id: str) -> None:
        """The utterance is over in another way."""
        self.asked = None if self.asked == item_id else self.asked
        self.told = None if self.told == item_id else self.told

    def begin(self, reply: c.StartReply) -> None:
        demand(11, self.reply is None, f"{reply.response_id} is guessed beside {self.reply}")
        self.reply = reply
        self._made.clear()

    def drop(self, response_id: ResponseId) -> None:
        standing = self.reply is not None and self.reply.response_id == response_id
        demand(8, standing, f"{response_id} was dropped and not guessed")
        self.reply = None

    def keep(self, response_id: ResponseId, session: Session) -> None:
        """It is what would have been ordered: the plan in force, and all items but its own."""
        reply = self.reply
        self.drop(response_id)
        assert reply is not None
        items = session.conversation.items()
        turn = next((at for at, item in enumerate(items) if item.id == reply.items[-1].id), None)  # type: ignore[union-attr]
        demand(11, turn is not None, f"{response_id} answers what is not there")
        assert turn is not None
        wanted = start_command(response_id, session._plan(), items[: turn + 1])
        demand(11, reply == wanted, f"{response_id} is {reply}, not {wanted}")
        self._kept = True


def traces(session: Session) -> Any:
    """All that a guess could change and must not."""
    items = msgspec.to_builtins([item.wire() for item in session.conversation.items()])
    replies = session._responses
    return items, session.settings, sorted(session.conversation.known_calls), replies.audio_was_sent, replies.heard


def must_hold(session: Session) -> bool:
    """Whether a sound that begins now is held: one reply is heard, and only words interrupt."""
    return session._turns.speech is None and session._taking._doubts()
