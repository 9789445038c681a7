"""Runs the suite against a server: plays the exchanges, then checks the cases on what was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ovos_voice_agent.conformance.checks import CHECKS
from ovos_voice_agent.conformance.findings import Finding, Skip, Verdict, verdict_of
from ovos_voice_agent.conformance.patterns import look_up
from ovos_voice_agent.conformance.playing import Manner, play
from ovos_voice_agent.conformance.suite import EVERY, Case, Exchange, Suite, SuiteError
from ovos_voice_agent.conformance.transcript import Transcript
from ovos_voice_agent.conformance.wire import Target
from ovos_voice_agent.errors import VoiceAgentError


@dataclass(frozen=True, slots=True)
class Result:
    """One run. `verdicts` are in the order of the cases."""

    target: Target
    suite: Suite
    verdicts: Mapping[str, Verdict]
    transcripts: Mapping[str, Transcript]

    def named(self, *outcomes: str) -> list[str]:
        """Names of the cases that ended so."""
        return [name for name, verdict in self.verdicts.items() if verdict.outcome in outcomes]

    @property
    def passed(self) -> bool:
        """Whether nothing failed and what could be judged was judged."""
        return not self.named("failed") and bool(self.named("passed"))

    @property
    def tokens(self) -> int:
        """Tokens that the server says it used for all responses of the run."""
        totals = (
            look_up(entry.event, "response.usage.total_tokens")
            for transcript in self.transcripts.values()
            for entry in transcript.received("response.done")
        )
        return sum(total for total in totals if isinstance(total, int))


async def run(
    target: Target,
    suite: Suite,
    manner: Manner,
    *,
    jobs: int = 1,
    progress: Callable[[str], None] = lambda _: None,
    known: Mapping[str, Transcript] | None = None,
) -> Result:
    """Play and check everything that applies to the target's dialect, `jobs` exchanges at a time.

    Exchanges that are `known` are not played again. Raises Refused when no server answers.
    """
    applicable = suite.for_dialect(target.dialect)
    transcripts = dict(known or {})
    waiting = [one for one in applicable.exchanges if one.name not in transcripts and (target.key or not one.needs_key)]

    async def work() -> None:
        while waiting:
            exchange = waiting.pop(0)
            progress(exchange.name)
            transcripts[exchange.name] = await play(target, exchange, manner)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, jobs)):
                group.create_task(work())
    except* VoiceAgentError as errors:
        raise errors.exceptions[0] from None
    return Result(target, applicable, judge(applicable, transcripts), transcripts)


def judge(suite: Suite, transcripts: Mapping[str, Transcript]) -> dict[str, Verdict]:
    """Check every case on recordings. No server is needed for this."""
    in_order = [transcripts[one.name] for one in suite.exchanges if one.name in transcripts]
    return {case.name: _verdict(case, suite.exchanges, in_order) for case in suite.cases}


def _verdict(case: Case, exchanges: Sequence[Exchange], transcripts: list[Transcript]) -> Verdict:
    wanted = [one for one in transcripts if EVERY in case.exchanges or one.exchange in case.exchanges]
    if not wanted:
        without_key = any(one.needs_key for one in exchanges if one.name in case.exchanges)
        return Verdict("not applicable", "a key is needed (--key)" if without_key else "its exchange was not played")
    return verdict_of(_findings(case, wanted), advice=case.advice)


def _findings(case: Case, transcripts: list[Transcript]) -> Iterator[tuple[Transcript, Finding]]:
    check = CHECKS.get(case.check)
    if check is None:
        raise SuiteError(f"{case.name}: there is no check '{case.check}'")
    for transcript in transcripts:
        if case.needs and not any(transcript.received(case.needs)):
            yield transcript, Skip(f"no {case.needs} came")
            continue
        if case.able and (refusal := _refusal(transcript, case.able)):
            yield transcript, Skip(refusal)
            continue
        for finding in check(transcript, case.options):
            yield transcript, finding
        if transcript.refused_status is not None and case.exchanges != (EVERY,) and case.check != "refused_status":
            yield transcript, Skip(f"the server refused the connection with {transcript.refused_status}")


_NO_SUCH_PATH = frozenset({404, 405, 501})


def _refusal(transcript: Transcript, step: str) -> str:
    """Why a server is not able to do something; empty where it is."""
    entry = transcript.labelled(step)
    if entry is None:
        return transcript.stopped if step not in transcript.labels else ""
    if entry.type == "error":
        return f"the server refused it: {look_up(entry.event, 'error.message')}"
    return "the server has no such path" if entry.event.get("status") in _NO_SUCH_PATH else ""
