"""Starting, ready, draining."""

from __future__ import annotations

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.lifecycle import Lifecycle


def refusal(lifecycle: Lifecycle) -> tuple[int, str | None, str]:
    with pytest.raises(ClientError) as refused:
        lifecycle.check()
    assert refused.value.type == "server_error"
    return refused.value.status, refused.value.code, refused.value.message


def test_it_is_ready_when_every_stage_is() -> None:
    lifecycle = Lifecycle(lambda: 0.0, ["stt", "tts"])
    assert lifecycle.state == "starting"
    lifecycle.loaded("stt")
    assert refusal(lifecycle) == (503, "model_loading", "The server is still loading: tts.")
    lifecycle.loaded("tts")
    assert lifecycle.state == "ready"
    lifecycle.check()


def test_a_stage_that_is_away_is_told_but_does_not_keep_new_sessions_out() -> None:
    away = ["stt", "tts"]
    lifecycle = Lifecycle(lambda: 0.0, (), lambda: away)
    lifecycle.check()
    with pytest.raises(ClientError, match=r"loading again: stt, tts\.") as refused:
        lifecycle.check_stages()
    assert (refused.value.status, refused.value.code) == (503, "model_loading")
    away.clear()
    lifecycle.check_stages()
    lifecycle.drain()
    with pytest.raises(ClientError, match="shutting down"):
        lifecycle.check_stages()


def test_it_is_not_ready_while_a_process_of_the_server_is_not() -> None:
    lifecycle = Lifecycle(lambda: 0.0)
    lifecycle.crew_is_whole(False)
    lifecycle.check()  # new sessions need but one
    with pytest.raises(ClientError, match="still starting") as refused:
        lifecycle.check_stages()
    assert refused.value.status == 503
    lifecycle.crew_is_whole(True)
    lifecycle.check_stages()


def test_draining_lets_nobody_in_whatever_was_before() -> None:
    lifecycle = Lifecycle(lambda: 0.0, ["stt"])
    lifecycle.drain()
    assert lifecycle.state == "draining"
    assert refusal(lifecycle) == (503, "service_unavailable", "The server is shutting down.")


def test_uptime_is_by_the_given_clock() -> None:
    times = iter([5.0, 7.5])
    assert Lifecycle(lambda: next(times)).uptime_s == 2.5
