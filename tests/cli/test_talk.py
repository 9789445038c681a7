"""`talk` against a scripted server: what it asks for, and what it prints."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ovos_voice_agent.cli import main
from ovos_voice_agent.cli.talk import time_line
from ovos_voice_agent.client import Turn, read_speech
from tests.client.realtime_stub import Answer, Event, Stub, running
from tests.recordings import recording, speech_24k

TONE = base64.b64encode(b"\1\0" * 2400).decode()


@contextmanager
def stub_in_thread(answer: Answer, key: str = "") -> Iterator[Stub]:
    """The commands run an event loop of their own, so the server they talk to has its own too."""
    started = threading.Event()
    loop = asyncio.new_event_loop()
    found: list[Stub] = []
    stop = asyncio.Event()

    async def serve() -> None:
        async with running(answer, key=key) as stub:
            found.append(stub)
            started.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert started.wait(30)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def agreeable(event: Event) -> list[Event]:
    """Accepts all settings and answers every question."""
    if event["type"] == "session.update":
        return [{"type": "session.updated", "session": event["session"]}]
    if event["type"] != "response.create":
        return []
    return [
        {"type": "conversation.item.input_audio_transcription.completed", "transcript": "ten of clubs"},
        {"type": "response.output_audio_transcript.delta", "delta": "I heard you."},
        {"type": "response.output_audio.delta", "item_id": "item_2", "delta": TONE},
        {
            "type": "response.output_item.done",
            "item": {"type": "function_call", "name": "play", "arguments": '{"card":10}'},
        },
        {"type": "response.done", "response": {"status": "completed", "status_details": None}},
        {
            "type": "x_ovos.turn.timeline",
            "marks": [{"name": "turn_ended", "at_ms": 100}, {"name": "done", "at_ms": 142.4}],
        },
    ]


@pytest.mark.real
def test_a_wav_file_is_spoken_and_the_answer_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = tmp_path / "answer.wav"
    with stub_in_thread(agreeable) as stub:
        code = main(
            ["talk", "--url", stub.url, "--wav", str(recording("cards_001")), "--out", str(answer), "--model", "m"]
        )
    assert code == 0
    assert capsys.readouterr().out.splitlines() == [
        "you:    ten of clubs",
        "agent:  I heard you.",
        'calls:  play({"card":10})',
        "times:  turn ended +0 ms, done +42 ms",
    ]
    assert read_speech(answer) == base64.b64decode(TONE)
    assert stub.paths == ["/v1/realtime?model=m&x_ovos=timeline"]
    audio = b"".join(base64.b64decode(event["audio"]) for event in stub.of_type("input_audio_buffer.append"))
    assert audio == speech_24k("cards_001")
    assert [event["type"] for event in stub.events[-2:]] == ["input_audio_buffer.commit", "response.create"]
    [update] = stub.of_type("session.update")
    assert update["session"]["audio"]["input"] == {"transcription": {}, "turn_detection": None}


def test_words_are_answered_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with stub_in_thread(agreeable) as stub:
        arguments = ["--text", "hello", "--voice", "cedar", "--instructions", "Be brief."]
        assert main(["talk", "--url", stub.url, *arguments]) == 0
    [update] = stub.of_type("session.update")
    assert update["session"]["output_modalities"] == ["text"]
    assert update["session"]["audio"]["output"] == {"voice": "cedar"}
    assert update["session"]["instructions"] == "Be brief."
    [item] = stub.of_type("conversation.item.create")
    assert item["item"]["content"] == [{"type": "input_text", "text": "hello"}]
    assert "agent:  I heard you." in capsys.readouterr().out


def test_words_with_a_file_for_the_answer_are_answered_aloud(tmp_path: Path) -> None:
    with stub_in_thread(agreeable) as stub:
        assert main(["talk", "--url", stub.url, "--text", "hello", "--out", str(tmp_path / "a.wav")]) == 0
    [update] = stub.of_type("session.update")
    assert "output_modalities" not in update["session"]
    assert (tmp_path / "a.wav").exists()


def test_a_failed_answer_is_told_and_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    def failing(event: Event) -> list[Event]:
        if event["type"] != "response.create":
            return agreeable(event)
        error = {"type": "server_error", "code": "model_unavailable"}
        return [
            {"type": "response.done", "response": {"status": "failed", "status_details": {"error": error}}},
            *marks(),
        ]

    with stub_in_thread(failing) as stub:
        assert main(["talk", "--url", stub.url, "--text", "hello"]) == 1
    assert "error:  model_unavailable" in capsys.readouterr().out


def marks() -> list[Event]:
    return [{"type": "x_ovos.turn.timeline", "marks": [{"name": "done", "at_ms": 1}]}]


def test_refused_settings_are_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with stub_in_thread(lambda event: [{"type": "error", "error": {"message": "There is no voice x."}}]) as stub:
        assert main(["talk", "--url", stub.url, "--text", "hello", "--voice", "x"]) == 1
    assert capsys.readouterr().err == "the server refuses the settings: There is no voice x.\n"


def test_a_wrong_key_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with stub_in_thread(agreeable, key="sk-right") as stub:
        assert main(["talk", "--url", stub.url, "--key", "sk-wrong", "--text", "hello"]) == 1
    assert capsys.readouterr().err == "Incorrect API key provided.\n"


def test_a_file_that_is_missing_or_no_wav_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.wav").write_text("hello")
    assert main(["talk", "--wav", str(tmp_path / "x.wav")]) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path}/x.wav: ")
    assert main(["talk", "--wav", str(tmp_path / "y.wav")]) == 1
    assert capsys.readouterr().err == f"{tmp_path}/y.wav cannot be read: no such file or directory.\n"
    assert main(["talk", "--wav", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{tmp_path} cannot be read: is a directory.\n"


def test_without_the_servers_marks_the_clients_own_are_shown() -> None:
    turn = Turn(times_ms={"done": 250.0, "first_text": 100.4})
    assert time_line(turn) == "first text +0 ms, done +150 ms"
    assert time_line(Turn()) == ""
