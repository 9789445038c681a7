"""A session with foreseeable ids, and short words for what tests send to it and report."""

from __future__ import annotations

import base64
import functools
import typing
from collections import Counter
from typing import Any

import msgspec
from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.clock import Tick, from_ms
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.outputs import NewId
from ovos_voice_agent.core.session import Identity, Session
from ovos_voice_agent.protocol.objects import ItemId, ResponseId
from ovos_voice_agent.protocol.settings import (
    AudioSettings,
    InputAudioSettings,
    OutputAudioSettings,
    RealtimeSettings,
    ServerVad,
    Settings,
    Transcription,
    TranscriptionSettings,
)
from ovos_voice_agent.testing.scripts import Script

Event = dict[str, Any]

BORING = ("Hear", "Forget", "Record", "rate_limits.updated")
"""What most scripts do not look at."""

OFFER = Offer(transcription_model="whisper-1", prompts={"pirate": "Talk like a {{kind}} pirate."})

TRANSCRIBED = Transcription("whisper-1")


def counted_ids() -> NewId:
    """Ids that can be foreseen: item_1, item_2, …, resp_1, …"""
    counts: Counter[str] = Counter()

    def new_id(prefix: str) -> str:
        counts[prefix] += 1
        return f"{prefix}_{counts[prefix]}"

    return new_id


def realtime(**heard: Any) -> RealtimeSettings:
    """Settings of a realtime session with these of its input; transcription is on unless it says None."""
    audio = AudioSettings(InputAudioSettings(**{"transcription": TRANSCRIBED, **heard}), OutputAudioSettings("marin"))
    return RealtimeSettings(model="gpt-realtime", instructions="Be kind.", audio=audio)


def transcribing(**heard: Any) -> TranscriptionSettings:
    """Settings of a transcription session."""
    return TranscriptionSettings(audio=AudioSettings(InputAudioSettings(**heard)))


def new_session(settings: Settings | None = None, offer: Offer = OFFER, now: float = 0.0, **more: Any) -> Session:
    return Session(Identity("sess_1", 1_790_003_600), settings or realtime(), offer, counted_ids(), now, **more)


@functools.cache
def sdk_events() -> dict[str, type[BaseModel]]:
    """The official SDK's server events by their type."""
    union, *_ = typing.get_args(RealtimeServerEvent)
    return {kind: model for model in typing.get_args(union) for kind in typing.get_args(model.__annotations__["type"])}


def check_against_sdk(event: Event) -> None:
    """Raises unless the official SDK takes this event, strictly. Our own extensions it does not know."""
    if not event["type"].startswith("x_ovos."):
        sdk_events()[event["type"]].model_validate(event, strict=True)


# ------------------------------------------------------------------------------------------------------- client events


def base64_of(audio: bytes) -> str:
    return base64.b64encode(audio).decode()


def pcm(ms: float) -> bytes:
    """So many milliseconds of PCM at 24 kHz; no two samples of the first two seconds are alike."""
    return b"".join((sample % 65_536).to_bytes(2, "little") for sample in range(round(ms * 24)))


def append(ms: float) -> Event:
    return append_bytes(pcm(ms))


def append_bytes(audio: bytes) -> Event:
    return {"type": "input_audio_buffer.append", "audio": base64_of(audio)}


def commit() -> Event:
    return {"type": "input_audio_buffer.commit"}


def update(heard: Event | None = None, spoken: Event | None = None, **session: Any) -> Event:
    """`session.update`; `heard` and `spoken` are `audio.input` and `audio.output`."""
    audio = {key: value for key, value in (("input", heard), ("output", spoken)) if value is not None}
    return {"type": "session.update", "session": {"type": "realtime", **({"audio": audio} if audio else {}), **session}}


def item(id: str | None = None, text: str = "Hello", previous: str | None = None, role: str = "user") -> Event:
    kind = "output_text" if role == "assistant" else "input_text"
    message = {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}
    return {"type": "conversation.item.create", "item": {**message, "id": id}, "previous_item_id": previous}


def create(**response: Any) -> Event:
    return {"type": "response.create", "response": response}


def cancel(response_id: str | None = None) -> Event:
    return {"type": "response.cancel", "response_id": response_id}


def truncate(item_id: str, audio_end_ms: float, content_index: int = 0) -> Event:
    ids = {"item_id": item_id, "content_index": content_index}
    return {"type": "conversation.item.truncate", **ids, "audio_end_ms": audio_end_ms}


def naming(kind: str, item_id: str) -> Event:
    """`conversation.item.retrieve` or `.delete`."""
    return {"type": f"conversation.item.{kind}", "item_id": item_id}


# ------------------------------------------------------------------------------------------------------------- reports


def started(onset_ms: float, detection: int = 0) -> ee.SpeechStarted:
    return ee.SpeechStarted(detection, from_ms(onset_ms))


def stopped(last_ms: float, end_ms: float, detection: int = 0) -> ee.SpeechStopped:
    return ee.SpeechStopped(detection, from_ms(last_ms), from_ms(end_ms), {"why": "silence"})


