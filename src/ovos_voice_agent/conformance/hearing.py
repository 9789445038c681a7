"""Checks of turns: what a detector says of speech whose place in the audio is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.client.sound import BYTES_PER_MS
from ovos_voice_agent.conformance.findings import Findings, Problem, Skip
from ovos_voice_agent.conformance.patterns import brief, look_up
from ovos_voice_agent.conformance.responses import finished, item_id, responses
from ovos_voice_agent.conformance.transcript import Entry, Transcript

Options = Mapping[str, Any]

STARTED = "input_audio_buffer.speech_started"
STOPPED = "input_audio_buffer.speech_stopped"
COMMITTED = "input_audio_buffer.committed"
TRANSCRIPTION = "conversation.item.input_audio_transcription."


def turn_comes(transcript: Transcript, options: Options) -> Findings:
    """`events`, `with_event`: there are as many of the one kind as of the other."""
    known = list(transcript.received(options["with_event"]))
    count = len(list(transcript.received(*_types(options["events"]))))
    if known and not transcript.stopped:
        wanted = " or ".join(_types(options["events"]))
        yield None if count >= len(known) else Problem(f"no {wanted} goes with it", known[count])


def turn_pair(transcript: Transcript, options: Options) -> Findings:
    """`first`, `then`: of one item, every `first` comes before any `then`."""
    for name in _items(transcript, options["first"]):
        before = [entry for entry in transcript.received(options["first"]) if item_id(entry) == name]
        after = [entry for entry in transcript.received(*_types(options["then"])) if item_id(entry) == name]
        if before and after:
            wrong = before[-1].place > after[0].place
            yield Problem(f"came before {options['first']}", after[0]) if wrong else None


def turn_item(transcript: Transcript, options: Options) -> Findings:
    """`event`, `among`: the item of this event is one that `among` named."""
    known = set(_items(transcript, *_types(options["among"])))
    for entry in transcript.received(options["event"]):
        if known:
            yield None if item_id(entry) in known else Problem("names another item", entry)


def turn_once(transcript: Transcript, options: Options) -> Findings:
    """`events`: one of these for each item."""
    seen: set[str] = set()
    for entry in transcript.received(*_types(options["events"])):
        if name := item_id(entry):
            yield None if name not in seen else Problem("came already for this item", entry)
            seen.add(name)


def speech_found(transcript: Transcript, _: Options) -> Findings:
    """Speech that was sent is noticed."""
    if transcript.speech_ms and not (transcript.stopped and transcript.close_code):
        yield None if transcript.find((STARTED,), {}) else Problem(f"speech was sent, but no {STARTED} came")


def starts_truly(transcript: Transcript, options: Options) -> Findings:
    """`padding_ms`, `tolerance_ms`: `audio_start_ms` is where speech begins, less the padding."""
    for entry in transcript.received(STARTED):
        at_ms = entry.event.get("audio_start_ms")
        if transcript.speech_ms and isinstance(at_ms, int):
            off = min(abs(at_ms - max(0.0, begin - options["padding_ms"])) for begin, _ in transcript.speech_ms)
            yield _near(entry, off, options["tolerance_ms"], "the speech begins elsewhere")


def stops_truly(transcript: Transcript, options: Options) -> Findings:
    """`silence_ms`, `tolerance_ms`: `audio_end_ms` is where speech ends, and the silence that told so."""
    for entry in transcript.received(STOPPED):
        at_ms = entry.event.get("audio_end_ms")
        if transcript.speech_ms and isinstance(at_ms, int):
            off = min(abs(at_ms - end - options["silence_ms"]) for _, end in transcript.speech_ms)
            yield _near(entry, off, options["tolerance_ms"], "the speech ends elsewhere")


def _near(entry: Entry, off_ms: float, tolerance_ms: float, reason: str) -> Problem | None:
    return None if off_ms <= tolerance_ms else Problem(f"{reason}: {off_ms:.0f} ms away", entry)


def within_the_stream(transcript: Transcript, _: Options) -> Findings:
    """Positions lie in the audio that was sent, and each turn ends after its beginning."""
    total_ms = len(transcript.sent_audio) / BYTES_PER_MS
    begins: dict[str | None, int] = {}
    for entry in transcript.received(STARTED, STOPPED):
        at_ms = entry.event.get("audio_start_ms" if entry.type == STARTED else "audio_end_ms")
        if not isinstance(at_ms, int):
            continue
        if entry.type == STARTED:
            begins[item_id(entry)] = at_ms
        right = begins.get(item_id(entry), 0) <= at_ms <= total_ms + FRAME_MS
        yield None if right else Problem(f"{at_ms} ms is outside of the turn or of the {total_ms:.0f} ms sent", entry)


FRAME_MS = 64
"""A detector may count its last frame whole."""


def positions_grow(transcript: Transcript, _: Options) -> Findings:
    """Over several turns the positions grow: one clock for the connection."""
    last = -1
    for entry in transcript.received(STARTED):
        at_ms = entry.event.get("audio_start_ms")
        if isinstance(at_ms, int):
            if last >= 0:
                yield None if at_ms > last else Problem(f"audio_start_ms is not above {last}", entry)
            last = at_ms


def transcript_given(transcript: Transcript, _: Options) -> Findings:
    """What was said is transcribed; an empty transcript is no fault of the protocol."""
    for entry in transcript.received(f"{TRANSCRIPTION}completed"):
        empty = not str(entry.event.get("transcript")).strip()
        yield Skip("the recogniser heard no words") if empty else None


def interrupted(transcript: Transcript, _: Options) -> Findings:
    """A response that is active when speech starts ends as `cancelled`, reason `turn_detected`."""
    for started in transcript.received(STARTED):
        for response in finished(transcript):
            if response.created and response.done and response.created.place < started.place < response.done.place:
                details = look_up(response.done.event, "response.status_details")
                reason = details.get("reason") if isinstance(details, Mapping) else None
                wrong = response.status != "cancelled" or reason != "turn_detected"
                yield Problem(f"ended as {response.status}, reason {reason}", response.done) if wrong else None
    if not any(transcript.received(STARTED)):
        return
    yield Skip("the answer was complete before speech was detected")


def silent_after_speech(transcript: Transcript, _: Options) -> Findings:
    """No audio of an interrupted response comes after `speech_started`."""
    for response in responses(transcript):
        created = response.created
        started = [one for one in transcript.received(STARTED) if created and one.place > created.place]
        if started and response.done and response.done.place > started[0].place:
            late = [one for one in response.all("response.output_audio.delta") if one.place > started[0].place]
            yield Problem("audio after speech_started", late[0]) if late else None


def idle(transcript: Transcript, options: Options) -> Findings:
    """`updated`, `step`: a session that shows its idle timeout sees it come."""
    shown = transcript.labelled(options["updated"])
    limit_ms = None if shown is None else look_up(shown.event, "session.audio.input.turn_detection.idle_timeout_ms")
    if not isinstance(limit_ms, int):
        yield Skip("the session shows no idle_timeout_ms")
    elif options["step"] in transcript.labels:
        came = transcript.labels[options["step"]] is not None
        yield None if came else Problem("no input_audio_buffer.timeout_triggered came")


def idle_span(transcript: Transcript, options: Options) -> Findings:
    """`step`: the silence of this event ends after it begins."""
    entry = transcript.labelled(options["step"])
    if entry is not None:
        begin_ms, end_ms = entry.event.get("audio_start_ms"), entry.event.get("audio_end_ms")
        right = isinstance(begin_ms, int) and isinstance(end_ms, int) and 0 <= begin_ms <= end_ms
        yield None if right else Problem(f"from {brief(begin_ms)} to {brief(end_ms)}", entry)


def no_turn(transcript: Transcript, _: Options) -> Findings:
    """Silence is no speech."""
    entry = next(transcript.received(STARTED), None)
    yield None if entry is None else Problem("nobody spoke", entry)


def _items(transcript: Transcript, *types: str) -> list[str]:
    names = (item_id(entry) for entry in transcript.received(*types))
    return list(dict.fromkeys(name for name in names if name))


def _types(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


CHECKS = (
    *(
        idle,
        idle_span,
        interrupted,
        no_turn,
        positions_grow,
        silent_after_speech,
        speech_found,
        starts_truly,
        stops_truly,
    ),
    *(transcript_given, turn_comes, turn_item, turn_once, turn_pair, within_the_stream),
)
