"""When a connection has done nothing for too long."""

from __future__ import annotations

import pytest

from ovos_voice_agent.transports.outbox import Goodbye
from ovos_voice_agent.transports.patience import IDLE, STALLED, Patience, Signs


def judged(patience: Patience, *steps: tuple[float, Signs]) -> list[Goodbye | None]:
    return [patience.judge(signs, now) for now, signs in steps]


def signs(sent: int = 0, received: int = 0, waiting: int = 0, unsent: int = 0) -> Signs:
    return Signs(sent, received, waiting, unsent)


def reader(timeout_s: float = 30.0) -> Patience:
    return Patience(0.0, reader_timeout_s=timeout_s, idle_timeout_s=0.0)


def test_a_reader_that_takes_nothing_is_given_up() -> None:
    stuck = signs(sent=5, waiting=100, unsent=7)
    assert judged(reader(), (0, stuck), (29.9, stuck), (30, stuck)) == [None, None, STALLED]


@pytest.mark.parametrize(
    "progress", [signs(sent=6, waiting=100, unsent=7), signs(sent=5, waiting=100, unsent=6), signs(sent=5)]
)
def test_every_frame_and_every_byte_taken_starts_the_wait_afresh(progress: Signs) -> None:
    stuck = signs(sent=5, waiting=100, unsent=7)
    assert judged(reader(), (0, stuck), (29, progress), (58, progress)) == [None, None, None]


def test_the_time_without_data_does_not_count_against_the_reader() -> None:
    stuck = signs(waiting=1)
    steps = ((0, signs()), (1000, signs()), (1001, stuck), (1029.9, stuck), (1030, stuck))
    assert judged(reader(), *steps) == [None, None, None, None, STALLED]


def test_a_client_that_does_nothing_is_idle_only_where_that_is_configured() -> None:
    idle = Patience(0.0, reader_timeout_s=30.0, idle_timeout_s=60.0)
    assert judged(idle, (0, signs()), (59, signs()), (60, signs())) == [None, None, IDLE]
    assert judged(reader(), (0, signs()), (10_000, signs())) == [None, None]


def test_what_is_sent_or_received_is_activity() -> None:
    idle = Patience(0.0, reader_timeout_s=30.0, idle_timeout_s=60.0)
    steps = ((0, signs()), (50, signs(received=1)), (100, signs(sent=1, received=1)), (159, signs(sent=1, received=1)))
    assert judged(idle, *steps) == [None] * 4
    assert idle.judge(signs(sent=1, received=1), 160) == IDLE


def test_it_looks_ten_times_within_the_shorter_limit() -> None:
    assert Patience(0.0, reader_timeout_s=30.0, idle_timeout_s=0.0).look_every_s == 3.0
    assert Patience(0.0, reader_timeout_s=30.0, idle_timeout_s=5.0).look_every_s == 0.5
