"""The order to make a reply, and the record of its end."""

from __future__ import annotations

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.items import Part, StoredItem
from ovos_voice_agent.core.orders import record_of, start_command
from ovos_voice_agent.core.planning import plan_of
from ovos_voice_agent.core.reply import Reply
from ovos_voice_agent.core.timeline import Timeline
from ovos_voice_agent.protocol.objects import InputAudio, ItemId, MessageItem, ResponseId
from tests.core.stage import OFFER, realtime


def said(text: str, language: str | None = None) -> StoredItem:
    part = Part("input_audio", text, bytearray(4), language=language)
    return StoredItem(ItemId("item_1"), "message", role="user", parts=[part])


def order(response_id: str = "", text: str = "hello") -> c.StartReply:
    """What a session orders whose person said this, at its very beginning."""
    return start_command(ResponseId(response_id), plan_of(realtime(), OFFER, ""), [said(text)])


def test_an_order_holds_the_plan_and_the_items_without_their_audio() -> None:
    command = order("resp_1")
    assert (command.response_id, command.instructions, command.voice) == ("resp_1", "Be kind.", "marin")
    assert command.items == (MessageItem(ItemId("item_1"), "completed", "user", (InputAudio("hello"),)),)


def test_the_language_is_that_of_what_was_said_last() -> None:
    plan = plan_of(realtime(), OFFER, "")
    assert start_command(ResponseId("x"), plan, [said("hallo", "de"), said("hello", "en")]).language == "en"


def test_the_same_wishes_are_the_same_order() -> None:
    assert order() == order()
    assert order() != order(text="good bye")


def test_a_record_tells_how_a_reply_ended() -> None:
    timeline = Timeline("vad", ItemId("item_1"), {"done": 5}, {"by": "silence"})
    reply = Reply(ResponseId("resp_1"), plan_of(realtime(), OFFER, ""), timeline, None, ())
    record = record_of(reply, "failed", "llm")
    assert (record.response_id, record.item_id, record.origin) == ("resp_1", "item_1", "vad")
    assert (record.status, record.failed_stage, record.marks) == ("failed", "llm", {"done": 5})
