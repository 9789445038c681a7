"""Metrics of several processes as one text that Prometheus' own parser reads."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from ovos_voice_agent.runtime.metrics import Metrics
from ovos_voice_agent.runtime.summing import merged


def samples(text: bytes) -> dict[tuple[str, tuple[Any, ...]], float]:
    families = text_string_to_metric_families(text.decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def test_what_is_of_the_same_name_and_labels_is_added_up() -> None:
    one, other = Metrics(), Metrics()
    one.sessions.set(3)
    other.sessions.set(4)
    one.client_error("a")
    other.client_error("a")
    other.client_error("b")
    for seconds in (0.003, 0.2):
        one.loop_delay.observe(seconds)
    other.loop_delay.observe(0.2)
    found = samples(merged([one.render(), other.render()]))
    assert found["ovos_voice_agent_sessions", ()] == 7
    assert found["ovos_voice_agent_client_errors_total", (("code", "a"),)] == 2
    assert found["ovos_voice_agent_client_errors_total", (("code", "b"),)] == 1
    assert found["ovos_voice_agent_event_loop_delay_seconds_bucket", (("le", "0.005"),)] == 1
    assert found["ovos_voice_agent_event_loop_delay_seconds_count", ()] == 3


def test_of_beginnings_the_earliest_is_kept() -> None:
    texts = [b"# TYPE a_created gauge\na_created 7.0\n", b"# TYPE a_created gauge\na_created 5.0\n"]
    assert merged(texts) == b"# TYPE a_created gauge\na_created 5.0\n"


def test_one_text_stays_what_it_says() -> None:
    text = Metrics().render()
    assert samples(merged([text])) == samples(text)
