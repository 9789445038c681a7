"""Checks that deltas, done events and items say the same words, and that audio is whole."""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from ovos_voice_agent.conformance.findings import Findings, Problem, Skip
from ovos_voice_agent.conformance.patterns import MISSING, brief, look_up
from ovos_voice_agent.conformance.responses import Part, Response, finished, item_id, responses
from ovos_voice_agent.conformance.transcript import Entry, Transcript

Options = Mapping[str, Any]

_FIELD = {
    "response.output_text": "text",
    "response.output_audio_transcript": "transcript",
    "response.function_call_arguments": "arguments",
}
"""Family of events -> the field of its `.done`."""


def words_agree(transcript: Transcript, options: Options) -> Findings:
    """`family`, `place`: the words told at this place are those told at the other places (see `_told`)."""
    for part, told in _told_everywhere(transcript, options["family"]):
        if options["place"] in told:
            text, entry = told[options["place"]]
            truth = _truth(told)
            wrong = truth is not None and text != truth
            yield Problem(f"says {brief(text)}, elsewhere item {part.id} is {brief(truth)}", entry) if wrong else None


def deltas_come(transcript: Transcript, options: Options) -> Findings:
    """`family`: a done event with words in it had deltas before it."""
    for _, told in _told_everywhere(transcript, options["family"]):
        if "done" in told and told["done"][0]:
            yield None if "deltas" in told else Problem("no delta came before it", told["done"][1])


Told: TypeAlias = dict[str, tuple[str, Entry]]


def _told_everywhere(transcript: Transcript, family: str) -> Iterator[tuple[Part, Told]]:
    """What each item's words are according to each place, in responses whose events all belong somewhere."""
    if strays(transcript):
        return
    for response in finished(transcript):
        for part in response.items.values():
            if part.first(f"{family}.delta", f"{family}.done"):
                yield part, _told(response, part, family)


def _told(response: Response, part: Part, family: str) -> Told:
    """Place -> words: `deltas`, `done`, `part`, `item`, `conversation` and `response`, as far as they are there."""
    field = _FIELD[family]
    inner = "arguments" if field == "arguments" else f"content[0].{field}"
    done = part.first(f"{family}.done")
    deltas = [one for one in part.all(f"{family}.delta") if done is None or one.place < done.place]
    told: Told = {}
    if deltas:
        told["deltas"] = ("".join(str(one.event.get("delta")) for one in deltas), deltas[-1])
    places = (
        ("done", done, field),
        ("part", part.first("response.content_part.done"), f"part.{field}"),
        ("item", part.first("response.output_item.done"), f"item.{inner}"),
        ("conversation", part.first("conversation.item.done"), f"item.{inner}"),
        ("response", response.done, f"response.output[{list(response.items).index(part.id)}].{inner}"),
    )
    for place, entry, path in places:
        if entry is not None and isinstance(text := look_up(entry.event, path), str):
            told[place] = (text, entry)
    return told


def _truth(told: Told) -> str | None:
    """What most places say; on a tie, what the done event says."""
    counts = Counter(text for text, _ in told.values()).most_common(2)
    if len(counts) == 2 and counts[0][1] == counts[1][1]:
        return told["done"][0] if "done" in told else None
    return counts[0][0]


def strays(transcript: Transcript) -> bool:
    """Whether some event names a response or an item that is not known: then words cannot be summed up."""
    created = {response.id for response in responses(transcript) if response.created or response.done}
    return any(response.id not in created for response in responses(transcript)) or any(
        (name := item_id(entry)) and response.items and name not in response.items
        for response in finished(transcript)
        for entry in response.entries
    )


def call_agrees(transcript: Transcript, _: Options) -> Findings:
    """A function call has one `call_id` in all its events, and one `name` in those that have one."""
    for response in finished(transcript):
        for part in response.items.values():
            for path, inner in (("call_id", "item.call_id"), ("name", "item.name")):
                known = {look_up(one.event, inner) for one in part.all("response.output_item.done")} - {MISSING}
                for entry in part.entries:
                    value = look_up(entry.event, path)
                    if known and value is not MISSING and entry.type.startswith("response.function_call"):
                        yield None if value in known else Problem(f"{path} is {brief(value)}", entry)


def arguments_are_json(transcript: Transcript, _: Options) -> Findings:
    """The arguments of a completed call are a JSON object."""
    for response in finished(transcript, "completed"):
        for entry in response.all("response.function_call_arguments.done"):
            try:
                right = isinstance(json.loads(str(entry.event.get("arguments"))), dict)
            except ValueError:
                right = False
            yield None if right else Problem("arguments are no JSON object", entry)


def audio_is_whole(transcript: Transcript, options: Options) -> Findings:
    """Each audio delta is Base64 of whole samples, `sample_bytes` each."""
    for entry in transcript.received("response.output_audio.delta"):
        pcm = _decoded(entry)
        if pcm is None:
            yield Problem("delta is no Base64", entry)
        else:
            width = options.get("sample_bytes", 2)
            yield Problem(f"{len(pcm)} bytes are no whole samples", entry) if len(pcm) % width else None


def audio_is_heard(transcript: Transcript, _: Options) -> Findings:
    """A completed spoken answer with words brings audio."""
    for response in finished(transcript, "completed"):
        for part in response.items.values():
            done = part.first("response.output_audio_transcript.done")
            if done and str(done.event.get("transcript")).strip():
                yield None if part.first("response.output_audio.delta") else Problem("no audio came with it", done)


def audio_rate(transcript: Transcript, options: Options) -> Findings:
    """`bytes_per_ms`, `most_chars_per_s`, `least_chars_per_s`: the audio is as long as its words take to say."""
    for response in finished(transcript, "completed"):
        for part in response.items.values():
            done = part.first("response.output_audio_transcript.done")
            deltas = part.all("response.output_audio.delta")
            spoken = len(str(done.event.get("transcript"))) if done else 0
            size = sum(len(_decoded(one) or b"") for one in deltas)
            if done is None or not deltas:
                continue
            if spoken < options.get("least_chars", 12):
                yield Skip("the answer is too short to tell")
                continue
            chars_per_s = spoken / (size / options["bytes_per_ms"] / 1000)
            right = options["least_chars_per_s"] <= chars_per_s <= options["most_chars_per_s"]
            yield None if right else Problem(f"{chars_per_s:.1f} characters a second in this format", done)


def _decoded(entry: Entry) -> bytes | None:
    try:
        return base64.b64decode(str(entry.event.get("delta")), validate=True)
    except (binascii.Error, ValueError):
        return None


CHECKS = (arguments_are_json, audio_is_heard, audio_is_whole, audio_rate, call_agrees, deltas_come, words_agree)
