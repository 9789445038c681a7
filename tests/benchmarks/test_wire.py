"""The bare WebSocket, against the server."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from websockets.frames import Frame
from websockets.streams import StreamReader

from ovos_voice_agent.benchmarks.wire import event_type, frame, open_socket
from ovos_voice_agent.errors import ClientError, TransportClosed
from tests.benchmarks.serving import measured


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_frames_are_those_of_the_standard(size: int) -> None:
    payload = bytes(number % 251 for number in range(size))
    reader = StreamReader()
    reader.feed_data(frame(payload))
    parsing = Frame.parse(reader.read_exact, mask=True)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    assert (parsed.value.value.opcode, parsed.value.value.data) == (1, payload)


def test_the_type_is_read_wherever_it_stands() -> None:
    assert event_type(b'{"event_id":"e","type":"response.done"}') == "response.done"


def test_events_come_one_by_one_and_errors_are_raised() -> None:
    async def test(url: str) -> None:
        socket = await open_socket(url)
        seen: list[str] = []
        socket.on_event = lambda kind, _: seen.append(kind)
        created = socket.expect("conversation.item.added")
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x" * 70_000}]}
        socket.write(frame(msgspec.json.encode({"type": "conversation.item.create", "item": item})))
        assert msgspec.json.decode(await created)["item"]["content"][0]["text"] == "x" * 70_000
        refused = socket.expect("session.updated")
        socket.write(frame(b'{"type":"nonsense"}'))
        with pytest.raises(ClientError, match="nonsense"):
            await refused
        assert seen[0] == "conversation.item.added"
        assert seen[-1] == "error"
        lost = socket.expect("response.done")
        socket.abort()
        with pytest.raises(TransportClosed):
            await lost
        with pytest.raises(TransportClosed):
            await socket.expect("response.done")
        assert socket.closed

    measured(test)


def test_nobody_answers() -> None:
    with pytest.raises(OSError):  # noqa: PT011
        asyncio.run(open_socket("http://127.0.0.1:9/v1"))
