"""Checks of how the server answers what a client asks for: with an event, with an error, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.conformance.findings import Finding, Findings, Problem, Skip
from ovos_voice_agent.conformance.patterns import MISSING, brief, look_up, mismatches
from ovos_voice_agent.conformance.responses import finished
from ovos_voice_agent.conformance.transcript import Entry, Transcript

Options = Mapping[str, Any]


def refused(transcript: Transcript, options: Options) -> Findings:
    """`step`: what it sent was answered by an error with one of the codes `code` (`$null` is none), and `param`."""
    answer = f"{options['step']}.answer"
    if answer not in transcript.labels:
        return
    entry = transcript.labelled(answer)
    if entry is None:
        yield Problem("no error came")
    elif entry.type != "error":
        yield Problem(f"was accepted with {entry.type}", entry)
    else:
        yield _refusal(entry, options, transcript)


def _refusal(entry: Entry, options: Options, transcript: Transcript) -> Finding:
    wanted: dict[str, Any] = {}
    if "code" in options:
        codes = options["code"]
        wanted["error.code"] = {"one_of": codes if isinstance(codes, list) else [codes]}
    if "param" in options and look_up(entry.event, "error.param") is not MISSING:
        wanted["error.param"] = options["param"]
    if "message" in options:
        wanted["error.message"] = {"matches": options["message"]}
    wrong = mismatches(entry.event, wanted, transcript.kept)
    return Problem("; ".join(wrong), entry) if wrong else None


def accepted(transcript: Transcript, options: Options) -> Findings:
    """`step`: what it sent was not answered by an error."""
    entry = transcript.labelled(f"{options['step']}.answer")
    if entry is not None:
        yield Problem("was refused", entry) if entry.type == "error" else None


def answered_with(transcript: Transcript, options: Options) -> Findings:
    """`step`, `events`, `codes`: the answer is one of these events, or an error with one of these codes."""
    entry = transcript.labelled(f"{options['step']}.answer")
    if entry is None:
        return
    right = entry.type in options["events"] or look_up(entry.event, "error.code") in options["codes"]
    yield None if right else Problem(f"was answered with {entry.type}", entry)


def refused_if_active(transcript: Transcript, options: Options) -> Findings:
    """As `refused`, for a second `response.create`: it cannot be judged when the first was done already."""
    entry = transcript.labelled(f"{options['step']}.answer")
    begun = len(list(transcript.received("response.created")))
    if entry is not None and entry.type == "response.done" and begun > 1:
        yield Skip("the first answer was complete before the second was asked for")
    elif entry is not None and entry.type != "error":
        yield Problem("no error came", entry)
    else:
        yield from refused(transcript, options)


def cancelled(transcript: Transcript, options: Options) -> Findings:
    """`done`, `reason`: the response that was cancelled says so; unless it was complete before."""
    asked, entry = transcript.labelled(options["cancel"]), transcript.labelled(options["done"])
    if asked is None or entry is None:
        return
    if entry.type == "error":
        yield Skip("the answer was complete before it was cancelled")
        return
    status = look_up(entry.event, "response.status")
    reason = look_up(entry.event, "response.status_details.reason")
    wrong = status not in {"cancelled", "completed"} or (status == "cancelled" and reason != options["reason"])
    if status == "completed" and not wrong:
        yield Skip("the answer was complete before it was cancelled")
    else:
        yield Problem(f"status {brief(status)}, reason {brief(reason)}", entry) if wrong else None


def as_many(transcript: Transcript, options: Options) -> Findings:
    """`events`, `sent`: no more of these came than were asked for."""
    came = list(transcript.received(options["events"]))
    asked = len(list(transcript.sent(options["sent"])))
    if came:
        yield None if len(came) <= asked else Problem(f"{len(came)} came for {asked} {options['sent']}", came[asked])


def between(transcript: Transcript, options: Options) -> Findings:
    """`events`, `after`, `before`: none of these comes between two steps."""
    after, before = transcript.labels.get(options["after"]), transcript.labels.get(options["before"])
    if after is None or before is None:
        return
    entry = next((one for one in transcript.received(options["events"], after=after) if one.place < before), None)
    yield None if entry is None else Problem("nobody asked for it yet", entry)


def between_nothing(transcript: Transcript, options: Options) -> Findings:
    """`after`, `before`: no event of the protocol comes between a step and what another step saw."""
    after, before = transcript.labels.get(options["after"]), transcript.labels.get(options["before"])
    if after is None or before is None:
        return
    between = (one for one in transcript.received(after=after) if one.place < before)
    entry = next((one for one in between if one.type.startswith(_KNOWN)), None)
    yield None if entry is None else Problem("nothing was to be answered", entry)


_KNOWN = ("error", "session.", "conversation.", "input_audio_buffer.", "response.", "transcription_session.")
"""Beginnings of what a client understands; a server may say other things at any time."""


def answered_if_heard(transcript: Transcript, options: Options) -> Findings:
    """`step`: the response to a spoken turn began, if any words were heard in it."""
    if options["step"] not in transcript.labels:
        return
    heard = [
        str(one.event.get("transcript")).strip()
        for one in transcript.received("conversation.item.input_audio_transcription.completed")
    ]
    if transcript.labels[options["step"]] is not None:
        yield None
    elif any(heard):
        yield Problem("no response.created followed the turn")
    else:
        yield Skip("the recogniser heard no words")


def forgotten(transcript: Transcript, options: Options) -> Findings:
    """`step`, `told`, `words`, `early`: a later answer has none of the words that were cut off.

    It can be judged only where the answer that was cut had all of these words, and the later one has an early one.
    """
    entry = transcript.labelled(options["step"])
    told = transcript.kept.get(options["told"], MISSING)
    if entry is None or not isinstance(told, str):
        return
    said = str(look_up(entry.event, "response.output[0].content[0].text")).lower()
    if not all(word in told.lower() for word in (*options["words"], *options["early"])):
        yield Skip("the model did not repeat the sentence")
    elif remembered := [word for word in options["words"] if word in said]:
        yield Problem(f"the model still says '{', '.join(remembered)}'", entry)
    elif not any(word in said for word in options["early"]):
        yield Skip("the model did not say again what it was heard saying")
    else:
        yield None


def limited(transcript: Transcript, options: Options) -> Findings:
    """`done`, `least_words`: an answer of at least so many words was cut, and says why."""
    entry = transcript.labelled(options["done"])
    if entry is None or entry.type != "response.done":
        return
    status = look_up(entry.event, "response.status")
    reason = look_up(entry.event, "response.status_details.reason")
    words = str(look_up(entry.event, "response.output[0].content[0].text")).split()
    if status == "completed" and len(words) < options["least_words"]:
        yield Skip("the model answered in fewer words than the limit")
        return
    right = status == "incomplete" and reason == "max_output_tokens"
    yield None if right else Problem(f"status {brief(status)}, reason {brief(reason)}", entry)


def several_calls(transcript: Transcript, options: Options) -> Findings:
    """`done`: the calls of this response have different ids; there may be but one."""
    calls = _calls(transcript, options["done"])
    if len(calls) == 1:
        yield Skip("the model called one function")
    elif calls:
        right = len(set(calls)) == len(calls)
        yield None if right else Problem("two calls have one call_id", transcript.labelled(options["done"]))


def several_told(transcript: Transcript, options: Options) -> Findings:
    """`done`, `told`: the response after the outputs of several calls is completed."""
    entry = transcript.labelled(options["told"])
    if len(_calls(transcript, options["done"])) < 2:
        yield Skip("the model called one function")
    elif entry is not None:
        status = look_up(entry.event, "response.status")
        yield None if status == "completed" else Problem(f"ended as {brief(status)}", entry)


def _calls(transcript: Transcript, done: str) -> list[Any]:
    entry = transcript.labelled(done)
    output = look_up(entry.event, "response.output") if entry is not None else None
    items = output if isinstance(output, list) else []
    return [item.get("call_id") for item in items if isinstance(item, Mapping) and item.get("type") == "function_call"]


def turn_before_response(transcript: Transcript, _: Options) -> Findings:
    """The item of a turn is done before the response to it is created."""
    dones = {
        look_up(one.event, "item.id"): one.place
        for one in transcript.received("conversation.item.done", "conversation.item.added")
    }
    committed = list(transcript.received("input_audio_buffer.committed"))
    responses = [one for one in finished(transcript) if one.created is not None]
    for turn, response in zip(committed, responses, strict=False):
        place = dones.get(turn.event.get("item_id"))
        if place is not None and response.created is not None:
            late = place > response.created.place
            yield Problem("came before the item of its turn was done", response.created) if late else None


def committed_added(transcript: Transcript, _: Options) -> Findings:
    """Each commit adds an item to the conversation."""
    user_audio = [
        one
        for one in transcript.received("conversation.item.added")
        if look_up(one.event, "item.content[0].type") == "input_audio"
    ]
    commits = list(transcript.received("input_audio_buffer.committed"))
    if commits and not transcript.close_code:
        right = len(user_audio) >= len(commits)
        yield None if right else Problem("no item with audio was added", commits[len(user_audio)])


CHECKS = (
    *(accepted, answered_if_heard, answered_with, as_many, between, between_nothing, cancelled, committed_added),
    *(forgotten, limited, refused, refused_if_active, several_calls, several_told, turn_before_response),
)
