"""What an operator sees of the sessions of several processes that share a store."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from ovos_voice_agent.app import running
from tests.end_to_end.talking import LIMIT_S, Fakes, configured, talking


def listed(url: str) -> dict[str, Any]:
    with urlopen(f"{url}/realtime/sessions") as answer:
        [session] = json.load(answer)["data"]
    found: dict[str, Any] = session["live"]
    return found


async def told(url: str) -> dict[str, Any]:
    """As `listed`, once the other process has answered: it looks once a second."""
    for _ in range(100):
        seen = await asyncio.to_thread(listed, url)
        if "responses" in seen:
            return seen
        await asyncio.sleep(0.1)
    raise AssertionError("it never said how its session goes")


def test_a_process_tells_how_the_sessions_of_another_one_go(tmp_path: Path) -> None:
    config = configured(store=str(tmp_path / "store.sqlite3"))

    async def scene() -> None:
        async with (
            running(config, Fakes().by_stage) as here,
            running(config, Fakes().by_stage) as there,
            talking(here) as talk,
        ):
            await talk.write("Hello")
            await talk.sdk.response.create()
            await talk.answer()
            own = await asyncio.to_thread(listed, here.url)
            assert (own["responses"], own["activity"], own["engines"]["stt"]) == (1, "waiting", "ScriptedStt")
            seen = await told(there.url)
            assert {**seen, "duration_s": 0} == {**own, "duration_s": 0}
            assert seen["client"]["address"] == "127.0.0.1"
            assert "OpenAI" in seen["client"]["agent"]

    asyncio.run(asyncio.wait_for(scene(), LIMIT_S))
