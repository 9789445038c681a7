from __future__ import annotations

from ovos_voice_agent.engines.stt.agreement import LocalAgreement


def test_what_two_hypotheses_begin_with_is_certain() -> None:
    heard = LocalAgreement()
    assert heard.push("go for".split())
    assert (heard.stable, heard.unstable) == ([], ["go", "for"])
    assert heard.push("Go forward ten".split())
    assert (heard.stable, heard.unstable) == (["Go"], ["forward", "ten"])
    assert heard.push("go forward, ten meters".split())
    assert (heard.stable, heard.unstable) == (["Go", "forward,", "ten"], ["meters"])


def test_what_is_certain_stays_whatever_comes() -> None:
    heard = LocalAgreement()
    for words in ("one two three", "one two three", "won too", "won too free", ""):
        heard.push(words.split())
        assert heard.stable[:3] in ([], ["one", "two", "three"])
    assert heard.unstable == []


def test_the_same_hypothesis_again_is_no_news() -> None:
    heard = LocalAgreement()
    assert heard.push(["one"])
    assert heard.push(["one"])
    assert not heard.push(["one"])
