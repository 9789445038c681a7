from __future__ import annotations

import pytest

from ovos_voice_agent.engines.tts.kokoro_worker import espeak_name

pytestmark = pytest.mark.extra


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en-GB", "en-gb"), ("en_US", "en-us"), ("zh", "cmn"), ("fr-FR", "fr-fr"), ("xx", "en-us")],
)
def test_languages_have_the_phonemizers_names(language: str, expected: str) -> None:
    assert espeak_name(language) == expected
