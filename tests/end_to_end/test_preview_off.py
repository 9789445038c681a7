"""Where the preview form is switched off, its clients are refused before the upgrade, and all others are served."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from ovos_voice_agent.app import Running, running
from tests.end_to_end.talking import LIMIT_S, Fakes, configured
from tests.end_to_end.wires import PATHS

pytestmark = pytest.mark.real


async def refusal(server: Running, path: str, **options: Any) -> tuple[int, Any]:
    """Status and code of the answer to an opening."""
    with pytest.raises(InvalidStatus) as caught:
        await connect(f"ws://127.0.0.1:{server.listener.port}{path}", **options)
    response = caught.value.response
    return response.status_code, json.loads(response.body or b"")["error"]["code"]


async def posted(server: Running, path: str) -> tuple[int, Any]:
    session = aiohttp.ClientSession()
    async with session, session.post(server.url + path, json={}) as answer:
        return answer.status, ((await answer.json()).get("error") or {}).get("code")


def test_the_preview_can_be_switched_off() -> None:
    off = (400, "beta_api_shape_disabled")

    async def run() -> None:
        async with running(configured(preview_dialects=False), Fakes().by_stage) as server:
            ga = PATHS["ga"]
            assert await refusal(server, ga, additional_headers={"OpenAI-Beta": "realtime=v1"}) == off
            assert await refusal(server, ga, subprotocols=["realtime", "openai-beta.realtime-v1"]) == off
            assert await refusal(server, PATHS["beta"]) == off
            assert await refusal(server, PATHS["azure-preview"]) == off
            assert await posted(server, "/realtime/sessions") == off
            assert await posted(server, "/realtime/transcription_sessions") == off
            assert await posted(server, "/realtime/client_secrets") == (200, None)
            for path in (ga, PATHS["azure-ga"]):
                async with connect(f"ws://127.0.0.1:{server.listener.port}{path}") as socket:
                    assert '"session.created"' in str(await socket.recv())

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))
