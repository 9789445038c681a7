"""A run: our own server passes every case; what is not there is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ovos_voice_agent.client import Refused
from ovos_voice_agent.conformance.playing import Manner
from ovos_voice_agent.conformance.run import judge, run
from ovos_voice_agent.conformance.suite import TARGETS, Case, Exchange, Suite, SuiteError, load, parse
from ovos_voice_agent.conformance.wire import Target
from tests.client.realtime_stub import running
from tests.conformance.correct_server import JOBS, correct_server, judged_clean, manner, target
from tests.conformance.scene import scene

NOT_ON_AZURES_PREVIEW = {"rest.models", "rest.request-id", "rest.wrong-key"}
QUICK = Manner(b"\1\0" * 2400, patience_s=0.02, speed=1000.0, settle_s=0.01)


@pytest.mark.real
@pytest.mark.parametrize("dialect", TARGETS)
def test_our_own_server_passes_every_case(dialect: str) -> None:
    result = asyncio.run(judged_clean(dialect))
    assert result.named("failed", "differs") == []
    assert set(result.named("not applicable")) == (NOT_ON_AZURES_PREVIEW if dialect == "azure-preview" else set())
    assert set(result.named("not reached")) <= {
        "events.strict.conversation.item.input_audio_transcription.failed",
        "events.strict-beta.conversation.item.input_audio_transcription.failed",
        "responses.status-details.failed",
    }
    assert result.passed
    assert result.tokens > 0


def test_a_server_that_says_nothing_fails() -> None:
    async def judged() -> list[str]:
        async with running(lambda _: []) as stub:
            result = await run(Target(stub.url), load().only(["connection.", "session.answered"]), QUICK, jobs=8)
        assert not result.passed
        assert result.verdicts["connection.wrong-key"].reason == "a key is needed (--key)"
        return result.named("failed")

    assert {"connection.session-expires", "session.answered"} & set(asyncio.run(judged())) == {"session.answered"}


def test_no_server_is_no_result() -> None:
    with pytest.raises(Refused):
        asyncio.run(run(Target("http://127.0.0.1:9"), load().only(["connection.pong"]), QUICK))


def test_an_unknown_check_is_a_mistake_of_the_suite() -> None:
    suite = parse([("g.toml", {"group": "g", "title": "G", "exchange": [{"name": "e", "about": ""}]})])
    case = Case("g.c", "g", "s", "1", "R", "no_such_check")
    wrong = type(suite)(suite.groups, suite.exchanges, (case,))
    transcript = scene()
    with pytest.raises(SuiteError, match="no check 'no_such_check'"):
        judge(wrong, {"g.e": transcript})


def test_what_a_case_needs_and_nobody_brings_is_no_failure() -> None:
    document = {"group": "g", "title": "G", "exchange": [{"name": "e", "about": "", "case": []}]}
    case = {"name": "c", "says": "s", "clause": "1", "marks": "R", "check": "seen", "needs": "x", "with": {"step": "a"}}
    document["exchange"][0]["case"].append(case)  # type: ignore[index]
    suite = parse([("g.toml", document)])
    unseen = scene()
    unseen.exchange, unseen.labels["a"] = "g.e", None
    assert judge(suite, {"g.e": unseen})["g.c"].reason == "no x came"
    seen = scene({"type": "x"})
    seen.exchange, seen.labels["a"] = "g.e", None
    assert judge(suite, {"g.e": seen})["g.c"].outcome == "failed"


@pytest.mark.parametrize(
    ("event", "outcome", "reason"),
    [
        ({"type": "error", "error": {"message": "No."}}, "not applicable", "the server refused it: No."),
        ({"type": "http", "status": 404}, "not applicable", "the server has no such path"),
        ({"type": "http", "status": 500}, "failed", "no x came"),
        (None, "not applicable", "it was stopped"),
    ],
)
def test_what_a_server_need_not_be_able_to_do_is_no_failure(
    event: dict[str, Any] | None, outcome: str, reason: str
) -> None:
    case = Case("g.c", "g", "s", "1", "R", "seen", ("g.e",), options={"step": "b"}, able="a")
    suite = Suite({"g": "G"}, (Exchange("g.e", "", ()),), (case,))
    transcript = scene(*([event] if event else []))
    transcript.exchange, transcript.labels["b"], transcript.awaited["b"] = "g.e", None, ("x",)
    transcript.stopped = "it was stopped"
    if event:
        transcript.labels["a"] = 0
    verdict = judge(suite, {"g.e": transcript})["g.c"]
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


@pytest.mark.real
@pytest.mark.parametrize("dialect", TARGETS)
def test_a_server_below_a_path_is_judged_there(dialect: str) -> None:
    async def judged() -> list[str]:
        async with correct_server("/voice") as url:
            assert url.endswith("/voice/v1")
            suite = load().only(["connection.", "rest.", "responses.completed"])
            result = await run(target(url, dialect), suite, manner(), jobs=JOBS)
        assert "responses.completed" in result.named("passed")
        return result.named("failed", "differs", "not reached")

    assert asyncio.run(judged()) == []
