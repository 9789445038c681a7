"""What is said for what is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.runtime.speakable import align, speakable, spoken_length


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("**Hello** there! 👋🏽 How are *you*?", "Hello there! How are you?"),
        ("See [the docs](https://a.b/c_(d)).", "See the docs."),
        ("Go to https://www.example.com/x?y=1.", "Go to example dot com."),
        ("(see http://127.0.0.1:8000/a)", "(see 127 dot 0 dot 0 dot 1 port 8000)"),
        ("Mail bob.x@mail.org now", "Mail bob dot x at mail dot org now"),
        ("# Title\n- one\n* two\n", "Title. one. two."),
        ("Run `get_user_name` now", "Run get user name now"),
        ("So:\n```py\nx = 1\n```\nDone.", "So: code omitted. Done."),
        ("| City | High |\n|---|--:|\n| Rome | 21°C |", "City, High. Rome, 21 degrees Celsius."),
        ("Tom & Jerry: 50% → 60%", "Tom and Jerry: 50 percent to 60 percent"),
        ("It is <b>big</b>!!! Really?!", "It is big ! Really?"),
        ("2 * 3 &lt; 7", "2 times 3 less than 7"),
        ("snake_case and a_b", "snake_case and a_b"),
        ("Wait... what", "Wait... what"),
        ("> quoted ~~text~~", "quoted text"),
        ("🎉", ""),
        ("---", ""),
        ("你好！世界。", "你好！世界。"),
    ],
)
def test_spoken(written: str, spoken: str) -> None:
    assert speakable(written).text.replace(" !", "!") == spoken.replace(" !", "!")


def test_offsets_lead_back_to_the_written_text() -> None:
    written = "Go to **Rome** & Oslo."
    speech = speakable(written)
    at = speech.text.index("Oslo")
    assert written[speech.offsets[at] :] == "Oslo."
    assert align(speech, at, len(written)) == written.index("Oslo")
    assert align(speech, len(speech.text), len(written)) == len(written)
    assert align(speech, 0, len(written)) == 0
    assert spoken_length(speech, written.index("Oslo")) == at


@given(st.text(alphabet="ab .,!?\n`|[]()#-*_<>&%°1:/@é👋", max_size=200))
def test_offsets_never_fall_and_stay_inside(written: str) -> None:
    speech = speakable(written)
    assert list(speech.offsets) == sorted(speech.offsets)
    assert all(0 <= offset <= len(written) for offset in speech.offsets)
    assert speech.text == speech.text.strip()
    assert "  " not in speech.text


def test_plain_text_is_left_alone() -> None:
    text = "Well, that's 3.14 (about three), at 10:30 a.m."
    assert speakable(text).text == text
    assert speakable(text).offsets == tuple(range(len(text)))
