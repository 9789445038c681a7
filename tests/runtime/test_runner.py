"""Whole conversations: a real session, deterministic engines, a client that takes notes."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise
from typing import Any

import pytest

from ovos_voice_agent.core.engine_events import Opened, ShuttingDown, TimerFired
from ovos_voice_agent.core.session import Session
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.codec import ClientEventDecoder
from ovos_voice_agent.protocol.settings import SemanticVad, ServerVad, TurnDetection
from ovos_voice_agent.runtime.runner import SessionRunner
from ovos_voice_agent.testing.fakes import FOREVER, EnergyVad, ScriptedLlm, ScriptedStt, Tone, ToneTts, said_slowly
from tests.runtime.scenes import SERVER_VAD, Client, pieces, run, session, silence_24k, tone_24k, world

DECODER = ClientEventDecoder()
QUESTION = silence_24k(320) + tone_24k(1280) + silence_24k(700)


class Call:
    """One connection."""

    def __init__(self, detection: TurnDetection | None = SERVER_VAD, **engines: Any) -> None:
        self.client = Client()
        self.world = world(**engines)
        self.runner = SessionRunner("sess_1", self.new_session(detection), self.world, self.client)
        self.runner.post(Opened())

    def new_session(self, detection: TurnDetection | None) -> Session:
        return session(detection)

    async def send(self, type: str, **fields: Any) -> None:
        """A client event, as a transport hands it over."""
        await self.runner.caught_up()
        self.runner.post(DECODER.check({"type": type, **fields}))

    async def speak(self, audio: bytes, chunk_ms: int = 20) -> None:
        for chunk in pieces(audio, 48 * chunk_ms):
            append = ce.InputAudioBufferAppend(audio=chunk)
            if not self.runner.hold(append):
                self.runner.post(append)
            await self.runner.ready_for_more()

    async def ask(self, text: str) -> None:
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        await self.send("conversation.item.create", item=item)
        await self.send("response.create")

    async def done(self, count: int = 1) -> Any:
        return (await self.client.events.until(se.ResponseDone, count)).response

    @property
    def rendered(self) -> str:
        return self.world.metrics.render().decode()


def test_a_spoken_turn_is_answered() -> None:
    async def scene() -> Call:
        call = Call(stt=ScriptedStt(["what time is it"]), llm=ScriptedLlm([said_slowly("It is noon.")]))
        await call.speak(QUESTION)
        assert (await call.done()).status == "completed"
        await call.runner.close()
        return call

    call = run(scene())
    assert call.client.types == [
        "session.created",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
    ]
    prompt = call.world.engines.llm.prompts[0]  # type: ignore[attr-defined]
    assert [entry.text for entry in prompt.messages if entry.role == "user"] == ["what time is it"]
    assert "turns_total 1.0" in call.rendered
    assert f"input_audio_bytes_total {float(len(QUESTION))}" in call.rendered
    assert "sessions 0.0" in call.rendered


@pytest.mark.parametrize("chunk_ms", [1, 20, 10_000])
def test_turns_do_not_depend_on_the_chunking(chunk_ms: int) -> None:
    async def scene() -> list[tuple[int, int]]:
        call = Call(stt=ScriptedStt())
        await call.speak(QUESTION + QUESTION, chunk_ms)
        await call.runner.caught_up()
        started = call.client.events.of(se.InputAudioBufferSpeechStarted)
        stopped = call.client.events.of(se.InputAudioBufferSpeechStopped)
        await call.runner.close()
        return [(one.audio_start_ms, other.audio_end_ms) for one, other in zip(started, stopped, strict=True)]

    assert run(scene()) == [(20, 2112), (2292, 4416)]


def test_long_silence_is_handled_in_larger_pieces_and_every_millisecond_of_it_counts() -> None:
    async def scene() -> tuple[list[int], list[int], float]:
        call = Call(stt=ScriptedStt(), vad=EnergyVad(gated=True))
        for chunk in pieces(silence_24k(10_030), 48 * 40):
            await call.speak(chunk, 40)
            await asyncio.sleep(0)
        heard_ms = [piece.end // 48 for piece in call.runner._session._audio._pieces]
        await call.speak(QUESTION, 40)
        await call.runner.caught_up()
        started = call.client.events.of(se.InputAudioBufferSpeechStarted)
        await call.send("input_audio_buffer.commit")
        total = call.world.metrics.audio_in._value.get()
        await call.runner.close()
        return heard_ms, [one.audio_start_ms for one in started], total

    heard_ms, started_ms, total = run(scene())
    steps = [later - earlier for earlier, later in pairwise(heard_ms)]
    assert set(steps[-1:]) == {800}
    assert started_ms == [(10_030 + 320) // 32 * 32 - 300]  # windows begin every 32 ms, and 300 are padding
    assert total == len(silence_24k(10_030) + QUESTION)


@pytest.mark.parametrize("what", ["event", "timer", "sound"])
def test_whatever_happens_is_handled_after_the_silence_before_it(what: str) -> None:
    async def scene() -> int:
        call = Call(stt=ScriptedStt(), vad=EnergyVad(gated=True))
        await call.speak(silence_24k(40), 40)
        await call.runner.caught_up()
        await call.speak(silence_24k(4_800 - 40), 40)
        await call.speak(silence_24k(120), 40)
        assert call.runner._session._audio.end == 4_840 * 48
        if what == "event":
            await call.send("response.cancel")
        elif what == "timer":
            call.runner.post(TimerFired("none"))
        else:
            await call.speak(tone_24k(40), 40)
        end = call.runner._session._audio.end
        await call.runner.close()
        return end // 48

    assert run(scene()) == 4_920 + 40 * (what == "sound")


def test_an_interruption_stops_model_and_voice() -> None:
    llm, tts = ScriptedLlm([[*said_slowly("Once upon a time. " * 20), FOREVER]]), ToneTts(Tone(piece_s=0.001))

    async def scene() -> Call:
        call = Call(llm=llm, tts=tts)
        await call.ask("tell me a story")
        await call.client.events.until(se.ResponseOutputAudioDelta, 3)
        await call.speak(tone_24k(200))
        await call.runner.caught_up()
        response = await call.done()
        assert (response.status, response.status_details.reason) == ("cancelled", "turn_detected")
        count = len(call.client.events)
        await asyncio.sleep(0.02)
        assert len(call.client.events) == count
        assert (llm.open_streams, tts.open_streams) == (0, 0)
        await call.runner.close()
        return call

    types = run(scene()).client.types
    assert types.index("input_audio_buffer.speech_started") < types.index("response.done")


def test_push_to_talk() -> None:
    async def scene() -> Call:
        call = Call(None, stt=ScriptedStt(["hello"]))
        await call.speak(tone_24k(500))
        await call.send("input_audio_buffer.commit")
        await call.send("response.create")
        assert (await call.done()).status == "completed"
        await call.runner.close()
        return call

    call = run(scene())
    vad, stt = call.world.engines.vad, call.world.engines.stt
    assert isinstance(vad, EnergyVad)
    assert isinstance(stt, ScriptedStt)
    assert vad.windows == 0
    assert stt.utterances[0].heard_ms == 500
    assert "".join(event.delta for event in call.client.events.of(se.ResponseOutputAudioTranscriptDelta)) == (
        "You said: hello."
    )


def test_a_commit_comes_after_the_edges_of_the_audio_before_it() -> None:
    async def scene() -> list[str]:
        call = Call(ServerVad(create_response=False), vad=EnergyVad(latency_s=0.005))
        await call.speak(tone_24k(600), 600)
        await call.send("input_audio_buffer.commit")
        await call.runner.close()
        return call.client.types

    types = run(scene())
    assert types.index("input_audio_buffer.speech_started") < types.index("input_audio_buffer.committed")


def test_semantic_detection_reads_the_words() -> None:
    async def scene() -> tuple[Any, Any]:
        call = Call(SemanticVad(create_response=False), stt=ScriptedStt(["what time is it", "go to the"], word_ms=100))
        await call.speak(tone_24k(640) + silence_24k(1000))
        stopped = await call.client.events.until(se.InputAudioBufferSpeechStopped)
        await call.speak(tone_24k(640) + silence_24k(3000))
        await call.runner.caught_up()
        count = len(call.client.events.of(se.InputAudioBufferSpeechStopped))
        await call.runner.close()
        return stopped.audio_end_ms, count

    assert run(scene()) == (640 + 192, 1)


def test_a_failing_engine_costs_its_response_and_nothing_else() -> None:
    async def scene() -> Call:
        call = Call(llm=ScriptedLlm([[ValueError("bug")]]))
        await call.ask("one")
        first = await call.done()
        await call.ask("two")
        second = await call.done(2)
        assert (first.status, second.status) == ("failed", "completed")
        await call.runner.close()
        return call

    assert 'engine_failures_total{code="server_error",stage="llm"} 1.0' in run(scene()).rendered


class Buggy(Session):
    def handle(self, input: Any, now: float) -> Any:
        if isinstance(input, TimerFired):
            raise ZeroDivisionError
        return super().handle(input, now)


class BuggyCall(Call):
    def new_session(self, detection: TurnDetection | None) -> Session:
        good = session(detection)
        good.__class__ = Buggy
        return good


def test_a_bug_ends_one_session_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> tuple[Call, Call]:
        bad, good = BuggyCall(llm=ScriptedLlm([[FOREVER]])), Call()
        await bad.ask("hello")
        with caplog.at_level(logging.ERROR):
            bad.runner.post(TimerFired("x"))
            bad.runner.post(TimerFired("x"))
        await bad.ask("more")
        await good.ask("hello")
        assert (await good.done()).status == "completed"
        await bad.runner.close()
        await good.runner.close()
        return bad, good

    bad, _ = run(scene())
    assert bad.client.closed == (1011, "Internal error.")
    last = bad.client.events[-1]
    assert isinstance(last, se.Error)
    assert (last.error.type, last.error.code) == ("server_error", "server_error")
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.exc_info is not None for record in errors] == [True]
    assert "internal_errors_total 1.0" in bad.rendered
    assert "sessions 0.0" in bad.rendered
    llm = bad.world.engines.llm
    assert isinstance(llm, ScriptedLlm)
    assert llm.open_streams == 0


def test_nothing_is_nested() -> None:
    """What is posted while the session is at work waits in line."""
    depths = []

    class Deep(Session):
        depth = 0

        def handle(self, input: Any, now: float) -> Any:
            Deep.depth += 1
            depths.append(Deep.depth)
            outputs = super().handle(input, now)
            Deep.depth -= 1
            return outputs

    class Chatty(Client):
        runner: SessionRunner | None = None

        def send(self, event: Any) -> None:
            super().send(event)
            if self.runner is not None and len(self.events) < 5:
                self.runner.post(DECODER.check({"type": "input_audio_buffer.clear"}))

    async def scene() -> None:
        inner, client = session(), Chatty()
        inner.__class__ = Deep
        client.runner = SessionRunner("sess_1", inner, world(), client)
        client.runner.post(Opened())
        await client.runner.close()

    run(scene())
    assert depths == [1] * 5


def test_shutdown_ends_responses_and_says_why() -> None:
    async def scene() -> Call:
        call = Call(llm=ScriptedLlm([[FOREVER]]))
        await call.ask("hello")
        call.runner.post(ShuttingDown())
        assert (await call.done()).status == "failed"
        await call.runner.close()
        return call

    assert run(scene()).client.closed == (1001, "Server is shutting down.")


def test_a_client_that_vanishes_leaves_nothing_running() -> None:
    async def scene() -> Call:
        call = Call(llm=ScriptedLlm([[FOREVER]]), stt=ScriptedStt(["one two three"], latency_s=FOREVER))
        await call.ask("hello")
        await call.speak(QUESTION[: 48 * 1000])
        await call.runner.caught_up()
        await call.runner.close()
        await call.runner.close()
        call.runner.post(TimerFired("late"))
        return call

    engines = run(scene()).world.engines
    assert [engine.open_streams for engine in engines][:3] == [0, 0, 0]  # type: ignore[attr-defined]


def test_a_slow_reader_slows_the_voice_down() -> None:
    tts = ToneTts()

    async def scene() -> int:
        call = Call(tts=tts, llm=ScriptedLlm([said_slowly("One sentence here. " * 30)]))
        call.client.block()
        await call.ask("talk")
        await asyncio.sleep(0.02)
        blocked = len(tts.spoken)
        call.client.unblock()
        assert (await call.done()).status == "completed"
        await call.runner.close()
        return blocked

    assert run(scene()) == 0
    assert len(tts.spoken) >= 30


class Onlooker:
    """A tap."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def took(self, input: Any) -> None:
        self.seen.append(("took", type(input).__name__))

    def gave(self, output: Any) -> None:
        self.seen.append(("gave", type(output).__name__))

    def ended(self) -> None:
        self.seen.append(("ended", ""))


def test_taps_see_all_that_goes_in_and_comes_out_in_order_and_the_end_once() -> None:
    async def scene() -> list[tuple[str, str]]:
        tap, client = Onlooker(), Client()
        runner = SessionRunner("sess_1", session(), world(), client)
        runner.tap(tap)
        runner.post(Opened())
        runner.post(DECODER.check({"type": "response.cancel"}))
        await runner.close()
        await runner.close()
        return tap.seen

    seen = run(scene())
    assert seen[:2] == [("took", "Opened"), ("gave", "SessionCreated")]
    cancel = seen.index(("took", "ResponseCancel"))
    assert seen[cancel + 1] == ("gave", "Error")
    assert seen.count(("ended", "")) == 1
    assert seen[-1] == ("ended", "")
