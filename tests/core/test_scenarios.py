"""Whole conversations in `tests/scenarios`: what came in, what went out, and when; one line each, to be read in review.

The first line says what it is about and how the session begins. `{"at_ms", "in"}` is a client's event or a report of an
engine; `{"type": "append", "ms"}` and a `ReplyAudio` with `ms` are so much audio. `{"out"}` is what followed. Ids are
foreseeable, long audio is shown by its size.
After a wanted change: `REWRITE_SCENARIOS=1 pytest tests/core/test_scenarios.py`, then read the difference.
"""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.core.session import Session
from ovos_voice_agent.protocol.codec import ClientEventDecoder
from ovos_voice_agent.testing.mirror import Mirror
from ovos_voice_agent.testing.scripts import is_report, plain, report
from tests.core.stage import Event, append, base64_of, check_against_sdk, new_session, realtime, transcribing

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.jsonl"))
REWRITE = bool(os.environ.get("REWRITE_SCENARIOS"))
DECODER = ClientEventDecoder()
SHORT = 60


def session_of(header: Event) -> Session:
    return new_session(transcribing() if header.get("session") == "transcription" else realtime())


def decoded(event: Event) -> Any:
    if event["type"] == "ReplyAudio":
        audio = {"audio": base64_of(bytes(event["ms"] * 48))}
        return report({**{key: value for key, value in event.items() if key != "ms"}, **audio})
    if is_report(event):
        return report(event)
    return DECODER.check(dict(append(event["ms"]) if event["type"] == "append" else event))


def shortened(value: Any, key: str = "") -> Any:
    """Long audio by its size in bytes."""
    if isinstance(value, dict):
        return {name: shortened(entry, name) for name, entry in value.items()}
    if isinstance(value, list):
        return [shortened(entry) for entry in value]
    if key in ("audio", "delta") and isinstance(value, str) and len(value) > SHORT:
        return f"{len(value) * 3 // 4 - value.count('=')} bytes"
    return value


def replayed(lines: list[Event]) -> list[Event]:
    """The scenario again, with what comes out now."""
    header, *steps = lines
    session, mirror, result = session_of(header), Mirror(), [header]
    for step in steps:
        if "in" not in step:
            continue
        result.append(step)
        for output in session.handle(decoded(step["in"]), step["at_ms"] / 1000):
            shown = plain(output)
            if "event_id" in shown:
                check_against_sdk(shown)
                mirror.read(shown)
            result.append({"out": shortened(shown)})
    assert mirror.order == [item.id for item in session.conversation.items()]
    return result


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_goes_as_it_is_written(path: Path) -> None:
    written = path.read_text(encoding="utf-8").splitlines()
    now = [json.dumps(line, ensure_ascii=False) for line in replayed([json.loads(line) for line in written])]
    if REWRITE:
        path.write_text("\n".join(now) + "\n", encoding="utf-8")
        written = now
    assert written == now, "\n".join(difflib.unified_diff(written, now, "written", "now", lineterm="", n=2))


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) >= 7
