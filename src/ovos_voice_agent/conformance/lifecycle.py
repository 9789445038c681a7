"""Checks of the life of a response: what comes, in which order, and that all of it tells one story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ovos_voice_agent.conformance.findings import Findings, Problem
from ovos_voice_agent.conformance.patterns import MISSING, brief, look_up
from ovos_voice_agent.conformance.responses import Part, Response, finished, item_id, responses
from ovos_voice_agent.conformance.transcript import Entry, Transcript

Options = Mapping[str, Any]

_KINDS = {
    "text": "response.output_text.",
    "audio": "response.output_audio",
    "call": "response.function_call_arguments.",
}


def pair(transcript: Transcript, options: Options) -> Findings:
    """`first`, `then`, `scope` (response or item): within one, every `first` comes before any `then`."""
    for part in _parts(transcript, options["scope"]):
        before, after = part.all(options["first"]), part.all(options["then"])
        if before and after:
            wrong = before[-1].place > after[0].place
            yield Problem(f"came before {options['first']}", after[0]) if wrong else None


def comes(transcript: Transcript, options: Options) -> Findings:
    """`event`, `with_event`, `scope`: where the one comes, the other does. Only in responses that ended."""
    for part in _parts(transcript, options["scope"], finished(transcript)):
        known = part.first(options["with_event"])
        if known is None or not _applies(known, options.get("if", {})):
            continue
        if not (options.get("in_band") and _aside(transcript, known)):
            came = part.first(options["event"]) or _came_late(transcript, options["event"], part.id)
            yield None if came else Problem(f"no {options['event']} goes with it", known)


def _came_late(transcript: Transcript, kind: str, item: str) -> bool:
    """After `response.done`, which is another case's matter."""
    return any(item_id(entry) == item for entry in transcript.received(kind))


def _applies(entry: Entry, conditions: Mapping[str, Any]) -> bool:
    return all(look_up(entry.event, path) == wanted for path, wanted in conditions.items())


def _aside(transcript: Transcript, entry: Entry) -> bool:
    """Whether an event belongs to an out-of-band response."""
    name = look_up(entry.event, "response_id")
    return any(
        look_up(one.event, "response.id") == name and look_up(one.event, "response.conversation_id") is None
        for one in transcript.received("response.created", "response.done")
    )


def response_ends(transcript: Transcript, _: Options) -> Findings:
    """Every response that was created is done."""
    if transcript.stopped and transcript.close_code is not None:
        return
    for response in responses(transcript):
        if response.created:
            ended = response.done is not None
            yield None if ended else Problem("no response.done followed", response.created)


def response_begins(transcript: Transcript, _: Options) -> Findings:
    """Every response that is done was created."""
    for response in responses(transcript):
        if response.done:
            yield None if response.created else Problem("no response.created came before it", response.done)


def response_ends_once(transcript: Transcript, _: Options) -> Findings:
    """One `response.done` for each response."""
    for response in responses(transcript):
        if response.done:
            again = next((entry for entry in response.late if entry.type == "response.done"), None)
            yield None if again is None else Problem("the response was done already", again)


def nothing_after_done(transcript: Transcript, _: Options) -> Findings:
    """Nothing of a response comes after its `response.done`."""
    for response in responses(transcript):
        if response.done:
            late = next((entry for entry in response.late if entry.type != "response.done"), None)
            yield None if late is None else Problem("came after response.done", late)


def one_active(transcript: Transcript, _: Options) -> Findings:
    """Responses of the conversation never overlap. (One that never ends is another case's matter.)"""
    ends = {response.id: response.done.place for response in finished(transcript) if response.done}
    last: Response | None = None
    for response in finished(transcript):
        created = response.created
        if created is None or look_up(created.event, "response.conversation_id") is None:
            continue
        if last is not None:
            yield Problem(f"{last.id} was still active", created) if ends[last.id] > created.place else None
        last = response


def output_matches(transcript: Transcript, _: Options) -> Findings:
    """`response.done` lists the items of `response.output_item.done`, in the order of `output_index`."""
    for response in finished(transcript):
        all_done = [one for one in (*response.entries, *response.late) if one.type == "response.output_item.done"]
        done = sorted(all_done, key=_output_index)
        listed = look_up(response.done.event, "response.output") if response.done else MISSING
        if not isinstance(listed, list):
            continue
        names = [item_id(entry) for entry in done]
        said = [one.get("id") if isinstance(one, Mapping) else None for one in listed]
        if done or listed:
            wrong = names != said
            yield (
                Problem(f"output lists {brief(said)}, the items done are {brief(names)}", response.done)
                if wrong
                else None
            )


