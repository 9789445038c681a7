from __future__ import annotations

import pytest

from ovos_voice_agent.engines.stt.stable_head import StableHead


def push(head: StableHead, *texts: str) -> None:
    for text in texts:
        head.push(text.split())


def test_what_agrees_and_lags_the_end_is_stable() -> None:
    head = StableHead()
    push(head, "turn", "turn on", "turn on the", "turn on the lamp")
    assert head.stable == []
    push(head, "turn on the lamp in")
    assert head.stable == ["turn"]
    assert head.unstable == ["on", "the", "lamp", "in"]


def test_it_only_grows_though_the_recogniser_takes_words_back() -> None:
    head = StableHead()
    push(head, *["go for ward ten"] * 3)
    assert head.stable == ["go", "for"]
    push(head, *["go forward ten meters now"] * 3)
    assert head.stable == ["go", "for", "ten"]
    push(head, "go", "")
    assert head.stable == ["go", "for", "ten"]
    assert head.unstable == []


def test_words_that_change_hold_it_back() -> None:
    head = StableHead()
    push(head, "a b c d", "a x c d", "a b c d")
    assert head.stable == ["a"]


@pytest.mark.parametrize(("texts", "changed"), [(("a", "a"), False), (("a", "b"), True), (("", ""), False)])
def test_it_tells_whether_anything_changed(texts: tuple[str, str], changed: bool) -> None:
    head = StableHead()
    head.push(texts[0].split())
    assert head.push(texts[1].split()) is changed
