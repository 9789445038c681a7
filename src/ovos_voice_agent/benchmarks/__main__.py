"""`python -m ovos_voice_agent.benchmarks`: measure servers, print tables, write JSON, exit 1 when a turn was lost."""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ovos_voice_agent.benchmarks.clips import Recording
from ovos_voice_agent.benchmarks.crowd import SEED
from ovos_voice_agent.benchmarks.curve import curves, plot
from ovos_voice_agent.benchmarks.density import KINDS, Load, density
from ovos_voice_agent.benchmarks.ears import hear
from ovos_voice_agent.benchmarks.pictures import pictures
from ovos_voice_agent.benchmarks.refusal import refusal
from ovos_voice_agent.benchmarks.report import Report, as_json, comparison
from ovos_voice_agent.benchmarks.requests import requests
from ovos_voice_agent.benchmarks.servers import LONG_ANSWER, Delays, server_on_stubs
from ovos_voice_agent.benchmarks.soak import soak
from ovos_voice_agent.benchmarks.speech import Utterance
from ovos_voice_agent.benchmarks.talking_over import talk_over
from ovos_voice_agent.benchmarks.turns import interruption, latency
from ovos_voice_agent.client.sound import read_speech

SLOW_TOKEN_MS = 25.0
SHORT_ANSWER = "Yes, of course. It is a quarter past nine in the morning."
SIZES = "1,10,100,300,1000"
OUR_OWN = "our own server on scripted engines"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure with. The first utterance is said in turns; all are listened to by `hearing`."""

    utterances: tuple[Utterance, ...]
    recordings: tuple[Recording, ...]
    turns: int
    loads: tuple[Load, ...]
    connects: int
    vad: str = "dual"
    turn_model: str = ""
    workers: int = 1
    noises: tuple[bytes, ...] = ()


Benchmark = Callable[[Report, Wanted, Delays], Awaitable[None]]

BENCHMARKS: dict[str, Benchmark] = {
    "latency": lambda report, wanted, delays: latency(report, wanted.utterances[0], wanted.turns, delays),
    "interruption": lambda report, wanted, _: interruption(report, wanted.utterances[0], wanted.turns),
    "density": lambda report, wanted, _: density(report, wanted.utterances[0], wanted.loads),
    "requests": lambda report, _wanted, _: requests(report),
    "refusal": lambda report, _wanted, _: refusal(report),
    "soak": lambda report, wanted, _: soak(report, wanted.utterances[0], wanted.connects),
}

OWN_SERVERS: dict[str, Callable[[str | None, Wanted], Awaitable[Report]]] = {
    "hearing": lambda url, wanted: hear(url, wanted.recordings, wanted.vad, wanted.turn_model),
    "talking-over": lambda url, wanted: talk_over(url, wanted.recordings, wanted.vad, wanted.noises),
}
"""Those that start servers of their own, unless there is one by URL."""
NAMES = (*BENCHMARKS, *OWN_SERVERS)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ovos_voice_agent.benchmarks",
        description="Measure how quick a Realtime server is, and what it costs. Without --url, our own server is "
        "started on scripted engines whose delays are known; with several, they are compared.",
    )
    parser.add_argument("benchmarks", nargs="*", metavar="BENCHMARK", help=f"of {', '.join(NAMES)}; default: all")
    parser.add_argument("--speech", type=Path, required=True, action="append", help="a WAV file with a spoken question")
    parser.add_argument("--url", action="append", help="measure this server instead: http://127.0.0.1:8000/v1")
    parser.add_argument("--turns", type=int, default=10, help="turns of latency and interruption (default 10)")
    parser.add_argument("--sessions", default=SIZES, help=f"sizes of density's crowds (default {SIZES})")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"what they do (default {','.join(KINDS)})")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each crowd is measured (default 5)")
    parser.add_argument("--connects", type=int, default=1000, help="connections of soak (default 1000)")
    parser.add_argument("--noise", type=Path, default=[], action="append", help="a WAV file in which nobody speaks")
    parser.add_argument("--vad", default="dual", help="our own server's voice detector in hearing (default dual)")
    parser.add_argument("--turn-model", default="", help="hearing: measure our own server with this turn model as well")
    parser.add_argument("--workers", type=int, default=1, help="processes of our own server (default 1)")
    parser.add_argument("--json", type=Path, help="write all samples to this file")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw what can be drawn as SVG files")
    options = parser.parse_args(arguments)
    for name, known in [(name, NAMES) for name in options.benchmarks] + [(k, KINDS) for k in _names(options)]:
        if name not in known:
            parser.error(f"there is no {name!r}; there are {', '.join(known)}")
    return options


def _names(options: argparse.Namespace) -> list[str]:
    return [kind.strip() for kind in options.kinds.split(",")]


def _wanted(options: argparse.Namespace) -> Wanted:
    """Raises OSError, ValueError."""
    sizes = [int(size) for size in options.sessions.split(",")]
    loads = tuple(Load(kind, size, options.seconds) for kind in _names(options) for size in sizes)
    recordings = tuple(map(Recording.read, options.speech))
    utterances = tuple(one.utterance for one in recordings)
    return Wanted(
        utterances,
        recordings,
        options.turns,
        loads,
        options.connects,
        options.vad,
        options.turn_model,
        options.workers,
        tuple(map(read_speech, options.noise)),
    )


async def _measure(url: str | None, names: Sequence[str], wanted: Wanted) -> Report:
    """All benchmarks with one server."""
    delays = Delays(0, 0, 0, 0) if url else Delays()
    report = Report(url or OUR_OWN)
    for name in names:
        if name in OWN_SERVERS:
            report.take(await OWN_SERVERS[name](url, wanted))
            continue
        slow = name == "interruption"  # An answer must still be made when it is interrupted.
        scripted = replace(delays, token_ms=SLOW_TOKEN_MS) if slow else delays
        answer = LONG_ANSWER if slow else SHORT_ANSWER
        async with _server(url, scripted, answer, wanted.workers, refuse_when_busy=name == "refusal") as base:
            run = Report(base)
            await BENCHMARKS[name](run, wanted, delays)
        report.take(run)
    return report


@asynccontextmanager
async def _server(
    url: str | None, delays: Delays, answer: str, workers: int, *, refuse_when_busy: bool
) -> AsyncIterator[str]:
    if url is not None:
        yield url
        return
    async with server_on_stubs(delays, answer, workers=workers, refuse_when_busy=refuse_when_busy) as started:
        yield started


def _allow_many_files() -> None:
    """Each session is a file; systems allow a program a thousand unless it asks for more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed: a generator that costs half."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _draw(reports: Sequence[Report], folder: Path) -> None:
    for name, picture in pictures(reports).items():
        picture.write(folder / f"{name}.svg")
    for number, report in enumerate(reports):
        if curves(report):
            plot(report).write(folder / f"hearing-{number}.svg")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write. Returns the exit status."""
    options = _parse(arguments)
    wanted = _wanted(options)
    _allow_many_files()
    names = options.benchmarks or list(NAMES)
    reports = []
    for url in options.url or [None]:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            reports.append(runner.run(_measure(url, names, wanted)))
    text = json.dumps(as_json(reports, seed=SEED), indent=2)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    if options.plots:
        _draw(reports, options.plots)
    for report in reports:
        print(f"\n{report.url}\n{report.as_table()}")
    if len(reports) > 1:
        print(f"\nmedians side by side\n{comparison(reports)}")
    return 1 if any(report.lost for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
