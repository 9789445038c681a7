"""The checks that case files name: functions of a transcript and the case's options.

A check yields one finding for each thing it looks at, and nothing where what it is about did not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from ovos_voice_agent.conformance import answers, conversation, hearing, lifecycle, words
from ovos_voice_agent.conformance.findings import Findings, Problem, Skip
from ovos_voice_agent.conformance.patterns import MISSING, brief, look_up, mismatch, mismatches
from ovos_voice_agent.conformance.schemas import schemas
from ovos_voice_agent.conformance.transcript import Entry, Transcript

Options: TypeAlias = Mapping[str, Any]
Check: TypeAlias = Callable[[Transcript, Options], Findings]


def seen(transcript: Transcript, options: Options) -> Findings:
    """`step`: the wait of this name saw its event."""
    label = options["step"]
    if label not in transcript.labels:
        return
    awaited = " or ".join(transcript.awaited.get(label, ("what was sent",)))
    yield None if transcript.labels[label] is not None else Problem(f"no {awaited} came")


def fields(transcript: Transcript, options: Options) -> Findings:
    """`of` (a step) or `each` (event types), `where`: conditions by path. `if`: only for events that meet these.

    What is not there is not judged, unless the condition has `present`: missing keys have cases of their own.
    """
    for entry in _entries(transcript, options):
        if mismatches(entry.event, options.get("if", {}), transcript.kept):
            continue
        wrong = _mismatches(entry, options["where"], transcript)
        if wrong is not None:
            yield Problem("; ".join(wrong), entry) if wrong else None


def wire_fields(transcript: Transcript, options: Options) -> Findings:
    """As `fields`, of events as they were on the wire: for what a translation would hide."""
    for entry in transcript.received():
        if entry.raw.get("type") in _types(options["each"]):
            wrong = _mismatches(replace(entry, event=entry.raw), options["where"], transcript)
            if wrong is not None:
                yield Problem("; ".join(wrong), entry) if wrong else None


def refused_request(transcript: Transcript, options: Options) -> Findings:
    """`of`, `status`, `codes`: how a request over HTTP is refused."""
    entry = transcript.labelled(options["of"])
    if entry is None:
        return
    status, code = entry.event["status"], look_up(entry.event, "body.error.code")
    if status in {200, 201, 404, 405, 501}:
        yield Skip("the server wants no key" if status < 300 else "the server has no such path")
    else:
        right = status == options["status"] and code in options["codes"]
        yield None if right else Problem(f"was refused with {status}, error.code {brief(code)}", entry)


def _mismatches(entry: Entry, where: Mapping[str, Any], transcript: Transcript) -> list[str] | None:
    there = {
        path: condition
        for path, condition in where.items()
        if look_up(entry.event, path) is not MISSING or (isinstance(condition, Mapping) and "present" in condition)
    }
    if not there:
        return None
    try:
        return mismatches(entry.event, there, transcript.kept)
    except KeyError:  # a value that no event brought: its own case has failed
        return None


def never(transcript: Transcript, options: Options) -> Findings:
    """`events` (types), `where`: none of these comes, `after` a step where one is named.

    `wire`: the types are those on the wire, not their translations.
    """
    after = _after(transcript, options)
    if after is None:
        return
    types, where = _types(options["events"]), options.get("where", {})
    if options.get("wire"):
        entry = next((one for one in transcript.received(after=after) if one.raw.get("type") in types), None)
    else:
        entry = transcript.find(types, where, after)
    yield None if entry is None else Problem(options.get("because", "must not come here"), entry)


def same(transcript: Transcript, options: Options) -> Findings:
    """`left` and `right` as `step:path` (`right` may be a condition): equal values.

    `refused`: a step that must have seen an error before.
    """
    refusal = transcript.labelled(options["refused"]) if "refused" in options else None
    if refusal is not None and refusal.type != "error":
        yield Skip("what should have been refused was accepted")
        return
    left = _value(transcript, options["left"])
    right = _value(transcript, options["right"])
    if left is MISSING or right is MISSING:
        return
    entry = transcript.labelled(options["left"].partition(":")[0])
    reason = mismatch(left, right, transcript.kept)
    different = bool(reason) is not options.get("differ", False)
    yield Problem(f"{options['left']} {reason or 'did not change: ' + brief(left)}", entry) if different else None


def _value(transcript: Transcript, address: str) -> Any:
    label, _, path = address.partition(":")
    entry = transcript.labelled(label)
    return MISSING if entry is None else look_up(entry.event, path)


def error_echo(transcript: Transcript, _: Options) -> Findings:
    """Every error that answers an event of ours carries that event's `event_id`."""
    for label, place in transcript.labels.items():
        answer = transcript.labelled(f"{label}.answer")
        if place is None or answer is None or answer.type != "error":
            continue
        asked = transcript.entries[place].event.get("event_id")
        named = look_up(answer.event, "error.event_id")
        if asked is not None:
            yield None if named == asked else Problem(f"error.event_id is {brief(named)}, expected '{asked}'", answer)


