"""One prepared reply: what is reported of it is kept, and it is for one order alone."""

from __future__ import annotations

import pytest
from msgspec import structs

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.outputs import Output, Outputs
from ovos_voice_agent.core.speculation import Speculation
from ovos_voice_agent.protocol.objects import ItemId, ResponseId
from tests.core.stage import calls, counted_ids, failed, finished, reached, says, speaks
from tests.core.test_orders import order

ITEM = ItemId("item_1")


class Desk:
    def __init__(self) -> None:
        self.outputs = Outputs(counted_ids(), 0.0)
        self.at_ms = 100
        self.speculation = Speculation(self.outputs, lambda: self.at_ms)

    def told(self) -> list[Output]:
        return self.outputs.take()


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.speculation.prepare(ITEM, order())
    assert desk.told() == [c.GuessReply(order("resp_1"))]
    return desk


def test_reports_of_what_is_prepared_are_kept_in_order(desk: Desk) -> None:
    reports = [says("resp_1", "Hi."), reached("resp_1", "first_phrase"), speaks("resp_1", 20), finished("resp_1")]
    assert all(map(desk.speculation.holds, reports))
    assert not desk.speculation.holds(says("resp_2", "Hi."))
    prepared = desk.speculation.take(order())
    assert prepared is not None
    assert prepared.reports == reports
    assert desk.told() == []
    assert desk.speculation.prepared is None


def test_the_first_of_each_kind_makes_a_mark(desk: Desk) -> None:
    for report in (calls("resp_1", name="f", call_id="x"), says("resp_1", "Hi."), speaks("resp_1", 20)):
        desk.speculation.holds(report)
        desk.at_ms += 10
    assert desk.speculation.prepared is not None
    assert desk.speculation.prepared.marks == {"llm_first_token": 100, "tts_first_audio": 120}


@pytest.mark.parametrize("other", [{"instructions": "Be rude."}, {"items": ()}, {"voice": "other"}, {"spoken": False}])
def test_another_order_drops_it(desk: Desk, other: dict[str, object]) -> None:
    assert desk.speculation.take(structs.replace(order(), **other)) is None
    assert desk.told() == [c.DropReply(ResponseId("resp_1"))]
    assert desk.speculation.take(order()) is None
    assert desk.told() == []


def test_no_order_drops_it(desk: Desk) -> None:
    assert desk.speculation.take(None) is None
    assert desk.told() == [c.DropReply(ResponseId("resp_1"))]


def test_a_failure_drops_it(desk: Desk) -> None:
    assert desk.speculation.holds(failed("resp_1"))
    assert desk.told() == [c.DropReply(ResponseId("resp_1"))]
    assert not desk.speculation.holds(says("resp_1", "late"))


def test_what_is_prepared_next_takes_its_place(desk: Desk) -> None:
    desk.speculation.prepare(ITEM, order())
    assert desk.told() == [c.DropReply(ResponseId("resp_1")), c.GuessReply(order("resp_2"))]
    desk.speculation.drop()
    desk.speculation.drop()
    assert desk.told() == [c.DropReply(ResponseId("resp_2"))]
