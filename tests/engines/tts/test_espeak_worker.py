from __future__ import annotations

from array import array

from ovos_voice_agent.engines.tts.espeak_worker import LEAD_S, Cutter

RATE_HZ = 1000
LEAD = round(LEAD_S * RATE_HZ)


def tone(count: int) -> bytes:
    return array("h", [5000, -5000] * (count // 2)).tobytes()


def test_pieces_are_cut_where_words_begin() -> None:
    cutter = Cutter("one two", RATE_HZ)
    assert cutter.push(tone(300), [(0, 0)]) is None
    assert cutter.push(tone(300), [(4, 400)]) == (tone(400), [["one", 0.0, 0.4]])
    assert cutter.finish() == (tone(200), [["two", 0.4, 0.6]])


def test_silence_in_front_is_cut_off_and_times_follow() -> None:
    cutter = Cutter("one two", RATE_HZ)
    piece = cutter.push(bytes(200) + tone(300), [(0, 0), (4, 300)])
    assert piece is not None
    assert len(piece[0]) // 2 == 200 + LEAD
    assert piece[1] == [["one", 0.0, (200 + LEAD) / RATE_HZ]]
    last = cutter.finish()
    assert last == (tone(100), [["two", (200 + LEAD) / RATE_HZ, (300 + LEAD) / RATE_HZ]])


def test_a_word_ends_before_the_pause_behind_it() -> None:
    cutter = Cutter("one, two", RATE_HZ)
    piece = cutter.push(tone(400) + bytes(2 * 300) + tone(100), [(0, 0), (5, 700)])
    assert piece is not None
    ((_, start, end),) = piece[1]
    assert start == 0
    assert 0.4 <= end < 0.47
    assert len(piece[0]) // 2 == 700


def test_silence_alone_is_nothing() -> None:
    cutter = Cutter("one two", RATE_HZ)
    assert cutter.push(bytes(400), [(0, 0), (4, 100)]) is None
    assert cutter.finish() is None


def test_words_said_in_silence_come_with_the_first_sound() -> None:
    cutter = Cutter("one two three", RATE_HZ)
    assert cutter.push(bytes(400), [(0, 0), (4, 100)]) is None
    piece = cutter.push(tone(200), [(8, 300)])
    assert piece is not None
    assert [word for word, _, _ in piece[1]] == ["one", "two"]