def surplus_errors(transcript: Transcript, _: Options) -> Findings:
    """No error comes that answers nothing of ours. (One that names a valid event of ours is that event's case.)"""
    answers = {transcript.labels[label] for label in transcript.labels if label.endswith(".answer")}
    ours = {entry.event.get("event_id") for entry in transcript.entries if entry.way == "sent"} - {None}
    for entry in transcript.received("error"):
        if entry.place not in answers and look_up(entry.event, "error.event_id") not in ours:
            yield Problem("an error that nothing asked for", entry)
            return
    yield None


def schema(transcript: Transcript, options: Options) -> Findings:
    """`event`: every event of this type validates strictly. `dialect` names the schemas."""
    known = schemas(options.get("dialect", "ga"))
    for entry in transcript.received():
        if entry.raw.get("type") == options["event"] and not transcript.mistaken(entry):
            problems = known.problems(entry.raw)
            yield Problem("; ".join(problems[:SHOWN_PROBLEMS]), entry) if problems else None


SHOWN_PROBLEMS = 3


def known_types(transcript: Transcript, options: Options) -> Findings:
    """Every event is of a type that the dialect declares."""
    known = schemas(options.get("dialect", "ga")).events
    allowed = tuple(options.get("allowed", ()))
    for entry in transcript.received():
        declared = str(entry.raw.get("type")) in known or entry.type.startswith(allowed)
        yield None if declared else Problem(f"'{entry.raw.get('type')}' is no event of this protocol", entry)


def keys(transcript: Transcript, options: Options) -> Findings:
    """`event`, `paths`: these keys are there in every such event, null where they have no value."""
    for entry in transcript.received(options["event"]):
        absent = [path for path in options["paths"] if look_up(entry.event, path) is MISSING and _parent(entry, path)]
        yield Problem(f"{', '.join(absent)} left out", entry) if absent else None


_ITEM_KEYS = {
    "message": ["id", "type", "status", "role", "content"],
    "function_call": ["id", "type", "status", "name", "call_id", "arguments"],
    "function_call_output": ["id", "type", "call_id", "output"],
}


def item_keys(transcript: Transcript, options: Options) -> Findings:
    """`event`: the item in it has the keys of its type."""
    for entry in transcript.received(options["event"]):
        wanted = _ITEM_KEYS.get(str(look_up(entry.event, "item.type")), ["id", "type"])
        absent = [key for key in wanted if look_up(entry.event, f"item.{key}") is MISSING]
        yield Problem(f"item without {', '.join(absent)}", entry) if absent else None


def _parent(entry: Entry, path: str) -> bool:
    """Whether what holds a key is there: a missing object is another case's matter."""
    parent = path.rpartition(".")[0]
    return not parent or isinstance(look_up(entry.event, parent), Mapping)


