"""What a store keeps."""

from __future__ import annotations

from typing import get_args

from ovos_voice_agent.stores.interface import Rate, Window


def test_every_window_has_a_length() -> None:
    assert [Rate("tokens", 1, window).window_s for window in get_args(Window)] == [1, 60, 3600, 86_400]
