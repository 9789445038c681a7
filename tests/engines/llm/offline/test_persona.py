"""The offline persona on phrasings that stand here only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ovos_voice_agent.engines.interface import Message, Prompt, TextPart, Tool, ToolCall
from ovos_voice_agent.engines.llm.offline.persona import Answer, answer

NOW = datetime(2026, 11, 21, 15, 5, tzinfo=UTC)  # a Saturday


def tool(name: str, description: str, required: tuple[str, ...] = (), **properties: Any) -> Tool:
    return Tool(name, description, {"type": "object", "properties": properties, "required": list(required)})


WEATHER = tool(
    "get_current_weather", "Get the weather in a given place", ("location",),
    location={"type": "string"}, unit={"type": "string", "enum": ["celsius", "fahrenheit"]},
)  # fmt: skip
THERMOSTAT = tool(
    "set_thermostat", "Set the temperature of the heating", ("degrees",),
    degrees={"type": "number", "minimum": 5, "maximum": 30},
)  # fmt: skip
ORDER = tool("trackOrder", "Track the delivery of a parcel", ("order_number",), order_number={"type": "string"})
TOOLS = (WEATHER, THERMOSTAT, ORDER)


def ask(*lines: str, tools: tuple[Tool, ...] = (), **options: Any) -> Answer:
    """The reply to the last line; the lines before it alternate between person and assistant."""
    roles = ("user", "assistant") * len(lines)
    said = [Message(role, (TextPart(line),)) for role, line in zip(roles, lines, strict=False)]
    system = Message("system", (TextPart("You are heard, not read."),))
    return answer(Prompt((system, *said), tools=tools, **options), NOW)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("good evening", "Hello"),
        ("excuse me, could you tell me the time?", "3:05 PM"),
        ("have you got the time", "3:05 PM"),
        ("what time is at", "3:05 PM"),
        ("what's the time in new york right now", "10:05 AM in New York"),
        ("what's today's date", "November 21, 2026"),
        ("which day of the week is it", "Saturday"),
        ("what's forty two divided by six", "is 7."),
        ("please work out 18% of 250", "is 45."),
        ("how much is nineteen plus twenty three", "is 42."),
        ("say the quick brown fox", "The quick brown fox"),
        ("would you please repeat after me, she sells sea shells", "She sells sea shells"),
        ("I'm called Zelda", "Zelda"),
        ("please keep in mind that the bins go out on Thursday", "the bins go out on Thursday"),
        ("ok thank you very much", "welcome"),
        ("good bye then", "Goodbye"),
        ("would you tell me the hour please", "3:05 PM"),
        ("what is the hour?", "3:05 PM"),
        ("what are your abilities", "sums"),
        ("My name is Omar. How much is six times six?", "36"),
    ],
)
def test_it_answers(text: str, part: str) -> None:
    assert part in ask(text).text


@pytest.mark.parametrize(
    "text", ["the purple of often", "why did Rome fall", "how many times have you been to Spain", "wake me"]
)
def test_what_it_does_not_understand_is_answered_kindly_with_a_way_on(text: str) -> None:
    said = ask(text).text
    assert f"I heard: {text}" in said
    assert "[engines.llm]" in said
    assert "[engines.llm]" not in ask(text, said, text).text


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        (("hi, my name is omar", "Hello.", "who am i"), "Omar"),
        (("our dog is called Rex", "Nice.", "what is our dog called"), "Rex"),
        (("i parked the car on level four", "ok", "where did i park the car"), "level four"),
        (("remember that mum arrives on friday", "ok", "when does mum arrive"), "friday"),
        (("remember to buy oat milk", "ok", "what did i ask you to remember"), "oat milk"),
        (("bananas", "ok", "cherries", "ok", "what was the first thing i said"), "bananas"),
        (("bananas", "ok", "cherries", "ok", "what was the last thing i said"), "cherries"),
        (("hello", "Hello, sailor.", "sorry, what did you say"), "Hello, sailor."),
        (("hello", "Hello, sailor.", "say it again please"), "Hello, sailor."),
        (("hello", "Hello, sailor.", "what did you say?"), "Hello, sailor."),
        (("bananas", "Ahoy.", "what did I say?"), "You said: bananas."),
        (("bananas", "Ahoy.", "can you tell me what I said"), "You said: bananas."),
        (("bananas", "Ahoy.", "do you know what you told me?"), "I said: Ahoy."),
        (("my favourite dish is ramen", "ok", "what dish do I like best?"), "ramen"),
        (("my favourite dish is ramen", "ok", "which is my favorite dish"), "ramen"),
        (("i prefer ramen as a dish", "ok", "what's my favourite dish"), "ramen"),
        (("our boat is blue", "ok", "what colour is our boat"), "blue"),
        (("my favourite dish is ramen", "ok", "what song do I like best?"), "I heard:"),
        (("our boat is blue", "ok", "what colour is my bike"), "I heard:"),
        (("my name is Ana", "ok", "my name is Eva", "ok", "do you know my name"), "Eva"),
        (("hello", "hi", "what's my name"), "not told me"),
    ],
)
def test_it_remembers_this_conversation(lines: tuple[str, ...], part: str) -> None:
    assert part in ask(*lines).text


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("do I need an umbrella in Lisbon today", "get_current_weather", {"location": "Lisbon"}),
        (
            "how's the weather in Rio de Janeiro in celsius",
            "get_current_weather",
            {"location": "Rio de Janeiro", "unit": "celsius"},
        ),
        ("put the heating at twenty one degrees", "set_thermostat", {"degrees": 21}),
        ("could you track my parcel A-7731", "trackOrder", {"order_number": "A-7731"}),
    ],
)
def test_a_tool_that_fits_is_called(text: str, name: str, arguments: dict[str, Any]) -> None:
    (call,) = ask(text, tools=TOOLS).calls
    assert (call.name, call.arguments) == (name, arguments)


@pytest.mark.parametrize("text", ["hello", "my name is Ana", "what's two plus two", "tell me a story", "say weather"])
def test_a_tool_that_does_not_fit_is_left_alone(text: str) -> None:
    assert not ask(text, tools=TOOLS).calls


def test_a_value_that_the_schema_forbids_is_asked_for() -> None:
    assert "degrees" in ask("set the thermostat to ninety degrees", tools=TOOLS).text


def test_missing_arguments_are_asked_for_and_taken_from_the_answer() -> None:
    asked = ask("what will the weather be like", tools=TOOLS)
    assert "location" in asked.text
    (call,) = ask("what will the weather be like", asked.text, "Oslo", tools=TOOLS).calls
    assert call.arguments == {"location": "Oslo"}


def test_several_calls_and_one_where_only_one_is_allowed() -> None:
    text = "what's the weather in Oslo and in Bergen"
    assert len(ask(text, tools=TOOLS).calls) == 2
    assert len(ask(text, tools=TOOLS, parallel_tool_calls=False).calls) == 1


def test_tool_choice_is_obeyed() -> None:
    assert not ask("what's the weather in Oslo", tools=TOOLS, tool_choice="none").calls
    (call,) = ask("hello", tools=TOOLS, tool_choice="required").calls
    assert call.name in {one.name for one in TOOLS}
    (call,) = ask("hello", tools=TOOLS, tool_choice="function", tool_name="set_thermostat").calls
    assert call.name == "set_thermostat"
    assert 5 <= call.arguments["degrees"] <= 30


@pytest.mark.parametrize("behind", [(), (Message("system", (TextPart("It is Saturday, 12:00 (UTC)."),)),)])
def test_a_result_is_read_aloud(behind: tuple[Message, ...]) -> None:
    messages = (
        Message("user", (TextPart("weather in Oslo"),)),
        Message("assistant", calls=(ToolCall("c1", "get_current_weather", '{"location": "Oslo"}'),)),
        Message("tool", (TextPart('{"temperature_c": -3, "sky": "clear"}'),), call_id="c1"),
    )
    said = answer(Prompt((*messages, *behind), tools=TOOLS), NOW).text
    for part in ("Oslo", "-3 degrees Celsius", "sky is clear"):
        assert part in said


@pytest.mark.parametrize("mark", ["(inaudible)", "[BLANK_AUDIO]", "<unk>", "...", "?"])
def test_sound_without_words_is_asked_about_and_then_whether_somebody_is_there(mark: str) -> None:
    asked = ask(mark).text
    assert "did not catch that" in asked
    assert ask("hello", "Hi.", mark).text == asked
    assert ask(mark, asked, mark).text == "Are you still there?"


@pytest.mark.parametrize("lines", [("",), ("hello", "Hi.", " ")])
def test_silence_is_asked_about(lines: tuple[str, ...]) -> None:
    assert ask(*lines).text == "Are you still there?"


def test_words_and_sums_in_brackets_are_no_silence() -> None:
    assert "is 12." in ask("(4 + 8)").text
    assert "I heard: the purple (often)." in ask("the purple (often)").text


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("why did Rome fall?", "I heard: why did Rome fall? I"),
        ("purple of often!", "I heard: purple of often! I"),
        ("purple of often, ...", "I heard: purple of often. I"),
    ],
)
def test_what_was_heard_has_one_closing_mark(text: str, heard: str) -> None:
    assert ask(text).text.startswith(heard)


FLAG = {"type": "boolean"}
STATE = {"type": "string", "enum": ["on", "off"]}
DEED = {"type": "string", "enum": ["turn_on", "turn_off", "dim"]}


@pytest.mark.parametrize(
    ("how", "off", "on"), [(FLAG, False, True), (STATE, "off", "on"), (DEED, "turn_off", "turn_on")]
)
def test_switching_is_understood_in_many_words(how: dict[str, Any], off: object, on: object) -> None:
    lamp = tool("set_lamp", "Switch the lights of a room", ("room", "state"), room={"type": "string"}, state=how)
    for text in ("could you kill the lights in the attic", "cut the attic lights", "lights out in the attic, please"):
        (call,) = ask(text, tools=(lamp, WEATHER)).calls
        assert call.arguments == {"room": "attic", "state": off}
    calls = ask("put the lights on in the attic and then in the cellar", tools=(lamp, WEATHER)).calls
    assert [call.arguments for call in calls] == [{"room": "attic", "state": on}, {"room": "cellar", "state": on}]


@pytest.mark.parametrize(
    "text",
    [
        "what's the weather in Oslo and then in Bergen",
        "what's the weather in Oslo, and then Bergen?",
        "how is the weather in Oslo and also in Bergen",
        "the weather for Oslo then for Bergen",
    ],
)
def test_each_place_gets_one_call(text: str) -> None:
    calls = ask(text, tools=TOOLS).calls
    assert [call.arguments["location"] for call in calls] == ["Oslo", "Bergen"]


def test_nobody_has_spoken() -> None:
    assert "Hello" in answer(Prompt((Message("system", (TextPart("x"),)),)), NOW).text
    assert answer(Prompt(()), NOW).text
