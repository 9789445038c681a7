"""A voice of our own is known again, another's is let through; `scripts/measure_echo.py` counts over many rounds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ovos_voice_agent.audio.echo import EchoGuard
from ovos_voice_agent.audio.pcm import FloatSamples
from scripts.measure_echo import at_level, in_room, made_up_room, recorded

WINDOW = 512
NOISE = np.random.default_rng(1).standard_normal(400_000).astype(np.float32) * 0.0005


def explained(
    guard: EchoGuard,
    heard: FloatSamples,
    start: int = 0,
    *,
    probability: float = 0.9,
    reply: FloatSamples | None = None,
) -> list[bool]:
    """Of each window, sent `reply` at the start; windows that are quiet are no speech."""
    if reply is not None:
        guard.played(reply, start)
    found = []
    for at in range(0, len(heard) - WINDOW + 1, WINDOW):
        window = heard[at : at + WINDOW]
        loud = float(np.sqrt(np.mean(window**2))) > 0.003
        found.append(guard.explains(window, start + at, probability if loud else 0.0) and loud)
    return found


def echo_of(reply: FloatSamples, late: int, gain: float) -> FloatSamples:
    response = made_up_room()
    sound = in_room(reply, response / np.sqrt(np.sum(response**2)))[: len(reply)] * gain
    heard = NOISE[: len(reply) + late + 8000].copy()
    heard[late : late + len(sound)] += sound
    return heard


def loud_windows(heard: FloatSamples) -> int:
    windows = heard[: len(heard) // WINDOW * WINDOW].reshape(-1, WINDOW)
    return int((np.sqrt(np.mean(windows**2, axis=1)) > 0.003).sum())


REPLY = at_level(recorded("librivox_0890"), -20)
VOICE = at_level(recorded("something"), -20)


@pytest.mark.parametrize(("late", "gain"), [(1000, 0.5), (9000, 0.1), (14_000, 0.3)])
def test_an_echo_is_explained_from_its_beginning_to_its_end(late: int, gain: float) -> None:
    heard = echo_of(REPLY, late, gain)
    found = explained(EchoGuard(), heard, reply=REPLY)
    assert sum(found) >= 0.98 * loud_windows(heard)


def test_a_later_reply_may_be_played_after_another_delay() -> None:
    guard = EchoGuard()
    explained(guard, echo_of(REPLY, 2000, 0.3), reply=REPLY)
    start = (len(REPLY) // WINDOW + 150) * WINDOW
    heard = echo_of(REPLY, 11_000, 0.3)
    assert sum(explained(guard, heard, start, reply=REPLY)) >= 0.98 * loud_windows(heard)


def passing_over(guard: EchoGuard, heard: FloatSamples, reply: FloatSamples) -> list[bool]:
    """As `explained`, but what is quiet is passed over in eighths of a second, and its end told before a sound."""
    guard.played(reply, 0)
    found, passed = [], 0
    for at in range(0, len(heard) - WINDOW + 1, WINDOW):
        window = heard[at : at + WINDOW]
        if float(np.sqrt(np.mean(window**2))) <= 0.003:
            guard.pass_over(at + WINDOW, 1, -66.0)
            passed += 1
            continue
        if passed:
            first = at - min(passed, 8) * WINDOW
            guard.remember(heard[first:at], first)
            passed = 0
        found.append(guard.explains(window, at, 0.9))
    return found


@pytest.mark.parametrize(("late", "gain"), [(1000, 0.5), (14_000, 0.3)])
def test_an_echo_is_explained_though_the_quiet_around_it_is_passed_over(late: int, gain: float) -> None:
    heard = echo_of(REPLY, late, gain)
    found = passing_over(EchoGuard(), heard, REPLY)
    assert len(found) == loud_windows(heard)
    assert sum(found) >= 0.97 * len(found)


def test_quiet_that_is_passed_over_shows_that_there_is_no_echo() -> None:
    guard = EchoGuard()
    passing_over(guard, NOISE[: len(REPLY)], REPLY)
    assert guard.has_none


def test_another_voice_is_not_explained() -> None:
    heard = NOISE[: len(REPLY)].copy()
    heard[32_000 : 32_000 + len(VOICE)] += VOICE[: len(heard) - 32_000]
    found = explained(EchoGuard(), heard, reply=REPLY)
    assert sum(found) <= 0.1 * loud_windows(heard)


@pytest.mark.parametrize("after_ms", [300, 600, 900])
def test_who_speaks_soon_after_a_reply_began_is_no_echo_of_its_beginning(after_ms: int) -> None:
    tone = (0.1 * np.sin(np.arange(5 * 16_000) * 0.1)).astype(np.float32)
    first = after_ms * 16
    heard = NOISE[: first + 16_000].copy()
    heard[first:] += at_level(recorded("goforward"), -20)[8_000:24_000]
    found = explained(EchoGuard(), heard, reply=tone)
    assert not any(found[first // WINDOW :])


def in_second_reply(guard: EchoGuard, sound: FloatSamples, after_ms: int) -> list[bool]:
    """The second reply begins; so long after it, a sound. Which of its windows are explained, and loud?"""
    start = (len(REPLY) // WINDOW + 150) * WINDOW
    heard = NOISE[: after_ms * 16 + len(sound)].copy()
    heard[after_ms * 16 :] += sound
    return explained(guard, heard, start, reply=REPLY)[after_ms * 16 // WINDOW :]


def test_where_one_reply_had_no_echo_the_next_may_be_interrupted_from_its_beginning() -> None:
    guard = EchoGuard()
    explained(guard, NOISE[: len(REPLY)], reply=REPLY)
    assert not any(in_second_reply(guard, VOICE, 300))


def test_an_echo_that_comes_up_later_is_suspected_once() -> None:
    guard = EchoGuard()
    explained(guard, NOISE[: len(REPLY)], reply=REPLY)
    echo = echo_of(REPLY, 0, 0.3)[: len(REPLY)]
    assert not any(in_second_reply(guard, echo, 300)[:8]), "taken for a person"
    start = 2 * (len(REPLY) // WINDOW + 150) * WINDOW
    heard = echo_of(REPLY, 2000, 0.3)
    assert sum(explained(guard, heard, start, reply=REPLY)) >= 0.95 * loud_windows(heard)


def test_a_voice_over_the_echo_is_noticed() -> None:
    heard = echo_of(REPLY, 3000, 0.2)
    heard[40_000 : 40_000 + len(VOICE)] += VOICE[: len(heard) - 40_000]
    found = explained(EchoGuard(), heard, reply=REPLY)
    alone = found[5 : 40_000 // WINDOW]
    assert sum(alone) > 0.5 * len(alone)
    spoken = found[40_000 // WINDOW : (40_000 + len(VOICE)) // WINDOW]
    pairs = sum(not (one or two) for one, two in itertools.pairwise(spoken))
    assert pairs >= 15, "windows in a row that make an onset"


def test_a_tone_is_no_pattern() -> None:
    tone = (0.1 * np.sin(np.arange(64_000) * 0.1)).astype(np.float32)
    found = explained(
        EchoGuard(), (0.2 * np.sin(np.arange(48_000) * 0.13)).astype(np.float32), 64_000 - 48_000, reply=tone
    )
    assert not any(found[80:])


def test_what_is_cut_explains_nothing_and_in_silence_nothing_is_asked() -> None:
    guard = EchoGuard()
    assert not guard.listens(0)
    guard.played(REPLY, 16_000)
    assert guard.listens(20_000)
    guard.stopped(16_000)
    assert not guard.listens(60_000)
