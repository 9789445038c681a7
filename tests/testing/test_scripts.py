"""Scripts complain about what did not come, what came otherwise and what was left over, so that a reader sees it."""

from __future__ import annotations

import pytest

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.clock import Tick
from ovos_voice_agent.core.outputs import Output
from ovos_voice_agent.core.session import Input
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.testing.scripts import ANYTHING, Script, ScriptError, is_report, matches, plain, report


class Repeater:
    """Answers every input with what it was told to."""

    def __init__(self, *outputs: Output) -> None:
        self.outputs = outputs
        self.inputs: list[tuple[Input, float]] = []

    def handle(self, input: Input, now: float) -> list[Output]:
        self.inputs.append((input, now))
        return list(self.outputs)


CLEARED = se.InputAudioBufferCleared(event_id="event_1")
FORGET = c.Forget(Tick(48))
CLEAR = {"type": "input_audio_buffer.clear"}


def test_events_and_commands_are_plain_objects() -> None:
    assert plain(CLEARED) == {"type": "input_audio_buffer.cleared", "event_id": "event_1"}
    assert plain(FORGET) == {"type": "Forget", "before": 48}
    assert plain(c.SetTimer("idle", 2.5)) == {"type": "SetTimer", "name": "idle", "at": 2.5}


def test_reports_are_read_from_plain_objects() -> None:
    assert is_report({"type": "Heard"})
    assert not is_report(CLEAR)
    assert report({"type": "Heard", "detection": 3, "until": 96}) == ee.Heard(3, Tick(96))


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"b": 2}, False),
        ({"a": {"b": [1, {"c": ANYTHING}]}}, {"a": {"b": [1, {"c": 5, "d": 6}]}}, True),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ([], [], True),
        ({"a": None}, {"a": None}, True),
        ({"a": None}, {}, False),
        ({"a": []}, {"a": None}, False),
        ({"a": {}}, {"a": "text"}, False),
    ],
)
def test_a_pattern_compares_what_it_names(pattern: object, value: object, fits: bool) -> None:
    assert matches(pattern, value) is fits


def test_a_script_sends_posts_and_expects() -> None:
    session = Repeater(CLEARED, FORGET)
    script = Script(session, now=5.0)
    script.send({**CLEAR, "event_id": "mine"}).expect("input_audio_buffer.cleared").expect({"type": "Forget"})
    script.wait(1.5).post(ee.Opened(), ee.Opened()).expect(*["input_audio_buffer.cleared", "Forget"] * 2)
    script.finish()
    assert [now for _, now in session.inputs] == [5.0, 6.5, 6.5]
    assert getattr(session.inputs[0][0], "event_id") == "mine"  # noqa: B009


def test_what_cannot_be_decoded_is_posted_as_refused() -> None:
    session = Repeater()
    Script(session).send('{"type": "nothing", "event_id": "mine"}')
    refused = session.inputs[0][0]
    assert isinstance(refused, ee.Refused)
    assert (refused.event_id, refused.error.code) == ("mine", "invalid_value")


def test_another_output_than_expected_is_shown_with_the_keys_that_count() -> None:
    script = Script(Repeater(CLEARED))
    with pytest.raises(ScriptError) as caught:
        script.send(CLEAR).expect({"type": "input_audio_buffer.cleared", "event_id": "event_2"})
    assert str(caught.value).splitlines() == [
        'not what was expected, after send {"type": "input_audio_buffer.clear"}',
        '- {"type": "input_audio_buffer.cleared", "event_id": "event_2"}',
        '+ {"type": "input_audio_buffer.cleared", "event_id": "event_1"}',
    ]


def test_missing_outputs_are_complained_about() -> None:
    with pytest.raises(ScriptError, match=r'  {"type": "Forget"}\n- {"type": "StopReply"}'):
        Script(Repeater(FORGET)).send(CLEAR).expect("Forget", "StopReply")


def test_left_overs_are_complained_about_at_the_next_step_and_at_the_end() -> None:
    script = Script(Repeater(CLEARED, FORGET)).send(CLEAR).expect("input_audio_buffer.cleared")
    with pytest.raises(ScriptError, match=r'left over, after send .*\n\+ {"type": "Forget", "before": 48}'):
        script.send(CLEAR)
    other = Script(Repeater(FORGET)).send(CLEAR)
    with pytest.raises(ScriptError, match="left over"):
        other.finish()
    other.finish()  # It has been told once.


def test_ignored_types_are_checked_but_not_expected() -> None:
    seen: list[Output] = []
    script = Script(Repeater(FORGET, CLEARED), ignoring=("Forget",), check=seen.append).send(CLEAR)
    assert script.take() == [plain(CLEARED)]
    script.finish()
    assert seen == [FORGET, CLEARED]


def test_long_lines_are_cut() -> None:
    long = se.InputAudioBufferCleared(event_id="x" * 1000)
    script = Script(Repeater(long)).send(CLEAR)
    with pytest.raises(ScriptError) as caught:
        script.finish()
    assert len(str(caught.value)) < 600
