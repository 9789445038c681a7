from __future__ import annotations

import pytest

from ovos_voice_agent.engines.interface import SttOptions
from ovos_voice_agent.engines.recognisers import speaks, wishes


@pytest.mark.parametrize(
    ("known", "wanted", "expected"),
    [((), "xx", True), (("en",), "en-GB", True), (("en-US", "de"), "DE", True), (("en",), "fr", False)],
)
def test_a_language_is_known_with_its_family(known: tuple[str, ...], wanted: str, expected: bool) -> None:
    assert speaks(known, wanted) is expected


def test_workers_are_told_in_plain_data() -> None:
    told = wishes(SttOptions(keywords=("OVOS",), logprobs=True, memory={"language": "de"}), "en")
    assert told["keywords"] == ["OVOS"]
    assert (told["language"], told["logprobs"], told["memory"]) == ("en", True, {"language": "de"})
