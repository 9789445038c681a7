"""Orders become work, by id, and end by id."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, get_args

import pytest

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.clock import Tick
from ovos_voice_agent.core.engine_events import ReplyAudio, ReplyFinished, TimerFired, Transcribed
from ovos_voice_agent.protocol.objects import ItemId, ResponseId
from ovos_voice_agent.protocol.settings import ServerVad
from ovos_voice_agent.runtime.effects import Effects
from ovos_voice_agent.runtime.holding import AHEAD_MS
from ovos_voice_agent.runtime.languages import Languages
from ovos_voice_agent.runtime.world import StageLimits
from ovos_voice_agent.testing.fakes import FOREVER, EnergyVad, ScriptedLlm, ScriptedStt, Tone, ToneTts, said_slowly
from tests.runtime.scenes import PCM_24K, Client, Notes, run, said, start_reply, tone_24k, world

RESPONSE = ResponseId("resp_1")
ITEM = ItemId("item_1")


class Shop:
    def __init__(self, **engines: Any) -> None:
        self.notes = Notes()
        self.client = Client()
        self.world = world(**engines)
        self.effects = Effects("sess_1", self.world, self.client, self.notes.take)

    def order(self, *commands: c.Command) -> None:
        for command in commands:
            self.effects.perform(command)

    async def leave(self) -> None:
        self.effects.stop()
        await self.effects.ended()


def test_every_command_can_be_performed() -> None:
    async def scene() -> set[type]:
        shop = Shop()
        known = set(shop.effects._table)
        await shop.leave()
        return known

    assert run(scene()) == set(get_args(c.Command))


def test_a_reply_is_made_and_can_be_stopped() -> None:
    llm = ScriptedLlm([[FOREVER]])

    async def scene() -> Notes:
        shop = Shop(llm=llm)
        shop.order(start_reply())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        shop.order(c.StopReply(RESPONSE), c.StopReply(RESPONSE))
        shop.order(start_reply(response_id=ResponseId("resp_2"), spoken=False))
        await shop.notes.until(ReplyFinished)
        shop.order(c.StopReply(ResponseId("resp_2")))
        await shop.leave()
        return shop.notes

    notes = run(scene())
    assert {note.response_id for note in notes} == {"resp_2"}
    assert llm.open_streams == 0


def test_a_reply_that_was_stopped_says_nothing_more() -> None:
    """Not even what its tasks would say before they notice."""
    llm, tts = ScriptedLlm([said_slowly("On and on. " * 50)]), ToneTts(Tone(piece_s=0.001))

    async def scene() -> tuple[int, int]:
        shop = Shop(llm=llm, tts=tts)
        shop.order(start_reply())
        await shop.notes.until(ReplyAudio, 3)
        shop.order(c.StopReply(RESPONSE))
        count = len(shop.notes)
        await asyncio.sleep(0.01)
        await shop.leave()
        return count, len(shop.notes)

    count, after = run(scene())
    assert after == count
    assert (llm.open_streams, tts.open_streams) == (0, 0)


def rendered(shop: Shop, work: str, outcome: str) -> bool:
    return f'guesses_total{{outcome="{outcome}",work="{work}"}} 1.0' in shop.world.metrics.render().decode()


def test_a_guessed_reply_stands_still_until_it_is_wanted() -> None:
    llm, tts = ScriptedLlm([said_slowly("On and on. " * 50)]), ToneTts()

    async def scene() -> tuple[Shop, int]:
        shop = Shop(llm=llm, tts=tts)
        shop.order(c.GuessReply(start_reply()))
        made = 0
        while made < AHEAD_MS * 48:
            await shop.notes.until(ReplyAudio, len(shop.notes.of(ReplyAudio)) + 1)
            made = sum(len(note.audio) for note in shop.notes.of(ReplyAudio))
        await asyncio.sleep(0.01)
        before = len(shop.notes)
        assert not shop.notes.of(ReplyFinished)
        shop.order(c.KeepReply(RESPONSE))
        await shop.notes.until(ReplyFinished)
        await shop.leave()
        return shop, before

    shop, before = run(scene())
    assert len(shop.notes) > before
    assert rendered(shop, "reply", "started")
    assert rendered(shop, "reply", "used")
    assert (llm.open_streams, tts.open_streams) == (0, 0)


def test_a_guessed_reply_that_is_not_wanted_says_nothing_more() -> None:
    llm = ScriptedLlm([said_slowly("On and on. " * 50)])

    async def scene() -> Shop:
        shop = Shop(llm=llm)
        shop.order(c.GuessReply(start_reply()))
        await shop.notes.until(ReplyAudio)
        shop.order(c.DropReply(RESPONSE))
        count = len(shop.notes)
        await asyncio.sleep(0.01)
        assert len(shop.notes) == count
        shop.order(c.GuessReply(start_reply(response_id=ResponseId("resp_2"), spoken=False)))
        await shop.notes.until(ReplyFinished)
        shop.order(c.DropReply(ResponseId("resp_2")))
        await shop.leave()
        return shop

    assert 'guesses_total{outcome="withdrawn",work="reply"} 2.0' in run(scene()).world.metrics.render().decode()
    assert llm.open_streams == 0


def test_only_what_is_wanted_decides_the_language_of_the_conversation() -> None:
    languages = Languages(choice=("en", "de"), detect=lambda text: {"hallo": "de", "hello": "en"}.get(text))

    async def scene() -> list[Any]:
        shop = Shop(languages=languages)
        for number, (text, after) in enumerate(
            [("hallo", c.DropReply), ("??", None), ("hallo", c.KeepReply), ("??", None)]
        ):
            name = ResponseId(f"resp_{number}")
            order = start_reply([said(text)], response_id=name, spoken=False)
            shop.order(c.GuessReply(order), after(name)) if after else shop.order(order)
            await asyncio.sleep(0)
        await shop.notes.until(ReplyFinished, 3)
        await shop.leave()
        return [prompt.language for prompt in shop.world.engines.llm.prompts]  # type: ignore[attr-defined]

    assert run(scene()) == ["en", "de", "de"]


def test_timers_fire_once_and_are_replaced() -> None:
    async def scene() -> Notes:
        shop = Shop()
        now = shop.world.clock()
        shop.order(c.SetTimer("a", now + 60), c.SetTimer("b", now - 1), c.SetTimer("c", now), c.ClearTimer("c"))
        await shop.notes.until(TimerFired)
        shop.order(c.SetTimer("a", now), c.ClearTimer("nothing"))
        await shop.notes.until(TimerFired, 2)
        await shop.leave()
        return shop.notes

    assert run(scene()) == [TimerFired("b"), TimerFired("a")]


def test_the_end_stops_everything() -> None:
    vad, stt, llm = EnergyVad(), ScriptedStt(latency_s=FOREVER), ScriptedLlm([[FOREVER]])

    async def scene() -> Shop:
        shop = Shop(vad=vad, stt=stt, llm=llm)
        shop.order(
            c.Detect(0, ServerVad(), Tick(0), fresh=True),
            c.Hear(tone_24k(500), PCM_24K, Tick(0)),
            c.StartTranscript(ITEM, Tick(0), None),
            c.FinishTranscript(ITEM, Tick(4800)),
            c.StartTranscript(ItemId("item_2"), Tick(4800), None),
            start_reply(),
            c.SetTimer("t", shop.world.clock()),
            c.ReduceNoise(None),
            c.Forget(Tick(0)),
        )
        await asyncio.sleep(0)
        shop.order(c.Close(1001, "Bye."))
        count = len(shop.notes)
        await shop.effects.ended()
        await asyncio.sleep(0.01)
        assert len(shop.notes) == count
        return shop

    assert run(scene()).client.closed == (1001, "Bye.")
    assert (vad.open_streams, stt.open_streams, llm.open_streams) == (0, 0, 0)


def test_an_engine_that_does_not_let_go_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    class Clinging(ScriptedLlm):
        def __init__(self) -> None:
            super().__init__()
            self.asked, self.let_go = asyncio.Event(), asyncio.Event()

        async def reply(self, prompt: Any) -> Any:
            self.asked.set()
            try:
                await asyncio.Event().wait()
                yield
            finally:
                await self.let_go.wait()

    async def scene() -> None:
        llm = Clinging()
        shop = Shop(llm=llm, limits=StageLimits(close_s=0.01))
        shop.order(start_reply())
        await llm.asked.wait()
        with caplog.at_level(logging.ERROR):
            await shop.leave()
        llm.let_go.set()
        for _ in range(10):
            await asyncio.sleep(0)

    run(scene())
    assert [record.message for record in caplog.records] == ["engines do not let go"]


def test_records_and_clips() -> None:
    async def scene() -> Shop:
        shop = Shop()
        shop.order(c.Record(RESPONSE, None, "client", "failed", {}, {}, "llm"))
        shop.order(c.TranscribeClip(ITEM, tone_24k(100), PCM_24K, None))
        await shop.notes.until(Transcribed)
        shop.order(c.DropTranscript(ITEM))
        await shop.leave()
        return shop

    shop = run(scene())
    assert b'responses_total{status="failed"} 1.0' in shop.world.metrics.render()
    assert shop.notes == [Transcribed(ITEM, "100 ms", "en")]
