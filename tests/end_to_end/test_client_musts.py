"""What clients cannot do without, rule by rule (protocol.md 9.15).

Rule 11, TLS, is in test_secure.py and test_clients.py too.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect

from ovos_voice_agent.app import running
from ovos_voice_agent.engines.interface import TextDelta, ToolCallDelta
from ovos_voice_agent.testing.fakes import FOREVER, ScriptedLlm, ScriptedStt
from ovos_voice_agent.transports.tls import default_folder
from tests.end_to_end.talking import LIMIT_S, Fakes, configured
from tests.end_to_end.wires import PATHS, Line, play
from tests.recordings import speech_24k

pytestmark = pytest.mark.real

WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}}
LONG = "A very long answer, which takes a while to hear. " * 40
ONE_MIB = 1024 * 1024
"""The longest frame that Python's `websockets` takes by default."""


async def updated(line: Line, **session: Any) -> dict[str, Any]:
    """Change settings; returns those in force."""
    await line.send("session.update", session={"type": "realtime", **session})
    settings: dict[str, Any] = (await line.until("session.updated"))["session"]
    return settings


@pytest.mark.parametrize("dialect", PATHS)
def test_1_the_session_is_announced_first_with_an_id(dialect: str) -> None:
    async def script(line: Line) -> None:
        first = await line.next()
        assert first["type"] == "session.created"
        assert first["session"]["id"].startswith("sess_")

    play(script, dialect=dialect)


@pytest.mark.parametrize("dialect", PATHS)
def test_2_every_update_is_answered(dialect: str) -> None:
    async def script(line: Line) -> None:
        kind = {"type": "realtime"} if "ga" in dialect else {}
        for instructions in ("Be kind.", "Be kind.", "Be brief."):
            await line.send("session.update", session={**kind, "instructions": instructions})
        await line.send("input_audio_buffer.clear")
        await line.until("input_audio_buffer.cleared")
        told = [event["session"]["instructions"] for event in line.all("session.updated")]
        assert told == ["Be kind.", "Be kind.", "Be brief."]

    play(script, dialect=dialect)


@pytest.mark.parametrize("dialect", PATHS)
def test_3_an_error_names_the_event_that_caused_it(dialect: str) -> None:
    async def script(line: Line) -> None:
        await line.send("nonsense", event_id="evt_1")
        await line.send("nonsense")
        await line.send("session.update", event_id="evt_2", session={"type": "realtime", "tools": 5})
        errors = [(await line.until("error"))["error"] for _ in range(3)]
        assert [error["event_id"] for error in errors] == ["evt_1", None, "evt_2"]

    play(script, dialect=dialect)


@pytest.mark.parametrize("dialect", PATHS)
def test_4_errors_have_the_codes_that_clients_look_for(dialect: str) -> None:
    fakes = Fakes(llm=ScriptedLlm([[TextDelta("Well, "), FOREVER]]))

    async def script(line: Line) -> None:
        await line.send("response.cancel")
        await line.send("input_audio_buffer.commit")
        await line.send("conversation.item.retrieve", item_id="nowhere")
        errors = [(await line.until("error"))["error"] for _ in range(3)]
        await line.send("response.create")
        await line.until("response.created")
        await line.send("response.create")
        errors.append((await line.until("error"))["error"])
        assert [error["code"] for error in errors] == [
            "response_cancel_not_active",
            "input_audio_buffer_commit_empty",
            "item_retrieve_invalid_item_id",
            "conversation_already_has_active_response",
        ]
        assert errors[0]["message"] == "Cancellation failed: no active response found"
        assert "buffer only has 0.00ms of audio" in errors[1]["message"]

    play(script, fakes, dialect)


