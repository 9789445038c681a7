"""What is counted, measured and logged."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from ovos_voice_agent.core.commands import Record
from ovos_voice_agent.core.timeline import MARKS
from ovos_voice_agent.protocol.objects import ItemId, ResponseId
from ovos_voice_agent.runtime.metrics import STAGES, LoopDelay, Metrics, spans_ms

RECORD = Record(
    ResponseId("resp_1"),
    ItemId("item_1"),
    "vad",
    "completed",
    {"last_speech": 1000, "turn_ended": 1500, "transcript_final": 1540, "first_delta_sent": 1800},
    {"by": "silence"},
)


def test_a_response_is_summed_up(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()
    with caplog.at_level(logging.INFO):
        metrics.record("sess_1", RECORD)
    text = metrics.render().decode()
    assert 'ovos_voice_agent_responses_total{status="completed"} 1.0' in text
    assert 'ovos_voice_agent_stage_seconds_sum{stage="turn_decision"} 0.5' in text
    assert 'ovos_voice_agent_stage_seconds_bucket{le="0.3",stage="answer"} 1.0' in text
    assert 'stage="tts_first_audio"' not in text
    [line] = caplog.records
    assert line.__dict__["spans_ms"] == {"turn_decision": 500, "transcript": 40, "answer": 300}
    assert line.__dict__["session_id"] == "sess_1"


def test_stages_are_between_marks_that_exist() -> None:
    assert {mark for pair in STAGES.values() for mark in pair} <= set(MARKS)
    assert spans_ms({}) == {}
    assert spans_ms({"turn_ended": 10, "transcript_final": 5}) == {"transcript": 0}


def test_two_servers_do_not_mix() -> None:
    one, other = Metrics(), Metrics()
    one.client_error(None)
    one.engine_failed("vad", "server_error")
    assert b'client_errors_total{code="none"} 1.0' in one.render()
    assert b'engine_failures_total{code="server_error",stage="vad"} 1.0' in one.render()
    assert b'code="none"' not in other.render()


def test_without_sessions_it_looks_seldom() -> None:
    looks: list[float] = []

    async def scene() -> None:
        delay = LoopDelay(Metrics(), every_s=0.001, note=looks.append, busy=lambda: False)
        delay.start()
        await asyncio.sleep(0.05)
        delay.stop()

    asyncio.run(scene())
    assert looks == []


def test_a_blocked_loop_is_seen() -> None:
    metrics = Metrics()

    async def scene() -> None:
        delay = LoopDelay(metrics, every_s=0.001)
        delay.start()
        await asyncio.sleep(0.002)
        time.sleep(0.03)  # noqa: ASYNC251 - the block is what is measured
        await asyncio.sleep(0.001)
        delay.stop()
        delay.stop()

    asyncio.run(scene())
    [count] = [line for line in metrics.render().decode().splitlines() if "loop_delay_seconds_count" in line]
    total = float(next(li for li in metrics.render().decode().splitlines() if "delay_seconds_sum" in li).split()[1])
    assert float(count.split()[1]) >= 25
    assert total >= 0.3, "whoever comes while the loop is blocked waits as well"
