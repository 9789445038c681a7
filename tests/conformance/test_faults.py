"""The suite is tested by planting faults in a correct server, one at a time: the case named for it catches each."""

from __future__ import annotations

import asyncio

import pytest

from tests.conformance.correct_server import judged_with
from tests.conformance.fault_proxy import Fault
from tests.conformance.faults import FAULTS

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(scope="module")
def caught() -> dict[str, list[str]]:
    """Fault -> failed cases, of one run of all."""
    return asyncio.run(judged_with(FAULTS))


def test_there_are_many_and_each_is_another() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 100
    assert all(fault.caught_by for fault in FAULTS)


def test_nothing_is_found_where_nothing_is_planted(caught: dict[str, list[str]]) -> None:
    assert caught["nothing"] == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_caught_by_its_case_and_no_other(fault: Fault, caught: dict[str, list[str]]) -> None:
    found = set(caught[fault.name])
    if found != fault.caught_by:  # what is judged by silence needs a machine with time to spare: once more, alone
        found = set(asyncio.run(judged_with([fault]))[fault.name])
    assert found == fault.caught_by
