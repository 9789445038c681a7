"""Languages by code and by name."""

from __future__ import annotations

import pytest

from ovos_voice_agent.protocol.languages import language_code, language_name


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("en", "en"),
        ("en-US", "en"),
        ("PT_br", "pt"),
        ("German", "de"),
        (" yue ", "yue"),
        ("xx", "xx"),
        ("zh-Hant-TW", "zh"),
    ],
)
def test_codes(named: str, code: str) -> None:
    assert language_code(named) == code


@pytest.mark.parametrize("named", ["", "e", "12", "en US", "klingonian", "en-", "../x"])
def test_what_is_no_language(named: str) -> None:
    assert language_code(named) is None


def test_names() -> None:
    assert language_name("de-AT") == "german"
    assert language_name("xx") == "xx"
    assert language_name(None) == language_name("") == "unknown"
    assert language_code("javanese") == "jv"
