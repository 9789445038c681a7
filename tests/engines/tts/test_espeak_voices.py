from __future__ import annotations

import pytest

from ovos_voice_agent.engines.tts.espeak_voices import NAMED, VoiceBook
from ovos_voice_agent.errors import ClientError

LISTED = [
    {"name": "German", "identifier": "gmw/de", "gender": "male", "languages": [[5, "de"]]},
    {"name": "English (GB)", "identifier": "gmw/en", "gender": "male", "languages": [[2, "en-gb"], [2, "en"]]},
    {"name": "English (US)", "identifier": "gmw/en-US", "gender": "male", "languages": [[2, "en-us"], [3, "en"]]},
]
BOOK = VoiceBook(LISTED, {"f3": "female", "m7": "male"})


def test_named_voices_come_first_and_all_differ() -> None:
    voices = BOOK.voices
    assert [voice.id for voice in voices[: len(NAMED)]] == list(NAMED)
    assert voices[0].id == "alloy"
    assert [voice.id for voice in voices[len(NAMED) :]] == ["de", "en-gb", "en-us"]
    assert len(set(NAMED.values())) == len(NAMED) == 13


def test_a_language_keeps_the_variant() -> None:
    nova = BOOK.setting("nova", "de-DE")
    assert (nova.base, nova.variant) == ("de", "f3")
    assert BOOK.library_name(nova) == "gmw/de+f3"


@pytest.mark.parametrize(
    ("voice", "language", "base"),
    [
        ("ballad", "en", "en-gb"),
        ("ballad", "en-US", "en-us"),
        ("ballad", "en_au", "en-gb"),
        ("alloy", None, "en-us"),
        ("alloy", "tlh", "en-us"),
        ("de", "de", "de"),
    ],
)
def test_which_voice_speaks_a_language(voice: str, language: str | None, base: str) -> None:
    assert BOOK.setting(voice, language).base == base


@pytest.mark.parametrize("voice", ["", "nobody", "de+nobody", "de+", "nova+f3"])
def test_other_voices_are_refused(voice: str) -> None:
    with pytest.raises(ClientError) as refused:
        BOOK.setting(voice, None)
    assert refused.value.param == "voice"


def test_speed_stays_in_the_limits_of_the_library() -> None:
    alloy = NAMED["alloy"]
    assert [alloy.words_per_min(speed) for speed in (0.25, 1.0, 1.5, 4.0)] == [80, 175, 262, 450]
