"""The name of the request at hand."""

from __future__ import annotations

import asyncio

from ovos_voice_agent.transports.request_id import REQUEST_ID


def test_tasks_of_a_request_know_it() -> None:
    async def ask(name: str) -> str:
        REQUEST_ID.set(name)
        return await asyncio.ensure_future(read())

    async def read() -> str:
        return REQUEST_ID.get()

    async def run() -> list[str]:
        return list(await asyncio.gather(ask("req_1"), ask("req_2")))

    assert asyncio.run(run()) == ["req_1", "req_2"]
    assert REQUEST_ID.get() == ""
