"""Silence that is held back: only silence, never much, and never a byte of it lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.runtime.quiet import HOLD_BYTES, SilenceHold

frames = st.sampled_from([bytes(1920), bytes(960), bytes(3), b"", bytes(1919) + b"\1", b"\1" + bytes(99)])


@given(st.lists(frames, max_size=40))
def test_what_goes_in_comes_out(stream: list[bytes]) -> None:
    hold = SilenceHold()
    out = [hold.release(frame) for frame in stream if not hold.add(frame)]
    assert b"".join([*out, hold.release()]) == b"".join(stream)


def test_only_silence_is_held() -> None:
    hold = SilenceHold()
    assert not hold.add(b"\0\1")
    assert hold.add(bytes(1920))
    assert not hold.add(bytes(1918) + b"\0\1")
    assert hold.release() == bytes(1920)
    assert hold.release() == b""


def test_two_fifths_of_a_second_of_frames_of_40_ms_are_one() -> None:
    hold = SilenceHold()
    assert [hold.add(bytes(1920)) for _ in range(10)] == [True] * 9 + [False]
    assert len(hold.release(bytes(1920))) == HOLD_BYTES == 48 * 400
