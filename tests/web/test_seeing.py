"""What an engineer sees: the time line of each turn, and every event."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from ovos_voice_agent.testing.fakes import ScriptedLlm, ScriptedStt, said_slowly
from tests.end_to_end.talking import Fakes
from tests.web.browsing import browsing, serving, visiting

pytestmark = pytest.mark.real


def test_each_turn_has_its_times(tmp_path: Path) -> None:
    fakes = Fakes(stt=ScriptedStt(["hello"]), llm=ScriptedLlm([said_slowly("Hello.", first_s=0.9)]))
    sounds = (0.5, "cards_001", 20.0)
    with serving(fakes.by_stage) as url, browsing(tmp_path, sounds) as own, visiting(own, url) as visit:
        visit.start()
        visit.page.click("#tab-timeline")
        visit.page.locator(".bar[data-stage=first_sound]").wait_for()
        stages = visit.page.locator("#turn-list th").all_inner_texts()
        assert stages == [
            *("Turn decided", "Transcript", "First token", "First phrase", "First audio", "Sent", "First sound played"),
        ]
        numbers = [float(text.removesuffix(" ms")) for text in visit.page.locator("#turn-list .ms").all_inner_texts()]
        assert numbers[0] >= 500, "the silence that ends a turn"
        assert numbers[2] >= 100, "the delay of the model, which may begin to think in the pause but not before it"
        assert all(number >= 0 for number in numbers)
        assert "silence" in visit.page.inner_text("#turn-list .why")
        total = float(visit.page.inner_text("#turn-list .total").removesuffix(" ms"))
        assert total == pytest.approx(sum(numbers), abs=len(numbers))
        assert visit.page.inner_text("#medians div:last-child dd") == f"{total:.0f} ms"
        assert f"{total:.0f} ms to answer" in visit.page.inner_text("#latency")


RECORD_LEVELS = """() => { window.loudest = { person: 0, assistant: 0 };
    for (const who of Object.keys(loudest)) {
        const meter = document.querySelector("#meter-" + who);
        const look = () => (loudest[who] = Math.max(loudest[who], Number(meter.style.getPropertyValue("--level"))));
        new MutationObserver(look).observe(meter, { attributes: true });
    } }"""
"""A meter falls again: a test that looks now and then could miss it."""
LOUDEST = "who => loudest[who]"


def test_both_voices_are_seen(tmp_path: Path) -> None:
    """The waveform in each one's colour, and both levels."""
    fakes = Fakes(stt=ScriptedStt(["hello"]), llm=ScriptedLlm([said_slowly("Hello to you and to everybody.")]))
    colours = """who => { const canvas = document.querySelector("#wave"), paint = canvas.getContext("2d");
        const [r, g, b] = getComputedStyle(document.querySelector("#meter-" + who)).color.match(/\\d+/g).map(Number);
        const { data } = paint.getImageData(0, 0, canvas.width, canvas.height);
        let found = 0;
        for (let i = 0; i < data.length; i += 4) found += data[i] === r && data[i + 1] === g && data[i + 2] === b;
        return found; }"""
    sounds = (0.5, "cards_001", 20.0)
    with serving(fakes.by_stage) as url, browsing(tmp_path, sounds) as own, visiting(own, url) as visit:
        visit.page.evaluate(RECORD_LEVELS)
        visit.start()
        for who in ("person", "assistant"):
            visit.until(lambda who=who: visit.page.evaluate(LOUDEST, who) > 0.2, f"the level of the {who}")  # type: ignore[misc]
            visit.until(lambda who=who: visit.page.evaluate(colours, who) > 50, f"the wave of the {who}")  # type: ignore[misc]


def test_the_list_follows_the_events_unless_told_not_to(browser: Browser) -> None:
    at_the_end = """() => { const list = document.querySelector("#events");
        return list.scrollTop > 0 && list.scrollHeight - list.scrollTop - list.clientHeight < 2; }"""
    fakes = Fakes(llm=ScriptedLlm([said_slowly("One. Two. Three. Four. Five.")] * 2))
    with serving(fakes.by_stage) as url, visiting(browser, url) as visit:
        visit.page.click("#tab-inspector")
        visit.type("Count.")
        visit.until(lambda: visit.page.evaluate(at_the_end), "the newest is seen")
        visit.until_event("x_ovos.turn.timeline")  # the last of a turn
        visit.page.uncheck("#events-follow")
        visit.page.evaluate("document.querySelector('#events').scrollTop = 0")
        visit.type("Again.")
        visit.until_event("x_ovos.turn.timeline", 2)
        assert visit.page.evaluate("document.querySelector('#events').scrollTop") == 0
        visit.page.click("#events-clear")
        assert visit.page.locator("#events li").count() == 0