def paused(last_ms: float, at_ms: float, detection: int = 0) -> ee.SpeechPaused:
    return ee.SpeechPaused(detection, from_ms(last_ms), from_ms(at_ms))


def resumed(at_ms: float, detection: int = 0) -> ee.SpeechResumed:
    return ee.SpeechResumed(detection, from_ms(at_ms))


def lasted(length_ms: float, detection: int = 0) -> ee.SpeechLasted:
    return ee.SpeechLasted(detection, from_ms(length_ms), from_ms(length_ms))


def heard_until(ms: float, detection: int = 0) -> ee.Heard:
    return ee.Heard(detection, from_ms(ms))


def words(item_id: str, stable: str, any_words: bool = True, unstable: str = "") -> ee.WordsHeard:
    return ee.WordsHeard(ItemId(item_id), stable, any_words, unstable)


def guessed(item_id: str, transcript: str, **more: Any) -> ee.TranscriptGuessed:
    return ee.TranscriptGuessed(ItemId(item_id), transcript, **more)


def not_guessed(item_id: str) -> ee.NotGuessed:
    return ee.NotGuessed(ItemId(item_id))


def transcribed(item_id: str, transcript: str, **more: Any) -> ee.Transcribed:
    return ee.Transcribed(ItemId(item_id), transcript, **more)


def not_transcribed(item_id: str, code: str = "server_error", message: str = "No.") -> ee.TranscriptionFailed:
    return ee.TranscriptionFailed(ItemId(item_id), code, message)


def says(response_id: str, text: str) -> ee.ReplyText:
    return ee.ReplyText(ResponseId(response_id), text)


def phrase(response_id: str, start: int, end: int) -> ee.PhraseStarted:
    return ee.PhraseStarted(ResponseId(response_id), start, end)


def speaks(response_id: str, ms: float, *word_times: tuple[int, float]) -> ee.ReplyAudio:
    """So many milliseconds of speech at 24 kHz; `word_times` are (end of the word in the text, its time in ms)."""
    spoken = tuple(ee.WordStarted(end, round(at_ms * 24)) for end, at_ms in word_times)
    return ee.ReplyAudio(ResponseId(response_id), bytes(round(ms * 24) * 2), spoken)


def estimates(response_id: str, *word_times: tuple[int, float]) -> ee.ReplyAudio:
    """When all words of the phrase so far were said, as in `speaks`."""
    return msgspec.structs.replace(speaks(response_id, 0, *word_times), estimated=True)


def calls(response_id: str, index: int = 0, **fields: str) -> ee.ReplyCall:
    return ee.ReplyCall(ResponseId(response_id), index, **fields)


def finished(response_id: str, reason: Any = "stop", **usage: int) -> ee.ReplyFinished:
    return ee.ReplyFinished(ResponseId(response_id), reason, ee.ReplyUsage(**usage))


def failed(response_id: str, stage: str = "llm", code: str = "server_error") -> ee.ReplyFailed:
    return ee.ReplyFailed(ResponseId(response_id), stage, code, "The model failed.")


def reached(response_id: str, name: str) -> ee.StageReached:
    return ee.StageReached(ResponseId(response_id), name)


def vad(**fields: Any) -> ServerVad:
    return ServerVad(**fields)


def ms(milliseconds: float) -> Tick:
    return from_ms(milliseconds)


# ----------------------------------------------------------------------------------------------------- whole sequences

COMMITTED = ("input_audio_buffer.committed", "conversation.item.added", "conversation.item.done")
TURN_BEGINS = ("input_audio_buffer.speech_started", "StartTranscript")
TURN_ENDS = ("input_audio_buffer.speech_stopped", "FinishTranscript", *COMMITTED)
TRANSCRIBED_TELLS = tuple(f"conversation.item.input_audio_transcription.{what}" for what in ("delta", "completed"))
MESSAGE_OPENS = ("response.output_item.added", "conversation.item.added", "response.content_part.added")
ITEM_CLOSES = ("conversation.item.done", "response.output_item.done")
SPEECH_CLOSES = (
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    *ITEM_CLOSES,
)
TEXT_CLOSES = ("response.output_text.done", "response.content_part.done", *ITEM_CLOSES)
REPLY_BEGINS = ("response.created", "StartReply")


def turn(script: Script, onset_ms: float, last_ms: float, end_ms: float, *, until_ms: float | None = None) -> None:
    """The person says something, of which no word is known yet. `until_ms` is how much audio comes first, if any."""
    if until_ms is not None:
        script.send(append(until_ms)).expect()
    script.post(started(onset_ms)).expect(*TURN_BEGINS)
    script.post(stopped(last_ms, end_ms)).expect(*TURN_ENDS)


def refused(script: Script, event: Event | str, code: str, message: str, param: str | None = None) -> None:
    """The event is answered by this error alone, which names it."""
    named: Event | str = event if isinstance(event, str) else {**event, "event_id": "mine"}
    error = {"type": "invalid_request_error", "code": code, "message": message, "param": param}
    script.send(named).expect({"type": "error", "error": {**error, "event_id": None if named is event else "mine"}})
    script.finish()