def _output_index(entry: Entry) -> int:
    index = entry.event.get("output_index")
    return index if isinstance(index, int) else 0


def output_indexes(transcript: Transcript, _: Options) -> Findings:
    """`output_index` counts the items from 0, and every event of an item has the index of its item."""
    for response in finished(transcript):
        for position, part in enumerate(response.items.values()):
            wrong = next((one for one in part.entries if one.event.get("output_index", position) != position), None)
            yield Problem(f"output_index is not {position}", wrong) if wrong else None


def content_indexes(transcript: Transcript, _: Options) -> Findings:
    """`content_index` counts the parts of an item from 0."""
    for part in _parts(transcript, "item"):
        added = part.all("response.content_part.added")
        count = max(1, len(added))
        for position, entry in enumerate(added):
            wrong = entry.event.get("content_index") != position
            yield Problem(f"content_index is not {position}", entry) if wrong else None
        for entry in part.entries:
            index = entry.event.get("content_index", 0)
            if entry not in added and not (isinstance(index, int) and 0 <= index < count):
                yield Problem("content_index names no part", entry)


def known_items(transcript: Transcript, _: Options) -> Findings:
    """Every event of a response names an item that the response added."""
    for response in finished(transcript):
        if not response.first("response.output_item.added"):
            continue
        for entry in response.entries:
            if (name := item_id(entry)) and response.items and entry.type != "response.output_item.done":
                yield None if name in response.items else Problem(f"{name} is no item of this response", entry)


def known_responses(transcript: Transcript, _: Options) -> Findings:
    """Every event of a response names a response that was created."""
    created = {look_up(entry.event, "response.id") for entry in transcript.received("response.created")}
    done = {look_up(entry.event, "response.id") for entry in transcript.received("response.done")}
    for entry in transcript.received():
        name = look_up(entry.event, "response_id")
        if isinstance(name, str) and entry.type.startswith("response."):
            yield None if name in created | done else Problem(f"response {name} was never created", entry)


def item_status(transcript: Transcript, options: Options) -> Findings:
    """`event`, `by_status`: status of items in this event, by the status that their response ends with."""
    for response in finished(transcript):
        wanted = options["by_status"].get(response.status)
        items = response.items.values() if wanted else ()
        for entry in (one for part in items for one in part.all(options["event"])):
            status = look_up(entry.event, "item.status")
            if isinstance(status, str):
                yield None if status in wanted else Problem(f"item.status is {brief(status)}", entry)


def status_details(transcript: Transcript, options: Options) -> Findings:
    """`status`, `types`: what `status_details` says about a response that ended so."""
    for response in finished(transcript, options["status"]):
        if response.done:
            details = look_up(response.done.event, "response.status_details")
            kind = details.get("type") if isinstance(details, Mapping) else details
            wrong = kind is not MISSING and kind != (None if options["status"] == "completed" else options["status"])
            yield Problem(f"status_details is {brief(details)}", response.done) if wrong else None


def usage_adds_up(transcript: Transcript, _: Options) -> Findings:
    """`total_tokens` is the sum of input and output, and the details sum up to them."""
    for response in finished(transcript):
        usage = look_up(response.done.event, "response.usage") if response.done else None
        if not isinstance(usage, Mapping) or "total_tokens" not in usage:
            continue
        wrong = [text for text in _sums(usage) if text]
        yield Problem("; ".join(wrong), response.done) if wrong else None


def _sums(usage: Mapping[str, Any]) -> Iterator[str]:
    def number(path: str) -> int:
        value = look_up(usage, path)
        return value if isinstance(value, int) else 0

    if number("total_tokens") != number("input_tokens") + number("output_tokens"):
        yield "total_tokens is not the sum of input_tokens and output_tokens"
    for side in ("input", "output"):
        details = f"{side}_token_details"
        if isinstance(look_up(usage, details), Mapping):
            parts = sum(number(f"{details}.{kind}_tokens") for kind in ("text", "audio", "image"))
            if parts > number(f"{side}_tokens"):
                yield f"{details} add up to more than {side}_tokens"


def _parts(transcript: Transcript, scope: str, among: Iterator[Response] | None = None) -> Iterator[Part]:
    for response in responses(transcript) if among is None else among:
        if scope == "response":
            yield response
        else:
            yield from response.items.values()


CHECKS = (
    *(
        comes,
        content_indexes,
        item_status,
        known_items,
        known_responses,
        nothing_after_done,
        one_active,
        output_indexes,
    ),
    *(output_matches, pair, response_begins, response_ends, response_ends_once, status_details, usage_adds_up),
)