def test_a_decision_is_told_whatever_the_server_says_of_it(module: Callable[..., Any]) -> None:
    known = {"by": "silence", "silence_ms": 512, "threshold": 0.5, "probability": 0.12345, "look": None}
    decision = known | {"new_thing": True, "words": ["and", "then"], "parts": {"pause_ms": 300}}
    assert module("timeline.js", "(m, decision) => m.reason(decision)", decision) == (
        "by silence · silence 512 ms · threshold 0.5 · probability 0.123"
        " · new thing yes · words and, then · parts (pause 300 ms)"
    )
    assert module("timeline.js", "m => m.reason(null)") == ""


def test_words_are_marked_when_the_server_says_that_they_are_said(module: Callable[..., Any]) -> None:
    """The second word is told to begin at 900 ms, then, by a better estimate, at 300 ms; the third one at 1200 ms."""
    play = """(m, ms) => {
      const all = new m.Conversation();
      const times = (from_ms, ...words) => ({ type: "x_ovos.response.word_times", item_id: "i", from_ms, words });
      all.apply({ type: "response.output_audio_transcript.delta", item_id: "i", delta: "One two three." });
      all.apply({ type: "response.output_audio.delta", item_id: "i", delta: "A".repeat(32 * 2000) });
      all.apply(times(0, { end: 3, at_ms: 0 }, { end: 7, at_ms: 900 }));
      all.apply(times(0, { end: 3, at_ms: 0 }, { end: 7, at_ms: 300 }));
      all.apply(times(1200, { end: 14, at_ms: 1200 }));
      const said = all.find("i");
      return said.text.slice(0, m.wordEnd(said.text, m.charsAt(said, ms)));
    }"""
    heard = {ms: module("conversation.js", play, ms) for ms in (0, 100, 299, 301, 1199, 1201)}
    assert heard == {0: "", 100: "One", 299: "One", 301: "One two", 1199: "One two", 1201: "One two three."}


def test_every_event_is_seen_found_and_saved(browser: Browser) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello Ana.")]))
    with serving(fakes.by_stage) as url, visiting(browser, url) as visit:
        visit.type("I am Ana.")
        visit.page.click("#tab-inspector")
        types = visit.page.locator("#events .type")
        visit.until(lambda: "x_ovos.turn.timeline" in types.all_inner_texts(), "the last event")
        shown = types.all_inner_texts()
        assert shown == [event["type"] for _, event in visit.events if event["type"] != "response.output_audio.delta"]

        visit.page.check("#events-kinds [value=sound]")
        assert len(types.all_inner_texts()) == len(visit.events)
        visit.page.select_option("#events-side", "client")
        assert types.all_inner_texts() == [event["type"] for side, event in visit.events if side == "client"]
        visit.page.select_option("#events-side", "")
        visit.page.fill("#events-search", "Hello Ana")
        assert set(types.all_inner_texts()) >= {"response.done", "conversation.item.done"}
        assert "session.created" not in types.all_inner_texts()

        visit.page.locator("#events summary").first.click()
        assert json.loads(visit.page.locator("#events pre").first.inner_text())["type"] == types.all_inner_texts()[0]
        visit.page.click("#events-statistics summary")
        kind = "response.output_audio_transcript.delta"
        visit.until(lambda: kind in visit.page.inner_text("#events-counts"), "the counts of an opened summary")
        with visit.page.expect_download() as saved:
            visit.page.click("#events-save")
        lines = [json.loads(line) for line in saved.value.path().read_text().splitlines()]
        assert [(line["direction"], line["event"]["type"]) for line in lines] == [
            (side, event["type"]) for side, event in visit.events
        ]
        assert visit.complaints == []


def test_paused_it_stands_still(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.start()
        visit.page.click("#tab-inspector")
        visit.page.click("#events-pause")
        before = visit.page.locator("#events li").count()
        visit.page.evaluate("document.querySelector('#text').form.requestSubmit()")
        visit.type("Hello")
        assert visit.page.locator("#events li").count() == before
        visit.page.click("#events-pause")
        assert visit.page.locator("#events li").count() > before


def test_old_events_are_let_go_and_sound_is_not_kept(module: Callable[..., Any]) -> None:
    script = """(m) => {
      const log = new m.EventLog();
      const audio = "A".repeat(2000);
      for (let i = 0; i < 3500; i += 1) log.add("client", {type: "input_audio_buffer.append", number: i, audio});
      log.add("server", {type: "response.output_audio.delta", delta: audio});
      log.add("server", {type: "response.output_text.delta", delta: audio});
      const counts = Object.fromEntries(log.counts);
      const last = log.entries.slice(-2).map((entry) => entry.event.delta);
      return {kept: log.entries.length, first: log.entries[0].event, last, counts};
    }"""
    log = module("eventlog.js", script)
    assert log["kept"] == 3000
    assert log["first"] == {
        "type": "input_audio_buffer.append",
        "number": 502,
        "audio": "<2000 characters of Base64>",
    }
    assert log["last"] == ["<2000 characters of Base64>", "A" * 2000]
    assert log["counts"]["input_audio_buffer.append"]["count"] == 3500