def test_5_ids_of_clients_are_kept() -> None:
    """livekit replays its whole history in one burst and waits for its own ids."""
    ids = [f"item_{number:027}" for number in range(40)]

    async def script(line: Line) -> None:
        await line.next()
        previous = "root"
        for item_id in ids:
            item = {"id": item_id, "type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]}
            await line.send("conversation.item.create", previous_item_id=previous, item=item)
            previous = item_id
        added = [await line.until("conversation.item.added") for _ in ids]
        assert [event["item"]["id"] for event in added] == ids
        assert [event["previous_item_id"] for event in added] == [None, *ids[:-1]]
        await line.send("conversation.item.delete", item_id=ids[3])
        assert (await line.until("conversation.item.deleted"))["item_id"] == ids[3]

    play(script)


def test_6_metadata_come_back_with_the_response() -> None:
    async def script(line: Line) -> None:
        await line.send("response.create", response={"metadata": {"client_event_id": "response_create_1"}})
        for kind in ("response.created", "response.done"):
            event = await line.until(kind)
            assert event["response"]["metadata"] == {"client_event_id": "response_create_1"}

    play(script)


@pytest.mark.parametrize(
    ("dialect", "added", "prefix"), [("ga", "added", "response.output_audio"), ("beta", "created", "response.audio")]
)
def test_7_an_answer_begins_grows_and_ends_in_order(dialect: str, added: str, prefix: str) -> None:
    async def script(line: Line) -> None:
        await line.send("response.create")
        done = (await line.until("response.done"))["response"]
        assert [item["type"] for item in done["output"]] == ["message"]
        order = [
            "response.created",
            "response.output_item.added",
            f"conversation.item.{added}",
            "response.content_part.added",
            f"{prefix}.delta",
            f"{prefix}.done",
            f"{prefix}_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
        ]
        places = [line.types().index(kind) for kind in order]
        assert places == sorted(places)
        last_delta = len(line.types()) - 1 - line.types()[::-1].index(f"{prefix}.delta")
        assert places[3] < line.types().index(f"{prefix}_transcript.delta") < places[6]
        assert last_delta < places[5]
        audio = [base64.b64decode(event["delta"]) for event in line.all(f"{prefix}.delta")]
        assert all(len(piece) % 2 == 0 for piece in audio), "half a sample"

    play(script, dialect=dialect)


@pytest.mark.parametrize(("dialect", "added"), [("ga", "added"), ("beta", "created")])
def test_8_a_call_is_an_item_with_its_name_before_its_arguments_end(dialect: str, added: str) -> None:
    call = [ToolCallDelta(0, call_id="call_1", name="weather"), ToolCallDelta(0, "{"), ToolCallDelta(0, "}")]

    async def script(line: Line) -> None:
        await line.send(
            "session.update", session={**({"type": "realtime"} if dialect == "ga" else {}), "tools": [WEATHER]}
        )
        await line.write("How is the weather?")
        await line.send("response.create")
        item = (await line.until("response.output_item.added"))["item"]
        assert (item["name"], item["call_id"], item["arguments"]) == ("weather", "call_1", "")
        event = await line.until(f"conversation.item.{added}")
        assert (event["item"]["name"], event["item"]["call_id"]) == ("weather", "call_1")
        assert event["previous_item_id"] is not None
        done = await line.until("response.function_call_arguments.done")
        assert (done["name"], done["call_id"], done["arguments"]) == ("weather", "call_1", "{}")

    play(script, Fakes(llm=ScriptedLlm([call])), dialect)


def test_9_strings_are_never_null() -> None:
    fakes = Fakes(stt=ScriptedStt([RuntimeError("secret detail")] * 9))

    async def script(line: Line) -> None:
        await updated(line, audio={"input": {"transcription": {"model": "whisper-1"}}})
        await line.say("goforward")
        error = (await line.until("conversation.item.input_audio_transcription.failed"))["error"]
        assert all(isinstance(error[key], str) for key in ("type", "code", "message", "param"))
        await line.until("response.done")
        for modality in ("audio", "text"):
            await line.write("hello")
            await line.send("response.create", response={"output_modalities": [modality]})
            assert (await line.until("response.content_part.added"))["part"].get(
                "transcript" if modality == "audio" else "text"
            ) == ""
            await line.until("response.done")

    play(script, fakes)


@pytest.mark.parametrize("detection", [{"type": "server_vad"}, {"type": "semantic_vad", "interrupt_response": True}])
def test_10_interruption_is_echoed_as_true(detection: dict[str, Any]) -> None:
    async def script(line: Line) -> None:
        settings = await updated(line, audio={"input": {"turn_detection": detection}})
        assert settings["audio"]["input"]["turn_detection"]["interrupt_response"] is True

    play(script)


def test_11_there_is_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    async def run() -> None:
        async with running(configured(tls_self_signed=True), Fakes().by_stage) as server:
            trusting = ssl.create_default_context(cafile=str(default_folder() / "certificate.pem"))
            async with connect(f"wss://127.0.0.1:{server.listener.port}{PATHS['ga']}", ssl=trusting) as socket:
                assert '"session.created"' in str(await socket.recv())

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_12_frames_stay_below_a_mebibyte() -> None:
    """Of the longest answer, and of items with much sound in them."""

    async def script(line: Line) -> None:
        await updated(line, audio={"input": {"turn_detection": None}})
        for _ in range(9):
            sound = base64.b64encode(speech_24k("goforward")).decode()
            await line.send("input_audio_buffer.append", audio=sound)
        await line.send("input_audio_buffer.commit")
        heard = (await line.until("conversation.item.added"))["item"]
        await line.send("response.create")
        said = (await line.until("response.done"))["response"]["output"][0]
        for item in (heard, said):
            await line.send("conversation.item.retrieve", item_id=item["id"])
            assert (await line.until("conversation.item.retrieved"))["item"]["id"] == item["id"]
        assert max(line.sizes) < ONE_MIB

    play(script, Fakes(stt=ScriptedStt([LONG]), llm=ScriptedLlm([[TextDelta(LONG)]])))


def test_13_there_are_no_needless_errors() -> None:
    """What clients send blindly, repeat, or overdo: each `error` would end a session of pipecat."""

    async def script(line: Line) -> None:
        await updated(line, tracing="auto", audio={"input": {"noise_reduction": {"type": "near_field"}}})
        await updated(line, tracing={"workflow_name": "w"}, model="gpt-realtime", prompt=None)
        await line.send("input_audio_buffer.append", audio="")
        await line.send("input_audio_buffer.clear")
        await line.send("output_audio_buffer.clear")
        await line.send("response.create", response={"output_modalities": ["text", "audio"]})
        item = (await line.until("response.output_item.added"))["item"]
        await line.send("conversation.item.retrieve", item_id=item["id"])
        await line.until("response.done")
        await line.send("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=9_999_999)
        await line.send("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=12.7)
        await line.send("response.create", response=None)
        await line.until("response.done")
        voice = line.events[0]["session"]["audio"]["output"]["voice"]
        await updated(line, audio={"output": {"voice": voice}})
        assert not line.all("error")
        cuts = [event["audio_end_ms"] for event in line.all("conversation.item.truncated")]
        assert len(cuts) == 2
        assert cuts[0] < 9_999_999
        assert cuts[1] == 12

    play(script)


@pytest.mark.parametrize(
    ("asked", "echoed"),
    [
        ({"model": "whisper-1"}, {"model": "whisper-1", "language": None, "prompt": None}),
        (
            {"model": "gpt-transcribe", "language": "en", "keywords": ["ovos"]},
            {"model": "gpt-transcribe", "language": "en", "prompt": None, "keywords": ["ovos"]},
        ),
    ],
)
def test_14_transcription_is_echoed_with_the_keys_that_were_set(asked: dict[str, Any], echoed: dict[str, Any]) -> None:
    async def script(line: Line) -> None:
        settings = await updated(line, audio={"input": {"transcription": asked}})
        assert settings["audio"]["input"]["transcription"] == echoed

    play(script)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["realtime", "openai-insecure-api-key.sk"], "realtime"),
        (["openai-insecure-api-key.sk", "openai-agents-sdk.0.20.0", "realtime"], "realtime"),
        (["openai-insecure-api-key.sk", "openai-beta.realtime-v1"], "openai-beta.realtime-v1"),
        (None, None),
    ],
)
def test_15_one_of_the_offered_subprotocols_is_chosen(offered: Any, chosen: str | None) -> None:
    async def script(line: Line) -> None:
        first = await line.next()
        assert line.socket.subprotocol == chosen
        assert ("modalities" in first["session"]) == (chosen == "openai-beta.realtime-v1")

    play(script, subprotocols=offered)


