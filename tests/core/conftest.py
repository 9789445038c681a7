"""Scripts on a session: ids are foreseeable, every server event must also be one of the official SDK's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.outputs import Output
from ovos_voice_agent.protocol.settings import Settings
from ovos_voice_agent.testing.scripts import Script, plain
from tests.core.stage import BORING, OFFER, check_against_sdk, new_session


class Play(Protocol):
    """Makes a script on a new session, already opened."""

    def __call__(
        self, settings: Settings | None = None, offer: Offer = OFFER, ignoring: tuple[str, ...] = BORING, **more: Any
    ) -> Script: ...


def _check(output: Output) -> None:
    event = plain(output)
    if "event_id" in event:
        check_against_sdk(event)


@pytest.fixture
def play() -> Iterator[Play]:
    scripts: list[Script] = []

    def play_to(
        settings: Settings | None = None, offer: Offer = OFFER, ignoring: tuple[str, ...] = BORING, **more: Any
    ) -> Script:
        script = Script(new_session(settings, offer, **more), ignoring=ignoring, check=_check)
        scripts.append(script)
        script.post(ee.Opened()).take()
        return script

    yield play_to
    for script in scripts:
        script.finish()
