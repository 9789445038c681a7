"""When new sessions are refused, and when they are welcome again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ovos_voice_agent.runtime import pressure
from ovos_voice_agent.runtime.pressure import (
    BUSY_SHARE,
    FEW_SESSIONS,
    FRESH_S,
    RETRY_AFTER_S,
    BusyError,
    Pressure,
    wanted_s,
)

MANY = FEW_SESSIONS + 1
LOOK_S = 0.025


class Process:
    """A process whose thread takes some share of a core, looked at forty times a second."""

    def __init__(self) -> None:
        self.now = self.busy = 0.0
        self.pressure = Pressure(lambda: self.now, lambda: self.busy)

    def runs(self, seconds: float, *, share: float = 0.1, late_s: float = 0.0) -> None:
        for _ in range(round(seconds / LOOK_S)):
            self.now += LOOK_S
            self.busy += LOOK_S * share
            self.pressure.note(late_s)

    def refuses(self, sessions: int = MANY) -> bool:
        try:
            self.pressure.check(sessions)
        except BusyError:
            return True
        return False


def test_a_process_that_keeps_up_refuses_nobody() -> None:
    process = Process()
    assert not process.refuses()
    process.runs(5, share=0.7, late_s=0.005)
    assert not process.refuses(1000)


@pytest.mark.parametrize("load", [{"share": 0.95}, {"late_s": 0.1}])
def test_one_that_does_not_refuses_until_it_is_well_below(load: dict[str, float]) -> None:
    process = Process()
    process.runs(3)
    process.runs(3, **load)
    assert process.refuses()
    process.runs(3, share=0.7, late_s=0.02)
    assert process.refuses(), "not by turns"
    process.runs(3, share=0.5)
    assert not process.refuses()


def test_a_detector_that_falls_behind_is_load() -> None:
    process = Process()
    process.runs(3)
    for _ in range(20):
        process.pressure.note_detector(0.015)
    assert not process.refuses()
    for _ in range(30):
        process.pressure.note_detector(0.1)
    assert process.refuses()
    process.runs(3)
    process.pressure.note_detector(0.04)
    assert process.refuses(), "not by turns"
    process.runs(3)
    assert not process.refuses()


def test_a_short_burst_is_not_load() -> None:
    process = Process()
    process.runs(3)
    process.runs(0.5, share=1.0, late_s=0.2)
    assert not process.refuses()


def test_a_busy_start_is_not_load() -> None:
    process = Process()
    process.runs(0.5, share=1.0)
    assert not process.refuses()


def test_a_handful_of_sessions_is_never_to_blame() -> None:
    process = Process()
    process.runs(5, share=1.0, late_s=1.0)
    assert not process.refuses(FEW_SESSIONS - 1)
    assert process.refuses(FEW_SESSIONS)


def test_the_refusal_is_the_documented_one() -> None:
    process = Process()
    process.runs(5, share=1.0)
    with pytest.raises(BusyError, match="busy with 300 sessions") as refused:
        process.pressure.check(300)
    error = refused.value
    assert (error.status, error.type, error.code, error.retry_after_s) == (
        503,
        "server_error",
        "service_unavailable",
        RETRY_AFTER_S,
    )


def crowd(process: Process) -> int:
    """How many of a thousand that come at once are let in."""
    for sessions in range(1000):
        if process.refuses(sessions):
            return sessions
        process.pressure.let_in()
    return 1000


def test_a_crowd_is_refused_before_it_shows_in_the_load() -> None:
    process = Process()
    process.pressure.expect(0.005)
    process.runs(3, share=0.05)
    assert crowd(process) == pytest.approx((BUSY_SHARE - 0.05) / 0.005, abs=1)


def test_those_who_turn_out_to_be_cheap_make_room_for_others() -> None:
    process = Process()
    process.pressure.expect(0.005)
    process.runs(3)
    inside = crowd(process)
    process.runs(FRESH_S / 2, share=0.2)
    assert not process.refuses(inside)
    process.runs(FRESH_S, share=0.2)
    more = 0
    while not process.refuses(inside + more):
        process.pressure.let_in()
        more += 1
    assert more == pytest.approx((BUSY_SHARE - 0.2) / 0.005, abs=1)


def test_those_who_take_as_much_as_expected_leave_no_room() -> None:
    process = Process()
    process.pressure.expect(0.005)
    process.runs(3)
    inside = crowd(process)
    process.runs(2 * FRESH_S, share=0.1 + 0.005 * (inside + 1))
    assert process.refuses(inside)


def test_those_who_left_at_once_do_not_count() -> None:
    process = Process()
    process.pressure.expect(0.005)
    process.runs(3)
    for _ in range(1000):
        process.pressure.let_in()
    assert not process.refuses(FEW_SESSIONS)
    assert process.refuses(1000)


def test_the_first_are_never_refused_however_much_is_expected_of_them() -> None:
    process = Process()
    process.pressure.expect(0.9)
    process.runs(3, share=0.5)
    for sessions in range(FEW_SESSIONS):
        assert not process.refuses(sessions)
        process.pressure.let_in()
    assert process.refuses(FEW_SESSIONS)


def test_work_counts_and_so_does_waiting_for_a_core(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before, until_s = wanted_s(), time.thread_time() + 0.02
    while time.thread_time() < until_s:
        pass
    assert wanted_s() - before > 0.02 - 0.001
    told = tmp_path / "schedstat"
    told.write_text("5000000000 70000000000 12\n")
    monkeypatch.setattr(pressure, "_SCHEDULED", str(told))
    assert wanted_s() == pytest.approx(time.thread_time() + 70, abs=0.5)
    told.unlink()  # a system that does not tell
    assert wanted_s() == pytest.approx(time.thread_time(), abs=0.5)
