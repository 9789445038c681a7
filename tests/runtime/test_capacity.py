from __future__ import annotations

import pytest

from ovos_voice_agent.runtime.capacity import USABLE_SHARE, Capacity, Cost, configured


@pytest.mark.parametrize(
    ("cost", "cores", "sessions"),
    [
        (Cost(0.005, 0.01), 4.0, 150),  # the event loop's core is full first
        (Cost(0.005, 0.01), 1.0, 75),  # the machine is
        (Cost(0.005, 0.01), 0.5, 37),
        (Cost(0.9, 2.0), 1.0, 1),  # one at least: a laptop is used by somebody
    ],
)
def test_neither_the_event_loop_nor_the_machine_is_filled(cost: Cost, cores: float, sessions: int) -> None:
    assert cost.sessions(cores) == sessions
    assert sessions * cost.loop <= USABLE_SHARE or sessions == 1
    assert sessions * cost.process <= USABLE_SHARE * cores or sessions == 1


def test_a_newcomer_is_expected_to_speak_a_quarter_of_the_time() -> None:
    costs = {"silence": Cost(0.0005, 0.0005), "noise": Cost(0.001, 0.001), "speech": Cost(0.005, 0.01)}
    capacity = Capacity(costs, cores=4.0)
    assert capacity.sessions == {"silence": 1500, "noise": 750, "speech": 150}
    assert capacity.expected_share == pytest.approx(0.25 * 0.005 + 0.75 * 0.001)


def test_on_few_cores_it_counts_with_what_the_machine_bears() -> None:
    capacity = Capacity({"speech": Cost(0.005, 0.01)}, cores=1.0)
    assert capacity.expected_share == pytest.approx(USABLE_SHARE / 75)


def test_what_is_not_known_is_nothing() -> None:
    capacity = Capacity({}, 1.0)
    assert (capacity.sessions, capacity.expected_share) == ({}, 0.0)


def test_an_operator_who_knows_is_believed() -> None:
    assert configured(40).sessions == {"speech": 40}
    assert configured(40).expected_share == pytest.approx(USABLE_SHARE / 40)
