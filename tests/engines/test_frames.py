from __future__ import annotations

import msgspec
import pytest

from ovos_voice_agent.engines import frames

MESSAGES = [
    frames.Ready({"rate_hz": 22050}),
    frames.Broken("no data"),
    frames.Item(1, [b"\0\1", "word"]),
    frames.Done(2, None),
    frames.Failed(3, "why"),
    frames.Pong(),
]


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_frames_survive_any_cutting(step: int) -> None:
    data = b"".join(frames.pack(message) for message in MESSAGES)
    unframer = frames.Unframer()
    contents = [content for start in range(0, len(data), step) for content in unframer.push(data[start : start + step])]
    assert [frames.unpack_from_worker(content) for content in contents] == MESSAGES


def test_messages_to_a_worker_come_back_the_same() -> None:
    for message in (frames.Begin(1, {"text": "a"}), frames.More(1, b"pcm"), frames.Drop(1), frames.Ping()):
        assert frames.unpack_to_worker(frames.pack(message)[4:]) == message


def test_garbage_is_an_error() -> None:
    with pytest.raises(ValueError, match="too long"):
        frames.Unframer().push(b"\xff\xff\xff\xff")
    with pytest.raises(msgspec.MsgspecError):
        frames.unpack_from_worker(b"garbage")
    with pytest.raises(msgspec.MsgspecError):
        frames.unpack_from_worker(frames.pack(frames.Ping())[4:])
