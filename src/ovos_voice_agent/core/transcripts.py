"""Transcripts of input audio: what is being recognised, and the events that tell of it (protocol.md 5.4).

- Every committed audio item gets exactly one `completed` or `failed`, where transcription is configured.
- Deltas are append-only. Before an item's id is known to the client they are held back.
- The language model needs the words whether or not the client asked for transcription events.
"""

from __future__ import annotations

from dataclasses import dataclass

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.engine_events import Transcribed, TranscriptionFailed, WordsHeard
from ovos_voice_agent.core.items import Part
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.objects import DurationUsage, ItemId, LogProb, TranscriptionErrorDetails


@dataclass(slots=True)
class Pending:
    """An utterance that is being recognised. `part` is None until it is committed.

    `item_id` is the item it belongs to: its own id, except for a second recording in one item. `reported` tells
    whether the client asked for events of it, `announced` whether it knows the item's id.
    """

    item_id: ItemId
    reported: bool
    announced: bool
    logprobs: bool = False
    part: Part | None = None
    content_index: int = 0
    stable: str = ""
    sent: str = ""
    any_words: bool = False


class Transcripts:
    """All utterances being recognised, by item."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self._pending: dict[ItemId, Pending] = {}

    def start(self, utterance: ItemId, *, reported: bool, announced: bool, logprobs: bool) -> None:
        """An utterance begins."""
        self._pending[utterance] = Pending(utterance, reported, announced, logprobs)

    def settle(self, utterance: ItemId, *, reported: bool, logprobs: bool) -> None:
        """What the client wants to know at the commit counts; of what it has seen deltas it is told the end anyway."""
        pending = self._pending[utterance]
        pending.reported, pending.logprobs = reported or bool(pending.sent), logprobs

    def commit(self, utterance: ItemId, part: Part, item_id: ItemId, content_index: int = 0) -> None:
        """The utterance has become a part of an item that the client knows."""
        pending = self._pending[utterance]
        pending.part, pending.item_id, pending.content_index, pending.announced = part, item_id, content_index, True
        self._send_delta(pending)

    def announce(self, utterance: ItemId) -> None:
        """The client was told its id."""
        pending = self._pending[utterance]
        pending.announced = True
        self._send_delta(pending)

    def drop(self, item_id: ItemId) -> None:
        """The utterance was abandoned. Who has seen deltas of it is told (protocol.md 7.4)."""
        pending = self._pending.pop(item_id, None)
        if pending is not None and pending.sent:
            self._send_failed(pending.item_id, 0, "cancelled", "The audio was cleared before it was committed.")

    def stop_all(self) -> None:
        """The session is gone: nothing more is recognised, and nothing told of it."""
        for utterance in self._pending:
            self._outputs.order(c.DropTranscript(utterance))
        self._pending.clear()

    def is_pending(self, item_id: ItemId) -> bool:
        return item_id in self._pending

    def any_words(self, item_id: ItemId) -> bool:
        """Whether any word was recognised so far."""
        pending = self._pending.get(item_id)
        return pending is not None and pending.any_words

    # ---------------------------------------------------------------------------------------------------------- reports

    def words_heard(self, event: WordsHeard) -> None:
        """A hypothesis; what is stable of it goes out."""
        pending = self._pending.get(event.item_id)
        if pending is not None:
            pending.stable, pending.any_words = event.stable, pending.any_words or event.any_words
            self._send_delta(pending)

    def transcribed(self, event: Transcribed) -> bool:
        """The final transcript; False when it belongs to nothing that is waited for."""
        pending = self._pending.get(event.item_id)
        if pending is None or pending.part is None:
            return False
        del self._pending[event.item_id]
        pending.part.text, pending.part.language = event.transcript, event.language
        if pending.reported:
            self._send_completed(event, pending)
        return True

    def failed(self, event: TranscriptionFailed) -> bool:
        """No transcript will come; False when it belongs to nothing that is waited for."""
        pending = self._pending.get(event.item_id)
        if pending is None or pending.part is None:
            return False
        del self._pending[event.item_id]
        if pending.reported:
            self._send_failed(pending.item_id, pending.content_index, event.code, event.message)
        return True

    # ----------------------------------------------------------------------------------------------------------- events

    def _send_delta(self, pending: Pending) -> None:
        if not (pending.reported and pending.announced and pending.stable.startswith(pending.sent)):
            return
        delta = pending.stable[len(pending.sent) :]
        if delta:
            pending.sent = pending.stable
            self._outputs.send(
                se.TranscriptionDelta, item_id=pending.item_id, content_index=pending.content_index, delta=delta
            )

    def _send_completed(self, event: Transcribed, pending: Pending) -> None:
        if event.transcript.startswith(pending.sent):
            pending.stable = event.transcript
            self._send_delta(pending)
        extra = {"logprobs": _wire_logprobs(event.logprobs)} if pending.logprobs and event.logprobs else {}
        seconds = (pending.part.length_ms if pending.part else 0) / 1000
        self._outputs.send(
            se.TranscriptionCompleted,
            item_id=pending.item_id,
            content_index=pending.content_index,
            transcript=event.transcript,
            usage=DurationUsage(seconds=seconds),
            **extra,
        )

    def _send_failed(self, item_id: ItemId, content_index: int, code: str, message: str) -> None:
        error = TranscriptionErrorDetails(type="transcription_error", code=code, message=message)
        self._outputs.send(se.TranscriptionFailed, item_id=item_id, content_index=content_index, error=error)


def _wire_logprobs(logprobs: tuple[tuple[str, float], ...]) -> tuple[LogProb, ...]:
    return tuple(LogProb(token, logprob, tuple(token.encode())) for token, logprob in logprobs)