PAGE = "https://app.example.org"


async def asked_by_a_page(method: str, path: str, **headers: str) -> tuple[int, dict[str, str]]:
    """Status and headers of what a page of another origin is answered that this server allows."""
    async with running(configured(allowed_origins=(PAGE,)), Fakes().by_stage) as server:
        session = aiohttp.ClientSession()
        async with (
            session,
            session.request(method, server.url + path, headers={"Origin": PAGE, **headers}, data=b"{}") as answer,
        ):
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}


@pytest.mark.parametrize("path", ["/realtime/calls", "/realtime?model=gpt-realtime", "/realtime/client_secrets"])
def test_16_pages_may_ask_and_read_where_their_call_is(path: str) -> None:
    asks = "authorization,content-type,openai-beta,x-openai-agents-sdk,x-stainless-lang"
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": asks}
    status, headers = asyncio.run(asked_by_a_page("OPTIONS", path, **wanted))
    assert status == 204
    assert headers["access-control-allow-origin"] == PAGE
    assert "POST" in headers["access-control-allow-methods"]
    assert set(asks.split(",")) <= set(headers["access-control-allow-headers"].replace(" ", "").lower().split(","))
    _, headers = asyncio.run(asked_by_a_page("POST", path, **{"Content-Type": "application/json"}))
    assert headers["access-control-allow-origin"] == PAGE
    assert {"Location", "X-Request-Id"} <= set(headers["access-control-expose-headers"].split(", "))
