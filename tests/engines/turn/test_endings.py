"""The table of words that end sentences."""

from __future__ import annotations

from ovos_voice_agent.engines.turn.endings import RARE_WORD, ending_log_odds


def test_articles_end_nothing_and_nouns_do() -> None:
    assert ending_log_odds("the") < -4.5
    assert ending_log_odds("and") < -3.5
    assert ending_log_odds("tomorrow") > -1.0
    assert ending_log_odds("man") > -1.5


def test_what_nobody_counted_is_taken_for_a_noun() -> None:
    assert ending_log_odds("quuxes") == RARE_WORD
    assert ending_log_odds("the") < RARE_WORD < ending_log_odds("today")
