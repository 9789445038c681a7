"""How many events a client may send in a second."""

from __future__ import annotations

from ovos_voice_agent.transports.rate import TOLERATED_IN_A_ROW, EventRate


def test_so_many_in_a_second_and_no_more() -> None:
    rate = EventRate(3)
    assert [rate.allows(10.0 + step / 10) for step in range(5)] == [True, True, True, False, False]
    assert rate.allows(11.0)
    assert rate.refused_in_a_row == 0


def test_zero_is_no_limit() -> None:
    rate = EventRate(0)
    assert all(rate.allows(0.0) for _ in range(10_000))
    assert not rate.abused


def test_many_refused_in_a_row_are_abuse() -> None:
    rate = EventRate(1)
    assert rate.allows(0.0)
    for _ in range(TOLERATED_IN_A_ROW - 1):
        assert not rate.allows(0.5)
    assert not rate.abused
    assert not rate.allows(0.5)
    assert rate.abused


def test_a_high_limit_tolerates_as_much_again() -> None:
    rate = EventRate(500)
    for _ in range(500 + 499):
        rate.allows(0.0)
    assert not rate.abused
    rate.allows(0.0)
    assert rate.abused
