"""Talking with the page: a browser whose microphone plays people, a real server, deterministic engines behind it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from ovos_voice_agent.engines.interface import Prompt, ToolCallDelta
from ovos_voice_agent.testing.fakes import ScriptedLlm, ScriptedStt, said_slowly
from tests.end_to_end.talking import Fakes
from tests.web.browsing import Visit, browsing, onsets, serving, visiting

pytestmark = pytest.mark.real

QUESTION = "what did you see"
ANSWER = "I saw a harbour with many boats in it and behind them a hill on which a white house stood in the sun."
SECOND = "All right."
AUDIBLE = 0.01


def said_by(prompt: Prompt, role: str) -> list[str]:
    return [message.text for message in prompt.messages if message.role == role]


def rows(visit: Visit, who: str) -> list[str]:
    """What the page shows of one side."""
    return [row.inner_text() for row in visit.page.locator(f".said.{who}:not([hidden]) .words").all()]


def heard_ms(visit: Visit) -> float:
    """How long the loudspeaker sounded."""
    blocks = visit.heard()
    if len(blocks) < 2:
        return 0.0
    return 1000 * float(blocks[1, 0] - blocks[0, 0]) * np.count_nonzero(blocks[:, 2] > 0)


def test_a_spoken_conversation_with_an_interruption(tmp_path: Path) -> None:
    fakes = Fakes(
        stt=ScriptedStt([QUESTION, "never mind"]), llm=ScriptedLlm([said_slowly(ANSWER), said_slowly(SECOND)])
    )
    sounds = (1.0, "goforward", 3.0, "something", 20.0)
    with serving(fakes.by_stage) as url, browsing(tmp_path, sounds) as browser, visiting(browser, url) as visit:
        visit.start()
        visit.until_event("conversation.item.truncated")
        visit.until_event("response.done", 2)
        visit.until(lambda: visit.page.inner_text("#mood") == "Listening", "the end of the second answer")
        visit.until_all_heard()

        assert rows(visit, "user") == [QUESTION, "never mind"]
        assert rows(visit, "assistant") == [ANSWER, SECOND]
        assert_stopped_where_it_said(visit)
        assert_memory_was_cut(visit, fakes.llm.prompts[1])
        assert visit.complaints == []


def assert_stopped_where_it_said(visit: Visit) -> None:
    """What the page reported is what its loudspeaker had played; the voice was lowered, then silent.

    Silent comes in half a second, whatever the server does; until it confirms a voice, the answer may go on once more.
    """
    told_ms = visit.of("conversation.item.truncate")[0]["audio_end_ms"]
    assert 500 < told_ms < len(ANSWER) * 60
    blocks = visit.heard()
    _, interruption = onsets(blocks[:, [0, 1]], above=0.05, apart_s=1.0)
    after = blocks[blocks[:, 0] > interruption]
    silent = float(after[after[:, 2] == 0][0, 0])
    assert told_ms == pytest.approx(heard_ms(visit) - 60 * len(SECOND), abs=15)  # blocks are of three milliseconds
    before = blocks[(blocks[:, 0] > interruption - 0.5) & (blocks[:, 0] < silent - 0.02)]
    assert silent - interruption < 0.5
    assert np.min(before[:, 2]) < 0.3 * np.max(before[:, 2])


def assert_memory_was_cut(visit: Visit, prompt: Prompt) -> None:
    heard = visit.page.locator(".said.assistant .heard").first.inner_text().strip()
    assert visit.page.locator(".said.assistant .cut").count() == 1
    assert ANSWER.startswith(heard)
    assert 0 < len(heard) < len(ANSWER)
    assert said_by(prompt, "assistant") == [heard]


def test_the_transcript_grows_while_the_person_speaks(tmp_path: Path) -> None:
    fakes = Fakes(stt=ScriptedStt(["one two three four five six"]))
    with (
        serving(fakes.by_stage) as url,
        browsing(tmp_path, (0.5, "librivox_0890", 20.0)) as browser,
        visiting(browser, url) as visit,
    ):
        visit.start()
        words = """() => document.querySelector("#mood").innerText === "Hearing you"
            && (document.querySelector(".said.user .words")?.innerText ?? "")"""
        visit.until(lambda: "one two" in (visit.page.evaluate(words) or ""), "the first words, while they are said")


def test_what_was_said_is_in_the_sound_file(tmp_path: Path) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Yes indeed.")]))
    sounds = (0.5, "goforward", 20.0)
    with serving(fakes.by_stage) as url, browsing(tmp_path, sounds) as browser, visiting(browser, url) as visit:
        visit.start()
        visit.until_event("response.done")
        visit.until(lambda: visit.page.inner_text("#mood") == "Listening", "the end of the answer")
        with visit.page.expect_download() as saved:
            visit.page.click("#save-wav")
        samples = np.frombuffer(saved.value.path().read_bytes()[44:], dtype="<i2").reshape(-1, 2) / 32768
        person, assistant = np.max(np.abs(samples), axis=0)
        assert person > 0.1
        assert assistant > 0.1
        loud = np.abs(samples) > AUDIBLE
        assert np.argmax(loud[:, 0]) < np.argmax(loud[:, 1]), "the question comes before the answer"


def test_typing_is_answered_aloud(browser: Browser) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("It is noon.")]))
    with serving(fakes.by_stage) as url, visiting(browser, url) as visit:
        visit.page.fill("#text", "What time is it?")
        visit.page.press("#text", "Enter")
        visit.until_event("response.done")
        visit.until(lambda: visit.page.inner_text("#mood") == "Ready", "the end of the answer")
        assert rows(visit, "user") == ["What time is it?"]
        assert rows(visit, "assistant") == ["It is noon."]
        assert visit.page.locator(".said.assistant .ahead").count() == 0
        visit.until_all_heard()
        assert heard_ms(visit) == pytest.approx(60 * len("It is noon."), abs=30)
        assert visit.of("input_audio_buffer.append") == []
        assert visit.complaints == []


def test_quiet_ends_the_answer(browser: Browser) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly(ANSWER)]))
    with serving(fakes.by_stage) as url, visiting(browser, url) as visit:
        visit.page.fill("#text", "Tell me.")
        visit.page.press("#text", "Enter")
        visit.until(lambda: heard_ms(visit) > 500, "half a second of the answer")
        visit.page.click("#hush")
        visit.until_event("conversation.item.truncated")
        assert visit.page.locator(".said.assistant .cut").count() == 1
        visit.until_all_heard()
        silence = heard_ms(visit)
        visit.page.wait_for_timeout(300)
        assert heard_ms(visit) == silence


def test_push_to_talk(tmp_path: Path) -> None:
    fakes = Fakes(stt=ScriptedStt(["hold me"]), llm=ScriptedLlm([said_slowly("You let go.")]))
    sounds = (0.5, "librivox_0890", 20.0)
    with (
        serving(fakes.by_stage) as url,
        browsing(tmp_path, sounds) as browser,
        visiting(browser, url, "#turns=push") as visit,
    ):
        visit.start()
        assert visit.of("session.updated")[0]["session"]["audio"]["input"]["turn_detection"] is None
        visit.page.wait_for_timeout(300)
        assert visit.of("input_audio_buffer.append") == []
        visit.page.locator("#conversation").focus()
        visit.page.keyboard.down("Space")
        visit.until(lambda: len(visit.of("input_audio_buffer.append")) > 40, "what the microphone hears")
        assert visit.page.inner_text("#mood") == "Hearing you"
        visit.page.keyboard.up("Space")
        visit.until_event("response.done")
        assert rows(visit, "user") == ["hold me"]
        sent = len(visit.of("input_audio_buffer.append"))
        visit.page.wait_for_timeout(200)
        assert len(visit.of("input_audio_buffer.append")) == sent


def test_a_function_call_changes_the_page(browser: Browser) -> None:
    call = ToolCallDelta(0, call_id="call_1", name="set_page_theme", arguments='{"theme": "dark"}')
    fakes = Fakes(llm=ScriptedLlm([[call], said_slowly("It is dark now.")]))
    with serving(fakes.by_stage) as url, visiting(browser, url) as visit:
        visit.page.fill("#text", "Make it dark.")
        visit.page.press("#text", "Enter")
        visit.until_event("response.done", 2)
        visit.until(lambda: rows(visit, "assistant") == ["It is dark now."], "the words after the call")
        assert visit.page.locator("html").get_attribute("data-theme") == "dark"
        assert 'set_page_theme({"theme": "dark"})' in "".join(rows(visit, "call"))
        assert said_by(fakes.llm.prompts[1], "tool") == ['{"theme":"dark"}']


def test_calls_without_end_are_ended(browser: Browser) -> None:
    call = ToolCallDelta(0, call_id="call_1", name="get_screen_size", arguments="{}")
    fakes = Fakes(llm=ScriptedLlm([[call]] * 6 + [said_slowly("Enough.")]))
    with serving(fakes.by_stage) as url, visiting(browser, url, "#tools=get_screen_size") as visit:
        visit.page.fill("#text", "Go on.")
        visit.page.press("#text", "Enter")
        visit.until_event("response.done", 7)
        assert fakes.llm.prompts[5].tool_choice == "auto"
        assert fakes.llm.prompts[6].tool_choice == "none"
