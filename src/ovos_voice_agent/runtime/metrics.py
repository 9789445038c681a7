"""Names and units of all metrics, and the one log line of each response.

Rules: a registry of our own, so that two servers in one process do not mix; labels come from fixed sets; nothing that
anyone said, wrote or was told is in a metric or in a log line.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ovos_voice_agent.core.commands import Record

log = logging.getLogger(__name__)

PREFIX = "ovos_voice_agent_"

STAGES: Mapping[str, tuple[str, str]] = {
    "turn_decision": ("last_speech", "turn_ended"),
    "transcript": ("turn_ended", "transcript_final"),
    "llm_first_token": ("transcript_final", "llm_first_token"),
    "first_phrase": ("llm_first_token", "first_phrase"),
    "tts_first_audio": ("first_phrase", "tts_first_audio"),
    "answer": ("turn_ended", "first_delta_sent"),
    "response": ("response_created", "done"),
}
"""What is measured: from one mark of the time line to another (see core/timeline.py)."""

STAGE_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
DELAY_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)

SAMPLE_EVERY_S = 0.025
"""How often the event loop's delay is looked at while there are sessions: a block of 5 ms is seen one time in five."""

IDLE_EVERY_S = 0.25
"""The same without sessions: each look wakes the process, and forty a second are half a percent of a core."""

_MOST_AT_ONCE = 400
"""A loop that was stopped (with the whole machine, say) is not counted for longer than ten seconds."""


class Metrics:
    """All metrics of one server."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.sessions = Gauge(PREFIX + "sessions", "Sessions now.", registry=registry)
        self.capacity = Gauge(
            PREFIX + "capacity_sessions",
            "Sessions that can be borne when all of them stream the same (silence, noise, speech).",
            ["streaming"],
            registry=registry,
        )
        self.sessions_total = Counter(PREFIX + "sessions_started", "Sessions since the start.", registry=registry)
        self.turns = Counter(PREFIX + "turns", "User's turns committed.", registry=registry)
        self.responses = Counter(PREFIX + "responses", "Responses by how they ended.", ["status"], registry=registry)
        self.client_errors = Counter(
            PREFIX + "client_errors", "Errors answered to clients, by code.", ["code"], registry=registry
        )
        self.engine_failures = Counter(
            PREFIX + "engine_failures", "Failures by stage and code.", ["stage", "code"], registry=registry
        )
        self.bugs = Counter(PREFIX + "internal_errors", "Sessions ended by a bug.", registry=registry)
        self.audio_in = Counter(
            PREFIX + "input_audio_bytes", "Audio received, as on the wire before Base64.", registry=registry
        )
        self.audio_out = Counter(
            PREFIX + "output_audio_bytes", "Audio sent, as on the wire before Base64.", registry=registry
        )
        self.guesses = Counter(
            PREFIX + "guesses",
            "Work done before a turn was certain to be over, by what it is (transcript, reply) and what became of it "
            "(started, used, withdrawn).",
            ["work", "outcome"],
            registry=registry,
        )
        self.stages = Histogram(
            PREFIX + "stage_seconds",
            "How long each stage of a turn took.",
            ["stage"],
            buckets=STAGE_BUCKETS_S,
            registry=registry,
        )
        self.loop_delay = Histogram(
            PREFIX + "event_loop_delay_seconds",
            "How late the event loop is.",
            buckets=DELAY_BUCKETS_S,
            registry=registry,
        )

        self.detector_delay = Histogram(
            PREFIX + "detector_delay_seconds",
            "How long the voice detector makes a session wait, looked at while there are eight of them or more.",
            buckets=DELAY_BUCKETS_S,
            registry=registry,
        )

    def render(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def client_error(self, code: str | None) -> None:
        self.client_errors.labels(code or "none").inc()

    def engine_failed(self, stage: str, code: str) -> None:
        self.engine_failures.labels(stage, code).inc()

    def record(self, session_id: str, record: Record) -> None:
        """Sum up a finished response, and write its log line."""
        self.responses.labels(record.status).inc()
        spans = spans_ms(record.marks)
        for stage, ms in spans.items():
            self.stages.labels(stage).observe(ms / 1000)
        line = {
            "session_id": session_id,
            "response_id": record.response_id,
            "item_id": record.item_id,
            "origin": record.origin,
            "status": record.status,
            "failed_stage": record.failed_stage,
            "marks_ms": record.marks,
            "spans_ms": spans,
            "decision": record.decision,
        }
        log.info("response ended", extra=line)


def spans_ms(marks: Mapping[str, int]) -> dict[str, int]:
    """How long each stage took, as far as both of its marks are there."""
    return {
        stage: max(0, marks[end] - marks[begin])
        for stage, (begin, end) in STAGES.items()
        if begin in marks and end in marks
    }


class LoopDelay:
    """Looks again and again how late the event loop is. For use on that loop.

    A look that is late stands for those that could not take place meanwhile: what is counted is how long something that
    comes at any time has to wait."""

    def __init__(
        self,
        metrics: Metrics,
        every_s: float = SAMPLE_EVERY_S,
        note: Callable[[float], None] = lambda _: None,
        busy: Callable[[], bool] = lambda: True,
    ) -> None:
        """`note` is told of each look, in seconds. While nobody is `busy` it looks seldom."""
        self._metrics = metrics
        self._note = note
        self._busy = busy
        self._every_s = every_s
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._wait(asyncio.get_running_loop())

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        every_s = self._every_s if self._busy() else IDLE_EVERY_S
        due = time.monotonic() + every_s  # the loop's own clock may stand still while callbacks run
        self._handle = loop.call_later(every_s, self._look, loop, due)

    def _look(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        late_s = max(0.0, time.monotonic() - due)
        self._note(late_s)
        for missed in range(1 + min(int(late_s / self._every_s), _MOST_AT_ONCE)):
            self._metrics.loop_delay.observe(late_s - missed * self._every_s)
        self._wait(loop)
