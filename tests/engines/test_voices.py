from __future__ import annotations

import pytest

from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.voices import Common, same_family


@pytest.mark.parametrize(("one", "two", "same"), [("en_US", "en", True), ("de", "DE-at", True), ("en", "de", False)])
def test_languages_are_compared_without_their_countries(one: str, two: str, *, same: bool) -> None:
    assert same_family(one, two) is same


def test_the_common_options_have_bounds() -> None:
    reader = OptionReader({"threads": 0, "speed": 9, "workers": 2})
    assert Common.read(reader) == Common(workers=2)
    assert len(reader.problems) == 2
