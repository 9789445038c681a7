from __future__ import annotations

import pytest

from ovos_voice_agent.engines.interface import Voice
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.voices import Common, same_family, spoken_language


@pytest.mark.parametrize(("one", "two", "same"), [("en_US", "en", True), ("de", "DE-at", True), ("en", "de", False)])
def test_languages_are_compared_without_their_countries(one: str, two: str, *, same: bool) -> None:
    assert same_family(one, two) is same


@pytest.mark.parametrize(
    ("own", "wanted", "spoken"),
    [
        ("en-GB", None, "en-GB"),
        ("en-GB", "en", "en-GB"),
        ("en-GB", "en-US", "en-US"),
        ("en-GB", "de", "de"),
        (None, "de", "de"),
        (None, None, None),
    ],
)
def test_a_voice_keeps_its_country_where_none_is_asked_for(
    own: str | None, wanted: str | None, spoken: str | None
) -> None:
    assert spoken_language(Voice("amy", own), wanted) == spoken


def test_the_common_options_have_bounds() -> None:
    reader = OptionReader({"threads": 0, "speed": 9, "workers": 2})
    assert Common.read(reader) == Common(workers=2)
    assert len(reader.problems) == 2
