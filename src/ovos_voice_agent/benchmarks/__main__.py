"""`python -m ovos_voice_agent.benchmarks`: measure a server, print a table, write JSON, exit 1 when a turn was lost."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from ovos_voice_agent.benchmarks.report import Report
from ovos_voice_agent.benchmarks.servers import LONG_ANSWER, Delays, server_on_stubs
from ovos_voice_agent.benchmarks.speech import Utterance
from ovos_voice_agent.benchmarks.turns import interruption, latency

BENCHMARKS = ("latency", "interruption")
SLOW_TOKEN_MS = 25.0
SHORT_ANSWER = "Yes, of course. It is a quarter past nine in the morning."


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ovos_voice_agent.benchmarks",
        description="Measure how quick a Realtime server is. Without --url, our own server is started on scripted "
        "engines whose delays are known and subtracted.",
    )
    parser.add_argument("benchmarks", nargs="*", metavar="BENCHMARK", help=f"of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--speech", type=Path, required=True, help="a WAV file with a spoken question")
    parser.add_argument("--url", help="measure this server instead, for example http://127.0.0.1:8000/v1")
    parser.add_argument("--turns", type=int, default=10, help="turns for each benchmark (default 10)")
    parser.add_argument("--json", type=Path, help="write all samples to this file")
    options = parser.parse_args(arguments)
    for name in options.benchmarks:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
    return options


async def _measure(options: argparse.Namespace) -> Report:
    utterance = Utterance.read(options.speech)
    delays = Delays(0, 0, 0) if options.url else Delays()
    report = Report(options.url or "our own server on scripted engines")
    for name in options.benchmarks or BENCHMARKS:
        slow = name == "interruption"  # An answer must still be made when it is interrupted.
        scripted = replace(delays, token_ms=SLOW_TOKEN_MS) if slow else delays
        async with _server(options.url, scripted, LONG_ANSWER if slow else SHORT_ANSWER) as url:
            run = Report(url)
            if name == "latency":
                await latency(run, utterance, options.turns, delays)
            else:
                await interruption(run, utterance, options.turns)
        report.measures += run.measures
        report.lost += run.lost
    return report


@asynccontextmanager
async def _server(url: str | None, delays: Delays, answer: str) -> AsyncIterator[str]:
    if url is not None:
        yield url
        return
    async with server_on_stubs(delays, answer) as started:
        yield started


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write. Returns the exit status."""
    options = _parse(arguments)
    report = asyncio.run(_measure(options))
    text = json.dumps(report.as_json(), indent=2)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    print(report.as_table())
    return 1 if report.lost else 0


if __name__ == "__main__":
    sys.exit(main())