def unique_ids(transcript: Transcript, options: Options) -> Findings:
    """`path`, `each`: the values at this path are never repeated on a connection."""
    values: set[Any] = set()
    for entry in transcript.received(*_types(options.get("each", []))):
        value = look_up(entry.event, options["path"])
        if isinstance(value, str):
            yield None if value not in values else Problem(f"{options['path']} {value} came twice", entry)
            values.add(value)


def frame_size(transcript: Transcript, options: Options) -> Findings:
    """`limit_bytes`: no frame is larger."""
    for entry in transcript.received():
        over = entry.size_bytes > options["limit_bytes"]
        yield Problem(f"a frame of {entry.size_bytes} bytes", entry) if over else None


def first_event(transcript: Transcript, _: Options) -> Findings:
    """`session.created` is the first frame."""
    entry = next(transcript.received(), None)
    if entry is not None and any(transcript.received("session.created")):
        yield None if entry.type == "session.created" else Problem("is the first frame", entry)


def stays_open(transcript: Transcript, _: Options) -> Findings:
    """The server does not close before we do, unless it is asked to."""
    if transcript.refused_status is None and not transcript.provoked:
        code = transcript.close_code
        yield None if code is None else Problem(f"the server closed the connection with code {code}")


def closed_with(transcript: Transcript, options: Options) -> Findings:
    """`after`, `codes`: once that step was sent, the server closes the connection with one of these."""
    if transcript.labels.get(options["after"]) is None:
        return
    code = transcript.close_code
    if code is None:
        yield Problem("the server did not close the connection")
    else:
        yield None if code in options["codes"] else Problem(f"the server closed the connection with code {code}")


def closes(transcript: Transcript, options: Options) -> Findings:
    """`codes`: how the server answers our close."""
    if transcript.goodbye_code is not None and transcript.close_code is None:
        right = transcript.goodbye_code in options["codes"]
        yield None if right else Problem(f"our close was answered with code {transcript.goodbye_code}")


def pong(transcript: Transcript, _: Options) -> Findings:
    """Pings are answered."""
    if transcript.pong is not None:
        yield None if transcript.pong else Problem("a ping was not answered")


def refused_status(transcript: Transcript, options: Options) -> Findings:
    """`codes`: the HTTP status with which the connection is refused."""
    status = transcript.refused_status
    if transcript.keyless:
        yield Skip("the server wants no key")
    elif status is None:
        yield Problem("the connection was opened")
    else:
        yield None if status in options["codes"] else Problem(f"the connection was refused with {status}")


def subprotocol(transcript: Transcript, options: Options) -> Findings:
    """`one_of`: what the server chose of the offered sub-protocols; `$null` is none."""
    if transcript.refused_status is not None:
        yield Skip(f"the connection was refused with {transcript.refused_status}")
        return
    reason = mismatch(transcript.subprotocol, {"one_of": options["one_of"]}, {})
    yield Problem(f"the sub-protocol {reason}") if reason else None


def _entries(transcript: Transcript, options: Options) -> Iterator[Entry]:
    if "of" in options:
        entry = transcript.labelled(options["of"])
        return iter(() if entry is None else (entry,))
    return transcript.received(*_types(options["each"]))


def _types(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _after(transcript: Transcript, options: Options) -> int | None:
    """The place after which to look; None where the step was not reached."""
    label = options.get("after")
    if label is None:
        return -1
    return transcript.labels.get(label)


CHECKS: Mapping[str, Check] = {
    check.__name__: check
    for check in (
        *(closed_with, closes, error_echo, fields, first_event, frame_size, item_keys, keys, known_types, never, pong),
        *(refused_request, refused_status, same, schema, seen, stays_open, subprotocol, surplus_errors, unique_ids),
        wire_fields,
        *answers.CHECKS,
        *conversation.CHECKS,
        *hearing.CHECKS,
        *lifecycle.CHECKS,
        *words.CHECKS,
    )
}
