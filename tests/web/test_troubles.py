"""What can go wrong, and what the page says and does about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ovos_voice_agent.config import ApiKey
from ovos_voice_agent.testing.fakes import ScriptedLlm, said_slowly
from tests.end_to_end.talking import Fakes
from tests.web.browsing import Line, Visit, browsing, hosting, serving, visiting

pytestmark = pytest.mark.real


def notice(visit: Visit, kind: str) -> str:
    """What the page says of this problem, waited for."""
    shown = visit.page.locator(f".notice[data-kind={kind}]")
    shown.wait_for()
    return shown.inner_text()


@pytest.mark.parametrize(
    ("allow", "plugged", "kind"), [(False, 1, "microphone-refused"), (True, 0, "microphone-missing")]
)
def test_without_a_microphone_one_can_type(tmp_path: Path, *, allow: bool, plugged: int, kind: str) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello.")]))
    with (
        serving(fakes.by_stage) as url,
        browsing(tmp_path, allow=allow, plugged=plugged) as browser,
        visiting(browser, url) as visit,
    ):
        visit.page.click("#start")
        assert "You can type in the meantime." in notice(visit, kind)
        visit.type("Hello")
        assert visit.page.inner_text(".said.assistant .words") == "Hello."


def test_a_key_is_wanted_and_entered(browser: Browser) -> None:
    keys = (ApiKey("page", "sk-right"),)
    with serving(Fakes().by_stage, api_keys=keys) as url, visiting(browser, url) as visit:
        visit.page.click("#start")
        assert "This server wants a key." in notice(visit, "key-wanted")
        visit.until(lambda: visit.page.is_disabled("#mute"), "the microphone is not left open")
        enter_key(visit, "sk-wrong")
        assert "does not take this key" in notice(visit, "key-wrong")
        enter_key(visit, "sk-right")
        visit.until_event("session.updated")
        visit.until_event("input_audio_buffer.append")
        assert visit.page.locator(".notice").count() == 0
        assert "sk-right" not in visit.page.url
        assert all(
            "sk-right" not in address for address in visit.page.evaluate("performance.getEntries().map(e => e.name)")
        )


def enter_key(visit: Visit, key: str) -> None:
    visit.page.click(".notice button:has-text('Enter a key')")
    visit.page.fill("#key", key)
    visit.page.click("#key-dialog button[value=save]")


def test_the_conversation_goes_on_after_the_server_was_gone(browser: Browser) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello Ana."), said_slowly("You are Ana.")]))
    with serving(fakes.by_stage) as real:
        line = Line(real)
        with visiting(browser, line.url) as visit:
            visit.type("I am Ana.")
            visit.until(lambda: visit.page.inner_text("#mood") == "Ready", "the end of the answer")
            line.cut()
            assert "The page tries again by itself" in notice(visit, "gone")
            assert visit.page.inner_text("#connection") in ("Trying again", "Connecting")
            line.mend()
            visit.until_event("session.updated", 2)
            visit.until(lambda: visit.page.inner_text("#connection") == "Connected", "the connection")
            assert visit.page.locator(".notice").count() == 0
            visit.type("Who am I?")
            said = [message.text for message in fakes.llm.prompts[1].messages if message.role in ("user", "assistant")]
            assert said == ["I am Ana.", "Hello Ana.", "Who am I?"]
        line.close()


def test_an_unknown_model_is_told(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url, "#model=no-such-model") as visit:
        visit.page.click("#start")
        assert "does not know this model" in notice(visit, "model")


def test_a_sleeping_page_says_so(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.page.add_init_script(
            "window.contexts = []; const A = AudioContext;"
            "window.AudioContext = class extends A { constructor(o) { super(o); contexts.push(this); } };"
        )
        visit.page.reload()
        visit.start()
        visit.page.evaluate("contexts[0].suspend()")
        assert "Nothing is heard or played" in notice(visit, "asleep")
        visit.page.click(".notice button:has-text('Go on')")
        visit.until(lambda: visit.page.locator(".notice").count() == 0, "awake again")
        assert visit.page.evaluate("contexts[0].state") == "running"


REFUSING = """error => { const media = navigator.mediaDevices; window.asked = media.getUserMedia.bind(media);
    media.getUserMedia = () => Promise.reject(new DOMException("in use", error)); }"""
AGAIN = "() => { navigator.mediaDevices.getUserMedia = window.asked; }"


def test_a_microphone_that_another_program_uses(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.page.evaluate(REFUSING, "NotReadableError")
        visit.start()
        assert "Another program may be using it." in notice(visit, "microphone-busy")
        assert visit.page.is_disabled("#mute")
        visit.page.evaluate(AGAIN)
        visit.page.click(".notice button:has-text('Try again')")
        visit.until_event("input_audio_buffer.append")
        assert visit.page.locator(".notice").count() == 0


def test_a_microphone_that_is_pulled_out(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.page.evaluate("""() => { const media = navigator.mediaDevices, ask = media.getUserMedia.bind(media);
            media.getUserMedia = async (wanted) => (window.stream = await ask(wanted)); }""")
        visit.start()
        visit.until_event("input_audio_buffer.append")
        visit.page.evaluate("stream.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
        assert "was unplugged or taken away" in notice(visit, "microphone-lost")
        assert visit.page.inner_text("#mood") == "Ready"
        visit.page.click(".notice button:has-text('Try again')")
        visit.until(lambda: visit.page.inner_text("#mood") == "Listening", "the microphone is open again")
        assert visit.page.locator(".notice").count() == 0


def test_a_page_that_came_over_plain_http_from_another_machine(browser: Browser) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello.")]))
    with serving(fakes.by_stage) as url, visiting(browser, url) as visit:
        visit.page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined });")
        visit.page.reload()
        visit.page.click("#start")
        assert "over https" in notice(visit, "microphone-insecure")
        visit.type("Hello")


def test_a_microphone_is_chosen_remembered_and_missed(tmp_path: Path) -> None:
    with (
        serving(Fakes().by_stage) as url,
        browsing(tmp_path, plugged=3) as browser,
        visiting(browser, url) as visit,
    ):
        visit.start()
        choices = visit.page.locator("#device option")
        visit.until(lambda: choices.count() >= 3, "the microphones by name")
        wanted = choices.last.get_attribute("value")
        visit.page.evaluate("""() => { const media = navigator.mediaDevices, ask = media.getUserMedia.bind(media);
            media.getUserMedia = (wanted) => ((window.wanted = wanted.audio.deviceId?.exact), ask(wanted)); }""")
        visit.page.select_option("#device", wanted)
        visit.until(lambda: visit.page.evaluate("window.wanted") == wanted, "the other one is opened")
        visit.page.evaluate(
            """() => { const kept = JSON.parse(localStorage["ovos-voice-agent.settings"]);
            localStorage["ovos-voice-agent.settings"] = JSON.stringify({ ...kept, device: "f".repeat(64) }); }"""
        )
        visit.page.reload()
        visit.page.click("#start")
        assert "is not there any more" in notice(visit, "microphone-gone")
        visit.page.select_option("#device", "")
        visit.until(lambda: visit.page.locator(".notice").count() == 0, "the system's own is opened")


def test_a_server_that_is_full_is_tried_again(browser: Browser) -> None:
    with (
        serving(Fakes().by_stage, max_sessions=1) as url,
        visiting(browser, url) as first,
        visiting(browser, url) as second,
    ):
        first.start()
        second.page.click("#start")
        assert "limit of 1 sessions" in notice(second, "full")
        assert second.page.inner_text("#connection") in ("Trying again", "Connecting")
        first.page.click("#start")
        second.until_event("session.updated")
        assert second.page.locator(".notice").count() == 0


def test_a_server_that_is_not_ready_is_tried_again(browser: Browser) -> None:
    with hosting(Fakes().by_stage) as (url, application), visiting(browser, url) as visit:
        application.lifecycle.drain()
        visit.page.click("#start")
        told = notice(visit, "starting")
        assert "The server is shutting down." in told
        assert "connects as soon as it can" in told


def test_a_key_that_may_not_open_sessions(browser: Browser) -> None:
    keys = (ApiKey("page", "sk-chat", scopes=("chat",)), ApiKey("other", "sk-talk"))
    with serving(Fakes().by_stage, api_keys=keys) as url, visiting(browser, url) as visit:
        visit.page.evaluate("sessionStorage['ovos-voice-agent.key'] = 'sk-chat'")
        visit.page.click("#start")
        assert "it needs the scope 'realtime'" in notice(visit, "forbidden")
        enter_key(visit, "sk-talk")
        visit.until_event("session.updated")


def test_a_session_that_ended_because_nobody_spoke(browser: Browser) -> None:
    with serving(Fakes().by_stage, idle_timeout_s=1) as url, visiting(browser, url) as visit:
        visit.page.evaluate(REFUSING, "NotAllowedError")
        visit.start()
        told = notice(visit, "idle")
        assert "because nobody spoke" in told
        assert "the conversation is kept" in told
        assert visit.page.inner_text("#start-label") == "Start"
        visit.page.click("#start")
        visit.until_event("session.updated", 2)


def test_a_tab_that_was_asleep_says_how_long(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.start()
        visit.page.evaluate("{ const now = Date.now; Date.now = () => now() + 60_000; }")
        told = notice(visit, "slept")
        assert "asleep for 6" in told
        assert "The conversation goes on." in told
        assert visit.page.inner_text("#connection") == "Connected"
