"""How requests are answered."""

from __future__ import annotations

from typing import Any

from ovos_voice_agent.conformance.transcript import Transcript
from tests.conformance.scene import answer, found, scene

ERROR: dict[str, Any] = {"type": "error", "error": {"code": "c", "param": "p", "message": "Cancellation failed"}}
LABELS = {"x": 0, "x.answer": 1}
SENT = {"sent": True, "type": "response.create"}


def test_refusals() -> None:
    refused = scene(SENT, ERROR, **LABELS)
    assert found("refused", refused, step="x", code="c", param="p", message="^Canc") == ["ok"]
    assert found("refused", refused, step="x", code=["a", "b"])[0].startswith("error.code is 'c'")
    assert found("refused", refused, step="x", param="q")[0].startswith("error.param is 'p'")
    assert found("refused", scene(SENT, {"type": "response.created"}, **LABELS), step="x") == [
        "was accepted with response.created"
    ]
    assert found("refused", scene(SENT), step="x") == []
    silent = scene(SENT)
    silent.labels = {"x": 0, "x.answer": None}
    assert found("refused", silent, step="x") == ["no error came"]


def test_a_missing_param_is_another_cases_matter() -> None:
    error = {"type": "error", "error": {"code": "c"}}
    assert found("refused", scene(SENT, error, **LABELS), step="x", code="c", param="p") == ["ok"]


def test_accepted_or_refused_with_a_known_code() -> None:
    refused, taken = scene(SENT, ERROR, **LABELS), scene(SENT, {"type": "done"}, **LABELS)
    assert found("accepted", refused, step="x") == ["was refused"]
    assert found("accepted", taken, step="x") == ["ok"]
    assert found("answered_with", refused, step="x", events=["done"], codes=["c"]) == ["ok"]
    assert found("answered_with", refused, step="x", events=["done"], codes=["d"]) == ["was answered with error"]
    assert found("answered_with", taken, step="x", events=["done"], codes=[]) == ["ok"]


def test_a_second_response_is_refused_unless_the_first_was_done() -> None:
    both = scene(SENT, *answer(), *answer(response="resp_2"), x=0)
    both.labels["x.answer"] = 10
    assert found("refused_if_active", both, step="x")[0].startswith("skip")
    assert found("refused_if_active", scene(SENT, ERROR, **LABELS), step="x", code="c") == ["ok"]
    assert found("refused_if_active", scene(SENT, {"type": "response.done"}, **LABELS), step="x") == ["no error came"]


def cancelled(status: str, reason: str | None) -> list[str]:
    done = {"type": "response.done", "response": {"status": status, "status_details": {"reason": reason}}}
    return found("cancelled", scene(SENT, done, x=0, d=1), cancel="x", done="d", reason="client_cancelled")


def test_cancelled_responses_say_so() -> None:
    assert cancelled("cancelled", "client_cancelled") == ["ok"]
    assert cancelled("cancelled", "turn_detected") != ["ok"]
    assert cancelled("failed", None) != ["ok"]
    assert cancelled("completed", None)[0].startswith("skip")
    assert found("cancelled", scene(SENT, ERROR, x=0, d=1), cancel="x", done="d", reason="r")[0].startswith("skip")


def test_nothing_unasked() -> None:
    event = {"type": "response.a"}
    events = scene(SENT, event, SENT, event, first=0, second=2)
    assert found("between", events, events="response.a", after="first", before="second") == ["nobody asked for it yet"]
    assert found("between", events, events="b", after="first", before="second") == ["ok"]
    assert found("between_nothing", events, after="first", before="second") == ["nothing was to be answered"]
    assert found("between_nothing", events, after="nobody", before="second") == []
    beat = scene(SENT, {"type": "vendor.heartbeat"}, SENT, first=0, second=2)
    assert found("between_nothing", beat, after="first", before="second") == ["ok"]
    assert found("as_many", events, events="response.a", sent="response.create") == ["ok"]
    assert found("as_many", scene(SENT, event, event), events="response.a", sent="response.create") != ["ok"]


def test_a_turn_is_answered_if_words_were_heard() -> None:
    heard = {"type": "conversation.item.input_audio_transcription.completed", "transcript": "hello"}
    silent = scene(heard)
    silent.labels["r"] = None
    assert found("answered_if_heard", silent, step="r") == ["no response.created followed the turn"]
    deaf = scene(heard | {"transcript": ""})
    deaf.labels["r"] = None
    assert found("answered_if_heard", deaf, step="r")[0].startswith("skip")
    assert found("answered_if_heard", scene(heard, r=0), step="r") == ["ok"]
    assert found("answered_if_heard", scene(heard), step="r") == []


def memory(said: str, told: str = "The quick brown fox is lazy.") -> list[str]:
    content = [{"type": "output_text", "text": said}]
    transcript = scene({"type": "response.done", "response": {"output": [{"content": content}]}}, m=0)
    transcript.kept["told"] = told
    return found("forgotten", transcript, step="m", told="told", words=["lazy"], early=["quick"])


def test_what_was_cut_off_is_forgotten() -> None:
    assert memory("The quick") == ["ok"]
    assert memory("The quick and lazy") == ["the model still says 'lazy'"]
    assert memory("I do not know")[0].startswith("skip")
    assert memory("The quick", told="Something else")[0].startswith("skip")


def test_turns_come_before_their_responses_and_are_added() -> None:
    item = {"id": "a", "content": [{"type": "input_audio"}]}
    turn = [
        {"type": "input_audio_buffer.committed", "item_id": "a"},
        {"type": "conversation.item.added", "item": item},
        {"type": "conversation.item.done", "item": item},
    ]
    assert found("turn_before_response", scene(*turn, *answer())) == ["ok"]
    assert found("turn_before_response", scene(*answer(), *turn)) == ["came before the item of its turn was done"]
    assert found("committed_added", scene(*turn)) == ["ok"]
    assert found("committed_added", scene(turn[0])) == ["no item with audio was added"]


def test_an_answer_is_cut_where_it_is_long_enough() -> None:
    def ended(status: str, text: str, **details: Any) -> Transcript:
        output = [{"content": [{"text": text}]}]
        response = {"status": status, "status_details": details or None, "output": output}
        return scene({"type": "response.done", "response": response}, x=0)

    assert found("limited", ended("completed", "Yes, sir."), done="x", least_words=4)[0].startswith("skip")
    assert found("limited", ended("completed", "one two three four"), done="x", least_words=4) == [
        "status 'completed', reason (missing)"
    ]
    cut = ended("incomplete", "one two", reason="max_output_tokens")
    assert found("limited", cut, done="x", least_words=4) == ["ok"]
    assert found("limited", scene(), done="x", least_words=4) == []


def test_several_calls_in_one_answer() -> None:
    def answered(*calls: str, status: str = "completed") -> Transcript:
        output = [{"type": "function_call", "call_id": call} for call in calls]
        done = {"type": "response.done", "response": {"output": output}}
        return scene(done, {"type": "response.done", "response": {"status": status}}, done=0, told=1)

    assert found("several_calls", answered("a", "b"), done="done") == ["ok"]
    assert found("several_calls", answered("a", "a"), done="done") == ["two calls have one call_id"]
    assert found("several_calls", answered("a"), done="done")[0].startswith("skip")
    assert found("several_calls", answered(), done="done") == []
    places = {"done": "done", "told": "told"}
    assert found("several_told", answered("a", "b"), **places) == ["ok"]
    assert found("several_told", answered("a", "b", status="failed"), **places) == ["ended as 'failed'"]
    assert found("several_told", answered("a"), **places)[0].startswith("skip")
