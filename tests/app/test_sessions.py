"""Opening sessions: places, settings, and when they end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from ovos_voice_agent.app.access import Access
from ovos_voice_agent.app.casting import casting_of
from ovos_voice_agent.app.ids import Ids
from ovos_voice_agent.app.languages import detector_of
from ovos_voice_agent.app.sessions import Sessions
from ovos_voice_agent.app.troupe import Troupe
from ovos_voice_agent.config import load
from ovos_voice_agent.core.engine_events import Opened
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.codec import encode
from ovos_voice_agent.runtime.hub import Hub
from ovos_voice_agent.runtime.world import Engines
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, ToneTts
from ovos_voice_agent.transports.auth import Credential
from ovos_voice_agent.transports.opening import Opening
from ovos_voice_agent.transports.outbox import Outbox


def house(places: int = 0, **server: Any) -> tuple[Sessions, Hub]:
    config = load(None, {})
    config = msgspec.structs.replace(config, server=msgspec.structs.replace(config.server, store="memory", **server))
    engines = Engines(EnergyVad(), ScriptedStt(), ScriptedLlm(), ToneTts())
    casting = casting_of(config, engines, Troupe(), detector_of(config.session), new_id=Ids())
    hub = Hub(places)
    return Sessions(config, casting, hub, Access(config), "one"), hub


def opening(kind: Any = "realtime", model: str = "gpt-realtime") -> Opening:
    return Opening(kind, model, "ga", Credential())


def play(script: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(script(), 30))  # type: ignore[arg-type]


async def created(sessions: Sessions, wanted: Opening) -> dict[str, Any]:
    """The session of `session.created`."""
    shown: list[bytes] = []

    def note(event: Any) -> bytes:
        shown.append(encode(event))
        return shown[-1]

    runner = await sessions.open(wanted, Outbox(note))
    runner.post(Opened())
    await runner.close()
    session: dict[str, Any] = msgspec.json.decode(shown[0])["session"]
    return session


def test_a_session_has_an_id_a_model_and_an_end() -> None:
    async def script() -> None:
        sessions, _ = house(session_limit_minutes=30)
        session = await created(sessions, opening())
        assert session["id"].startswith("sess_")
        assert (session["model"], session["audio"]["output"]["voice"]) == ("gpt-realtime", "tone")
        assert abs(session["expires_at"] - datetime.now(UTC).timestamp() - 1800) < 5

    play(script)


def test_a_session_without_limit_ends_in_ten_years() -> None:
    async def script() -> None:
        sessions, _ = house(session_limit_minutes=0)
        session = await created(sessions, opening("transcription", "whisper-1"))
        assert session["type"] == "transcription"
        assert session["expires_at"] - datetime.now(UTC).timestamp() > 9 * 365 * 24 * 3600

    play(script)


def test_places_are_taken_and_given_back() -> None:
    async def script() -> None:
        sessions, hub = house(places=1)
        runner = await sessions.open(opening(), Outbox(encode))
        with pytest.raises(ClientError) as refused:
            await sessions.open(opening(), Outbox(encode))
        assert refused.value.status == 429
        assert hub.find(runner.session_id) is runner
        await runner.close()
        await runner.close()
        assert len(hub) == 0
        await (await sessions.open(opening(), Outbox(encode))).close()

    play(script)


def test_a_session_that_cannot_be_built_takes_no_place() -> None:
    async def script() -> None:
        sessions, hub = house()
        with pytest.raises(AttributeError):
            await sessions.open(None, Outbox(encode))  # type: ignore[arg-type]
        assert len(hub) == 0

    play(script)
