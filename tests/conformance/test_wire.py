"""Addresses and openings, against a scripted server."""

from __future__ import annotations

import asyncio

import pytest

from ovos_voice_agent.client import Refused
from ovos_voice_agent.conformance.suite import Opening
from ovos_voice_agent.conformance.wire import Target, address, open_wire
from tests.client.realtime_stub import running


@pytest.mark.parametrize(
    ("url", "dialect", "query", "expected"),
    [
        ("http://h:1/v1", "ga", {}, "ws://h:1/v1/realtime?model=m"),
        ("wss://h/v1/realtime?x=1", "beta", {}, "wss://h/v1/realtime?x=1&model=m"),
        ("http://h:1/v1", "azure", {}, "ws://h:1/openai/v1/realtime?model=m"),
        ("wss://h/openai/v1/realtime", "azure", {}, "wss://h/openai/v1/realtime?model=m"),
        (
            "http://h:1/v1",
            "azure-preview",
            {},
            "ws://h:1/openai/realtime?api-version=2024-10-01-preview&deployment=m",
        ),
        ("http://h:1/v1", "ga", {"intent": "transcription"}, "ws://h:1/v1/realtime?intent=transcription"),
    ],
)
def test_the_address_for_a_dialect(url: str, dialect: str, query: dict[str, str], expected: str) -> None:
    assert address(Target(url, None, "m", dialect), query) == expected


def test_keys_travel_as_the_opening_says() -> None:
    async def open_all() -> list[str]:
        async with running(lambda _: []) as stub:
            for key in ("own", "wrong", "subprotocol"):
                wire = await open_wire(Target(stub.url, "sk-mine"), Opening(key=key))  # type: ignore[arg-type]
                assert "session.created" in str(await wire.receive())
                await wire.ping()
                await wire.close()
                assert wire.close_code == 1000
            return stub.keys

    assert asyncio.run(open_all()) == ["Bearer sk-mine", "Bearer sk-conformance-wrong-key", ""]


def test_a_refusal_has_its_status() -> None:
    async def refused(url: str) -> int:
        with pytest.raises(Refused) as caught:
            await open_wire(Target(url), Opening())
        return caught.value.status

    async def both() -> tuple[int, int]:
        async with running(lambda _: [], key="sk-mine") as stub:
            return await refused(stub.url), await refused("http://127.0.0.1:9")

    assert asyncio.run(both()) == (401, 0)
