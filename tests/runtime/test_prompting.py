"""What the model is told."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.engines.interface import ImagePart, Message, Prompt, TextPart, Tool, ToolCall
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.protocol import objects as o
from ovos_voice_agent.protocol.objects import ItemId
from ovos_voice_agent.protocol.settings import FunctionTool
from ovos_voice_agent.runtime.prompting import prompt_of
from tests.runtime.scenes import NOW, said, start_reply


def message(role: Any, *content: o.Content, status: Any = "completed") -> o.Item:
    return o.MessageItem(ItemId("item"), status, role, content)


def heard(transcript: str | None) -> o.Item:
    return message("user", o.InputAudio(transcript))


def spoken(transcript: str) -> o.Item:
    return message("assistant", o.OutputAudio(transcript))


def call(call_id: str, name: str = "look", status: Any = "completed") -> o.Item:
    return o.FunctionCallItem(ItemId("item"), status, name, call_id, '{"a": 1}')


def output(call_id: str, text: str = "done") -> o.Item:
    return o.FunctionCallOutputItem(ItemId("item"), call_id, text)


def prompt(*items: o.Item, context_tokens: int | None = None, **changes: Any) -> Prompt:
    return prompt_of(start_reply(items, **changes), NOW, context_tokens=context_tokens)


def script(*items: o.Item, **changes: Any) -> list[str]:
    """The conversation between instructions and time, a line for each message."""
    return [line(entry) for entry in prompt(*items, **changes).messages[1:-1]]


def line(entry: Message) -> str:
    calls = "".join(f" -> {made.name}#{made.call_id}" for made in entry.calls)
    return f"{entry.role}{'#' + entry.call_id if entry.call_id else ''}: {entry.text}{calls}"


def test_instructions_come_first_and_the_time_last() -> None:
    first, *_, last = prompt(said("hello")).messages
    assert (first.role, first.text) == ("system", "Be brief.")
    assert (last.role, last.text) == ("system", "It is Saturday, 21 November 2026, 15:04 (UTC).")
    assert prompt(said("hello"), instructions=" ").messages[0].role == "user"


def test_the_language_is_told_where_it_is_known() -> None:
    german = prompt_of(start_reply([said("hallo")]), NOW, language="de-AT")
    assert german.language == "de-AT"
    assert german.messages[-1].text.endswith(
        "(UTC). The person speaks German: answer in German, unless you were told otherwise."
    )


def test_a_conversation_of_all_kinds() -> None:
    lines = script(
        heard("what is this"),
        message("user", o.InputText("look"), o.InputImage("data:image/png;base64,AA")),
        spoken("A dot."),
        message("system", o.InputText("Now be funny.")),
        message("assistant", o.OutputText("Dot.")),
        said("thanks"),
    )
    assert lines == [
        "user: what is this", "user: look", "assistant: A dot.", "system: Now be funny.", "assistant: Dot.",
        "user: thanks",
    ]  # fmt: skip


def test_images_are_handed_on() -> None:
    image = message("user", o.InputImage("data:image/png;base64,AA", "low"))
    assert prompt(image).messages[1].content == (ImagePart("data:image/png;base64,AA", "low"),)


def test_what_had_no_words_is_left_out_but_not_the_turn_to_answer() -> None:
    assert script(heard(""), heard("hello"), spoken(""), heard(None)) == ["user: hello", "user: (inaudible)"]
    mixed = message("user", o.InputAudio(" "), o.InputText("see this"))
    assert script(mixed) == ["user: see this"]


def test_calls_stand_together_each_with_its_output() -> None:
    lines = script(
        said("both"), spoken("A moment."), call("a"), call("b"), said("and?"), output("b", "B"), output("a", "A")
    )
    assert lines == [
        "user: both", "assistant: A moment. -> look#a -> look#b", "tool#a: A", "tool#b: B", "user: and?",
    ]  # fmt: skip
    assert prompt(call("a"), output("a")).messages[1].calls == (ToolCall("a", "look", '{"a": 1}'),)


def test_calls_of_two_rounds_stay_apart() -> None:
    lines = script(said("go"), call("a"), output("a", "A"), spoken("One."), call("b"), output("b", "B"))
    assert lines == [
        "user: go", "assistant:  -> look#a", "tool#a: A", "assistant: One. -> look#b", "tool#b: B",
    ]  # fmt: skip


def test_calls_without_output_and_outputs_without_call() -> None:
    assert script(said("go"), call("a"), output("x"), said("well?")) == [
        "user: go", "assistant:  -> look#a", "tool#a: (no result yet)", "user: well?",
    ]  # fmt: skip
    assert script(said("go"), call("a", status="incomplete"), said("no")) == ["user: go", "user: no"]


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("auto", ("auto", None)),
        ("none", ("none", None)),
        ("required", ("required", None)),
        ({"type": "function", "name": "look"}, ("function", "look")),
    ],
)
def test_tools_and_their_choice(choice: Any, told: tuple[str, str | None]) -> None:
    made = prompt(tools=(FunctionTool("look", None, {"type": "object"}),), tool_choice=choice)
    assert (made.tool_choice, made.tool_name) == told
    assert made.tools == (Tool("look", "", {"type": "object"}),)


def test_settings_are_handed_on() -> None:
    made = prompt(max_output_tokens=50, temperature=0.7, reasoning_effort="low", spoken=False, metadata={"a": "b"})
    assert (made.max_tokens, made.temperature, made.reasoning_effort) == (50, 0.7, "low")
    assert (made.spoken, made.metadata) == (False, {"a": "b"})
    assert prompt().max_tokens is None
    assert prompt_of(start_reply(), NOW, model="m").model == "m"


# --------------------------------------------------------------------------------------------------------------- limits

LONG = [said("x" * 392, number) for number in range(10)]
"""Ten messages of 102 tokens."""


def kept(made: Prompt) -> list[str]:
    return [entry.content[0].text for entry in made.messages[1:-1] if isinstance(entry.content[0], TextPart)]


def test_without_a_known_limit_everything_is_told() -> None:
    assert len(kept(prompt(*LONG))) == 10


def test_the_oldest_goes_first() -> None:
    items = [said("old"), *LONG[:8], spoken("answer"), said("new")]
    told = kept(prompt(*items, context_tokens=500))
    assert told[-2:] == ["answer", "new"]
    assert 3 <= len(told) - 2 <= 4


def test_room_is_left_for_the_answer() -> None:
    assert len(kept(prompt(*LONG, context_tokens=1000, max_output_tokens=500))) < len(
        kept(prompt(*LONG, context_tokens=1000))
    )


def test_a_ratio_cuts_deeper_and_only_when_it_must() -> None:
    half = {"type": "retention_ratio", "retention_ratio": 0.5}
    assert len(kept(prompt(*LONG, context_tokens=2000, truncation=half))) == 10
    assert len(kept(prompt(*LONG, context_tokens=1000, truncation=half))) == 4
    own = {"type": "retention_ratio", "retention_ratio": 1.0, "token_limits": {"post_instructions": 310}}
    assert len(kept(prompt(*LONG, truncation=own))) == 3


def test_the_last_message_of_the_user_is_never_dropped() -> None:
    items = [said("the question " * 100), call("a"), output("a", "y" * 4000)]
    told = prompt(*items, context_tokens=50)
    assert [entry.role for entry in told.messages] == ["system", "user", "system"]


def test_calls_and_outputs_are_dropped_together() -> None:
    items = [call("a"), output("a", "y" * 400), *LONG[:3]]
    assert {entry.role for entry in prompt(*items, context_tokens=400).messages} == {"system", "user"}


def test_what_may_not_be_shortened_fails() -> None:
    with pytest.raises(EngineError) as raised:
        prompt(*LONG, context_tokens=500, truncation="disabled")
    assert raised.value.code == "context_length_exceeded"
    assert len(kept(prompt(*LONG, context_tokens=5000, truncation="disabled"))) == 10
