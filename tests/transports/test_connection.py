"""One open WebSocket: order, waiting, abuse, and every way it can end."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ovos_voice_agent.core.engine_events import ShuttingDown
from ovos_voice_agent.core.session import Input
from ovos_voice_agent.protocol.codec import ClientEventDecoder
from ovos_voice_agent.transports.connection import AT_ONCE, Connection, ConnectionLimits
from ovos_voice_agent.transports.dialect import Ga
from ovos_voice_agent.transports.outbox import FULL_BYTES, Outbox
from tests.transports.plain import Line, PlainRunner, settle

APPEND = {"type": "input_audio_buffer.append", "audio": base64.b64encode(bytes(960)).decode()}
LONG_APPEND = {"type": "input_audio_buffer.append", "audio": base64.b64encode(bytes(48_000)).decode()}
NO_LIMITS = ConnectionLimits()
CLEAR = {"type": "input_audio_buffer.clear", "event_id": "e1"}


class Open:
    """A connection that runs; `now` is its clock."""

    def __init__(self, limits: ConnectionLimits, runner: type[PlainRunner] = PlainRunner) -> None:
        dialect = Ga(ClientEventDecoder())
        self.line, self.outbox, self.now = Line(), Outbox(dialect.encode), 0.0
        self.runner = runner(self.outbox)
        self.connection = Connection(self.runner, dialect, self.outbox, self.line, limits, lambda: self.now)
        self.running = asyncio.ensure_future(self.connection.run(self.line.receive, self.line.send))


def scenario(script: Callable[[Open], Awaitable[None]], limits: ConnectionLimits = NO_LIMITS) -> None:
    """Run a script against an open connection; it must have ended at the end of the script or end when left."""

    async def run() -> None:
        opened = Open(limits)
        await script(opened)
        opened.line.leave()
        await asyncio.wait_for(opened.running, 30)
        assert opened.outbox.waiting_bytes == 0

    asyncio.run(run())


def test_events_are_handled_in_order_and_answered() -> None:
    async def script(open: Open) -> None:
        open.line.say(APPEND, CLEAR, {"type": "response.cancel", "event_id": "e2"})
        await settle()
        assert [type(event).__name__ for event in open.runner.posted] == [
            "InputAudioBufferAppend",
            "InputAudioBufferClear",
            "ResponseCancel",
        ]
        assert open.line.types() == ["input_audio_buffer.cleared", "error"]

    scenario(script)


def test_binary_frames_are_taken_like_text() -> None:
    async def script(open: Open) -> None:
        open.line.say(b'{"type":"input_audio_buffer.clear"}', b"\xff\xfe", b"")
        await settle()
        assert open.line.types() == ["input_audio_buffer.cleared", "error", "error"]

    scenario(script)


@pytest.mark.parametrize("frame", ["", "{", "[]", "7", '{"type":"nope"}', '{"a":' * 3000, "\x00"])
def test_garbage_is_answered_and_ends_nothing(frame: str) -> None:
    async def script(open: Open) -> None:
        open.line.say(frame, CLEAR)
        await settle()
        assert open.line.types() == ["error", "input_audio_buffer.cleared"]

    scenario(script)


def test_all_but_audio_waits_for_the_detector() -> None:
    async def script(open: Open) -> None:
        open.runner.judged.clear()
        open.line.say(APPEND, CLEAR, APPEND)
        await settle()
        assert len(open.runner.posted) == 1
        open.runner.judged.set()
        await settle()
        assert len(open.runner.posted) == 3

    scenario(script)


def test_the_next_frame_is_read_when_the_session_is_ready_for_it() -> None:
    async def script(open: Open) -> None:
        open.runner.room.clear()
        open.line.say(*[APPEND] * 5)
        await settle()
        assert (len(open.runner.posted), open.line.unread) == (1, 4)
        open.runner.room.set()
        await settle()
        assert len(open.runner.posted) == 5

    scenario(script)


def test_audio_that_has_waited_is_handled_as_one() -> None:
    async def script(open: Open) -> None:
        await settle()
        named = APPEND | {"event_id": "e1"}
        open.line.say_at_once(*[APPEND] * 3, LONG_APPEND, named, *[APPEND] * 20, CLEAR, APPEND)
        await settle()
        sizes = [len(getattr(event, "audio", b"")) for event in open.runner.posted]
        assert sizes == [3 * 960, 48_000, 960, AT_ONCE * 960, (20 - AT_ONCE) * 960, 0, 960]

    scenario(script)


def text(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


def test_what_the_session_holds_is_not_posted() -> None:
    async def script(open: Open) -> None:
        await settle()
        assert open.connection.heard(text(APPEND))
        assert len(open.runner.posted) == 1
        open.runner.holds = True
        assert open.connection.heard(text(APPEND))
        assert open.connection.heard(text(LONG_APPEND))
        assert (len(open.runner.posted), len(open.runner.held)) == (1, 2)
        assert open.runner.held[0].audio == bytes(960)

    scenario(script)


@pytest.mark.parametrize(
    "frame", [text(CLEAR), b"{", b"\xff", text(APPEND)[:-2] + b'\xff"}', text({**APPEND, "audio": "?"})]
)
def test_what_is_no_plain_audio_is_handed_over_as_all_others(frame: bytes) -> None:
    async def script(open: Open) -> None:
        await settle()
        assert not open.connection.heard(frame)
        assert open.runner.posted == []

    scenario(script)


def test_audio_for_which_there_is_no_room_is_handed_over_as_all_others() -> None:
    async def script(open: Open) -> None:
        await settle()
        open.runner.room.clear()
        assert not open.connection.heard(text(APPEND))
        open.line.say(APPEND)
        await settle()
        assert not open.connection.heard(text(APPEND)), "another waits"
        open.runner.room.set()
        await settle()
        assert open.connection.heard(text(APPEND))

    scenario(script)


def test_where_events_are_counted_each_goes_the_long_way() -> None:
    async def script(open: Open) -> None:
        await settle()
        assert not open.connection.heard(text(APPEND))
        open.line.say_at_once(*[APPEND] * 2)
        await settle()
        assert len(open.runner.posted) == 2

    scenario(script, ConnectionLimits(events_per_second=10))


def test_a_client_that_reads_nothing_is_not_read_either() -> None:
    async def script(open: Open) -> None:
        create = {
            "type": "conversation.item.create",
            "item": {
                "type": "message",
                "role": "user",
                "id": "big",
                "content": [{"type": "input_text", "text": "x" * 1_000_000}],
            },
        }
        open.line.taking.clear()
        open.line.say(create, *[{"type": "conversation.item.retrieve", "item_id": "big"}] * 50)
        await settle()
        assert open.line.unread > 30
        assert FULL_BYTES < open.outbox.waiting_bytes < FULL_BYTES + 3_000_000
        open.line.taking.set()
        await settle()
        assert (open.line.unread, len(open.line.types())) == (0, 52)

    scenario(script)


def test_too_many_events_are_refused_and_then_it_is_over() -> None:
    async def script(open: Open) -> None:
        open.line.say(*[CLEAR] * 3)
        await settle()
        refused = open.line.events()[2]["error"]
        assert (refused["code"], refused["event_id"]) == ("too_many_events", "e1")
        assert refused["message"] == "Too many events: the limit is 2 per second."
        assert open.line.types() == ["input_audio_buffer.cleared"] * 2 + ["error"]
        open.line.say(*[CLEAR] * 500)
        await asyncio.wait_for(open.running, 30)
        assert open.line.goodbyes() == [(1008, "Too many events.")]
        assert open.line.types().count("error") == 100

    scenario(script, ConnectionLimits(events_per_second=2))


def test_what_the_session_says_last_is_sent_before_it_closes() -> None:
    async def script(open: Open) -> None:
        open.line.say(CLEAR)
        await settle()
        open.runner.post(ShuttingDown())
        await asyncio.wait_for(open.running, 30)
        assert [message["type"] for message in open.line.received] == ["websocket.send", "websocket.close"]
        assert open.line.goodbyes() == [(1001, "Server is shutting down.")]

    scenario(script)


def test_a_client_that_leaves_ends_it_although_data_waits() -> None:
    async def script(open: Open) -> None:
        open.line.taking.clear()
        open.line.say(CLEAR)
        await settle()

    scenario(script)


def test_a_broken_line_ends_it() -> None:
    async def run() -> None:
        opened = Open(ConnectionLimits())
        opened.running.cancel()

        async def broken(message: Any) -> None:
            raise ConnectionResetError

        again = asyncio.ensure_future(opened.connection.run(opened.line.receive, broken))
        opened.line.say(CLEAR)
        await asyncio.wait_for(again, 30)

    asyncio.run(run())


def test_a_reader_that_takes_nothing_is_hung_up() -> None:
    async def script(open: Open) -> None:
        open.line.taking.clear()
        open.line.say(CLEAR)
        while not open.running.done():
            open.now += 0.01
            await asyncio.sleep(0.001)
        assert open.line.hung_up == (1013, "The client reads too slowly.")

    scenario(script, ConnectionLimits(reader_timeout_s=0.02))


def test_an_idle_client_is_closed_where_that_is_configured() -> None:
    async def script(open: Open) -> None:
        while not open.running.done():
            open.now += 0.01
            await asyncio.sleep(0.001)
        assert open.line.goodbyes() == [(1000, "idle")]

    scenario(script, ConnectionLimits(idle_timeout_s=0.02))


@pytest.mark.parametrize("when", ["at once", "later"])
def test_a_bug_is_not_hidden(when: str) -> None:
    class Broken(PlainRunner):
        def post(self, input: Input) -> None:
            raise RuntimeError("a bug")

    async def run() -> None:
        opened = Open(ConnectionLimits(), Broken)
        if when == "later":
            opened.runner.room.clear()
        await settle()
        opened.line.say(APPEND)
        with pytest.raises(ExceptionGroup):
            await asyncio.wait_for(opened.running, 30)

    asyncio.run(run())


def test_a_packet_of_many_frames_is_handled_in_order_with_turns_for_others_between() -> None:
    async def script(open: Open) -> None:
        await settle()
        others: list[int] = []
        asyncio.get_running_loop().call_soon(lambda: others.append(len(open.runner.posted)))
        open.line.say_at_once(*[{"type": "response.cancel", "event_id": f"e{n}"} for n in range(100)])
        assert len(open.runner.posted) == AT_ONCE
        await settle()
        assert others == [AT_ONCE]
        assert [getattr(event, "event_id", None) for event in open.runner.posted] == [f"e{n}" for n in range(100)]

    scenario(script)


def test_what_comes_while_something_waits_does_not_overtake_it() -> None:
    async def script(open: Open) -> None:
        await settle()
        open.runner.judged.clear()
        open.line.say_at_once(CLEAR, APPEND)
        open.line.say_at_once(APPEND)
        open.runner.judged.set()
        open.line.say_at_once({"type": "response.cancel"})
        await settle()
        kinds = [type(event).__name__ for event in open.runner.posted]
        assert kinds == ["InputAudioBufferClear", "InputAudioBufferAppend", "ResponseCancel"]

    scenario(script)
