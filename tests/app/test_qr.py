"""QR codes as text."""

from __future__ import annotations

import pytest
import segno

from ovos_voice_agent.app.qr import qr_lines

HALVES = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}


@pytest.mark.parametrize("text", ["https://192.0.2.7:8000/", "https://192.0.2.7:8000/" + "x" * 60])
def test_the_characters_show_the_modules_of_the_code(text: str) -> None:
    halves = [[HALVES[character] for character in line] for line in qr_lines(text)]
    rows = [[pair[half] for pair in line] for line in halves for half in (0, 1)]
    expected = [list(row) for row in segno.make(text, error="l").matrix_iter(border=2)]
    assert rows[: len(expected)] == expected
    assert len(rows) - len(expected) in (0, 1)
    assert not any(map(any, rows[len(expected) :]))
