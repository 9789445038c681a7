"""The items of a reply while they are being made: added, delta, done, in the order of protocol.md 5.10.

An item is opened once, filled, and closed once, whatever ends it; only this file sends the events of that.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core.conversation import Conversation
from ovos_voice_agent.core.engine_events import WordStarted
from ovos_voice_agent.core.items import Part, StoredItem
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.core.playback import Playback
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.objects import AudioPart, ItemId, ItemStatus, ResponseId, TextPart


class Place(Protocol):
    """Where the items of a reply go: its response, and its conversation unless it is out of band."""

    @property
    def response_id(self) -> ResponseId: ...
    @property
    def conversation(self) -> Conversation | None: ...


class MessageOutput:
    """A message being written and, with audio, spoken."""

    def __init__(self, place: Place, outputs: Outputs, index: int, format: AudioFormat | None) -> None:
        """`format` is that of the spoken audio, None for a written message."""
        self._place, self._outputs, self._index = place, outputs, index
        self._spoken = format
        self._text = ""
        self._part = Part("output_text")
        if format is not None:
            playback = Playback(format.rate_hz)
            self._part = Part("output_audio", audio=bytearray(), format=format, playback=playback)
        self.item = StoredItem(ItemId(outputs.new_id("item")), "message", "in_progress", "assistant")
        self._open()

    @property
    def audio_ms(self) -> int:
        """Milliseconds of speech made so far."""
        return self._part.playback.milliseconds() if self._part.playback else 0

    def _open(self) -> None:
        _announce(self.item, self._place, self._outputs, self._index)
        self.item.parts.append(self._part)
        part = AudioPart() if self._spoken else TextPart()
        self._outputs.send(se.ResponseContentPartAdded, **self._ids(), part=part)

    def write(self, text: str) -> None:
        """More text."""
        self._text += text
        if not self._part.cut:
            self._part.text = self._text
        event = se.ResponseOutputAudioTranscriptDelta if self._spoken else se.ResponseOutputTextDelta
        self._outputs.send(event, **self._ids(), delta=text)

    def phrase(self, start: int, end: int) -> None:
        """The audio that follows speaks these characters."""
        if self._part.playback is not None:
            self._part.playback.phrase(start, end)

    def speak(self, audio: bytes, words: tuple[WordStarted, ...]) -> None:
        """More audio."""
        if self._spoken is None or self._part.playback is None:
            return
        self._part.playback.audio(len(audio) // self._spoken.bytes_per_sample, words)
        if not self._part.cut:
            self._part.keep(audio)
            self._part.length_ms = self.audio_ms
        self._outputs.send(se.ResponseOutputAudioDelta, **self._ids(), delta=audio)

    def estimate(self, words: tuple[WordStarted, ...]) -> None:
        """When the words of the current phrase are said, in place of what was thought before."""
        if self._part.playback is not None:
            self._part.playback.estimate(words)

    def tell_words(self, words: tuple[WordStarted, ...], *, estimated: bool) -> None:
        """Tell the client when words of the current phrase are said, for those who ask."""
        if self._part.playback is None:
            return
        from_ms, timed = self._part.playback.timed(words, whole=estimated)
        spoken = tuple(se.SpokenWord(end, at_ms) for end, at_ms in timed)
        ids = {key: value for key, value in self._ids().items() if key != "output_index"}
        self._outputs.send(se.WordTimes, **ids, from_ms=from_ms, words=spoken, estimated=estimated)

    def close(self, status: ItemStatus) -> None:
        """The end, complete or not."""
        ids = self._ids()
        if self._spoken:
            if self._part.playback is not None and status == "completed":
                self._part.playback.finish()
            self._outputs.send(se.ResponseOutputAudioDone, **ids)
            self._outputs.send(se.ResponseOutputAudioTranscriptDone, **ids, transcript=self._text)
            self._outputs.send(se.ResponseContentPartDone, **ids, part=AudioPart(self._text))
        else:
            self._outputs.send(se.ResponseOutputTextDone, **ids, text=self._text)
            self._outputs.send(se.ResponseContentPartDone, **ids, part=TextPart(self._text))
        _finish(self.item, status, self._place, self._outputs, self._index)
        if self._place.conversation is not None:
            self._place.conversation.keep_audio(self._part)

    def _ids(self) -> dict[str, object]:
        return {
            "response_id": self._place.response_id,
            "item_id": self.item.id,
            "output_index": self._index,
            "content_index": 0,
        }


class CallOutput:
    """A function call being written."""

    def __init__(self, place: Place, outputs: Outputs, index: int, call_id: str, name: str) -> None:
        self._place, self._outputs, self._index = place, outputs, index
        item_id = ItemId(outputs.new_id("item"))
        self.item = StoredItem(item_id, "function_call", "in_progress", call_id=call_id, name=name)
        _announce(self.item, place, outputs, index)

    def write(self, arguments: str) -> None:
        """More of the arguments."""
        self.item.arguments += arguments
        self._outputs.send(se.ResponseFunctionCallArgumentsDelta, **self._ids(), delta=arguments)

    def close(self, status: ItemStatus) -> None:
        """The end. A complete call without arguments has `{}`: clients parse them as JSON."""
        if status == "completed" and not self.item.arguments.strip():
            self.write("{}")
        name, arguments = self.item.name, self.item.arguments
        self._outputs.send(se.ResponseFunctionCallArgumentsDone, **self._ids(), name=name, arguments=arguments)
        _finish(self.item, status, self._place, self._outputs, self._index)

    def _ids(self) -> dict[str, object]:
        ids = {"response_id": self._place.response_id, "item_id": self.item.id}
        return {**ids, "output_index": self._index, "call_id": self.item.call_id}


OutputItem: TypeAlias = MessageOutput | CallOutput


def _announce(item: StoredItem, place: Place, outputs: Outputs, index: int) -> None:
    outputs.send(se.ResponseOutputItemAdded, response_id=place.response_id, output_index=index, item=item.wire())
    if place.conversation is not None:
        place.conversation.add(item)


def _finish(item: StoredItem, status: ItemStatus, place: Place, outputs: Outputs, index: int) -> None:
    item.status = status
    if place.conversation is not None:
        place.conversation.done(item)
    outputs.send(se.ResponseOutputItemDone, response_id=place.response_id, output_index=index, item=item.wire())
