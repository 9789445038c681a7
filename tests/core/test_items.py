"""Items as they are kept and as they are told (protocol.md 5.7)."""

from __future__ import annotations

import msgspec
import pytest

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core.items import LONGEST_KEPT_BYTES, Part, StoredItem, from_client, spoken_language
from ovos_voice_agent.protocol.client_events import NewItem
from ovos_voice_agent.protocol.objects import InputAudio, ItemId
from tests.core.stage import counted_ids

PCM = AudioFormat()


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (Part("input_text", "a"), {"type": "input_text", "text": "a"}),
        (Part("input_audio", None), {"type": "input_audio", "transcript": None}),
        (Part("input_audio", "a", bytearray(b"abc")), {"type": "input_audio", "transcript": "a"}),
        (
            Part("input_image", image_url="data:", detail="low"),
            {"type": "input_image", "image_url": "data:", "detail": "low"},
        ),
        (Part("output_text", "a"), {"type": "output_text", "text": "a"}),
        (Part("output_audio", "a", bytearray(b"abc")), {"type": "output_audio", "transcript": "a"}),
        (Part("output_audio", None), {"type": "output_audio", "transcript": ""}),
    ],
)
def test_parts_are_told_without_their_audio(part: Part, told: object) -> None:
    assert msgspec.to_builtins(part.wire(with_audio=False)) == told


@pytest.mark.parametrize("kind", ["input_audio", "output_audio"])
def test_audio_is_told_on_request(kind: str) -> None:
    assert msgspec.to_builtins(Part(kind, "a", bytearray(b"abc")).wire(with_audio=True))["audio"] == "YWJj"  # type: ignore[arg-type]


def test_keys_stand_as_those_of_the_hosted_service() -> None:
    item = StoredItem(ItemId("i"), "function_call", name="f", call_id="c", arguments="{}")
    assert msgspec.to_builtins(item.wire()) == {
        "type": "function_call", "id": "i", "status": "completed", "name": "f", "call_id": "c", "arguments": "{}",
    }  # fmt: skip
    output = StoredItem(ItemId("i"), "function_call_output", call_id="c", output="x")
    assert msgspec.to_builtins(output.wire()) == {
        "type": "function_call_output",
        "id": "i",
        "call_id": "c",
        "output": "x",
    }


def test_a_part_keeps_audio_until_it_is_too_much() -> None:
    part = Part("output_audio", audio=bytearray())
    part.keep(bytes(LONGEST_KEPT_BYTES))
    assert part.audio is not None
    part.keep(b"x")
    assert part.audio is None
    part.keep(b"y")
    assert part.audio is None


def test_the_length_of_a_recording_counts_whole_samples() -> None:
    clip = NewItem("message", content=(InputAudio("a", bytes(4801)),))
    (part,) = from_client(clip, PCM, counted_ids()).parts
    assert part.length_ms == 100
    (empty,) = from_client(NewItem("message", content=(InputAudio("a"),)), PCM, counted_ids()).parts
    assert (empty.length_ms, empty.audio) == (0, bytearray())


def test_ids_are_the_clients_or_ours() -> None:
    ids = counted_ids()
    assert from_client(NewItem("message", id=ItemId("mine")), PCM, ids).id == "mine"
    call = from_client(NewItem("function_call", name="f"), PCM, ids)
    assert (call.id, call.call_id) == ("item_1", "call_1")


def test_size_counts_texts_and_images() -> None:
    item = StoredItem(
        ItemId("i"), "message", parts=[Part("input_text", "abc"), Part("input_image", image_url="x" * 50)]
    )
    assert item.size() == 253


def test_the_language_is_that_of_what_was_said_last() -> None:
    def said(language: str | None) -> StoredItem:
        return StoredItem(ItemId("i"), "message", parts=[Part("input_audio", "a", language=language)])

    answer = StoredItem(ItemId("a"), "message", role="assistant", parts=[Part("output_audio", "b")])
    assert spoken_language([]) is None
    assert spoken_language([said("en"), answer, said("de"), answer]) == "de"
    assert spoken_language([said("en"), answer, said(None)]) is None
