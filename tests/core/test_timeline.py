"""Marks: the first time of each counts, and they are told in their usual order."""

from __future__ import annotations

from ovos_voice_agent.core.timeline import MARKS, Timeline
from ovos_voice_agent.protocol.server_events import TimelineMark


def test_the_first_time_of_a_mark_counts() -> None:
    timeline = Timeline("vad")
    timeline.mark("done", 30)
    timeline.mark("speech_started", 10)
    timeline.mark("done", 40)
    assert timeline.in_order() == (TimelineMark("speech_started", 10), TimelineMark("done", 30))


def test_names_are_those_of_the_protocol() -> None:
    assert MARKS[0] == "speech_started"
    assert len(set(MARKS)) == len(MARKS) == 11
