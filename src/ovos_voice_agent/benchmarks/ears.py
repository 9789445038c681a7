"""`hearing` with one server after the other: ours, with words and with a turn model, or one by URL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ovos_voice_agent.benchmarks.clip_server import Ears, server_for_clips
from ovos_voice_agent.benchmarks.clips import Recording
from ovos_voice_agent.benchmarks.curve import compare
from ovos_voice_agent.benchmarks.hearing import SEMANTICS, SILENCES, Point, Script, hearing
from ovos_voice_agent.benchmarks.report import Report
from ovos_voice_agent.benchmarks.servers import Delays

EVERY = (*SILENCES, *SEMANTICS)


@dataclass(frozen=True, slots=True)
class Variant:
    """A server of ours, what it is called in the results, and what it is asked to do."""

    label: str
    ears: Ears
    points: tuple[Point, ...]


def variants(vad: str, turn_model: str) -> tuple[Variant, ...]:
    """Ours with that detector; with `turn_model`, the path of its file, two more."""
    fused = Variant("", Ears(vad), EVERY)
    if not turn_model:
        return (fused,)
    return (
        fused,
        Variant("with the model, ", Ears(vad, turn_model), SEMANTICS),
        Variant("the model alone, ", Ears(vad, turn_model, words=False), SEMANTICS),
    )


async def hear(url: str | None, recordings: Sequence[Recording], vad: str = "dual", turn_model: str = "") -> Report:
    """Everything, with ours or with the server at `url`. Raises as `hearing`."""
    script = Script.of(recordings)
    report = Report(url or "")
    if url is not None:
        await hearing(report, script, EVERY)
    else:
        for variant in variants(vad, turn_model):
            async with server_for_clips(script.clips, variant.ears, Delays(), "Yes.") as base:
                run = Report(base)
                await hearing(run, script, variant.points, variant.label)
            report.take(run)
    report.measures += compare(report)
    return report
