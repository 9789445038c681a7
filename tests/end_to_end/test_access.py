"""Keys, prepared sessions, quotas and origins, through the official SDK and plain HTTP against whole servers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec import structs
from openai import AsyncOpenAI, PermissionDeniedError, RateLimitError
from websockets.exceptions import ConnectionClosedError

from ovos_voice_agent.app import Running, running
from ovos_voice_agent.client import connect
from ovos_voice_agent.client.connection import Refused
from ovos_voice_agent.config import ApiKey, Config, Quota, load
from ovos_voice_agent.errors import TransportClosed
from tests.end_to_end import strict
from tests.end_to_end.talking import Fakes

pytestmark = pytest.mark.real

KITCHEN = ApiKey("kitchen", "sk-kitchen-1")
LIMIT_S = 60.0
LIMIT = 20


def config(limits: Quota | None = None, **server: Any) -> Config:
    plain = load(None, {})
    keyed = structs.replace(plain.server, **{"api_keys": (KITCHEN,), **server})
    return structs.replace(plain, server=keyed, limits=limits or Quota())


def play(script: Callable[[Running], Awaitable[None]], limits: Quota | None = None, **server: Any) -> None:
    async def run() -> None:
        async with running(config(limits, **server), Fakes().by_stage) as started:
            await script(started)

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def sdk(server: Running, key: str = KITCHEN.key) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=server.url, api_key=key, max_retries=0)


async def http(server: Running, method: str, path: str, key: str = KITCHEN.key, **more: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
    url = server.url.removesuffix("/v1") + path
    async with aiohttp.request(method, url, headers=headers, **more) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if text else None


def test_a_key_made_by_the_sdk_opens_its_session_which_can_be_changed_and_ended() -> None:
    async def script(server: Running) -> None:
        async with sdk(server) as client:
            secret = await client.realtime.client_secrets.create(
                session={"type": "realtime", "instructions": "Be brief.", "output_modalities": ["text"]},
                expires_after={"anchor": "created_at", "seconds": 60},
            )
        prepared = secret.session.model_dump()["id"]
        async with sdk(server, secret.value) as browser, browser.realtime.connect(model="ignored") as connection:
            created = json.loads(await connection.recv_bytes())
            strict.check_all([created])
            assert created["session"]["id"] == prepared
            assert created["session"]["instructions"] == "Be brief."
            path = f"/v1/realtime/sessions/{prepared}"
            assert (await http(server, "GET", path))[1]["state"] == "live"
            await http(server, "PATCH", path, json={"session": {"instructions": "Be long."}})
            updated = json.loads(await connection.recv_bytes())
            assert (updated["type"], updated["session"]["instructions"]) == ("session.updated", "Be long.")
            assert (await http(server, "DELETE", path))[0] == 200
            closed = await closing(connection._connection)
            assert closed == (1008, "Session was ended.")
        with pytest.raises(Refused) as refused:
            async with connect(server.url, key=secret.value):
                pass
        assert refused.value.status == 401

    play(script)


async def closing(socket: Any) -> tuple[int, str]:
    with contextlib.suppress(ConnectionClosedError):
        async for _ in socket:
            pass
    return socket.close_code, socket.close_reason


def test_a_key_opens_several_sessions_and_nothing_else() -> None:
    async def script(server: Running) -> None:
        async with sdk(server) as client:
            secret = (await client.realtime.client_secrets.create()).value
        async with connect(server.url, key=secret) as first, connect(server.url, key=secret) as second:
            ids = {(await one.wait_for("session.created"))["session"]["id"] for one in (first, second)}
            assert len(ids) == 2
        async with sdk(server, secret) as browser:
            with pytest.raises(PermissionDeniedError):
                await browser.models.list()

    play(script)


def test_a_key_of_the_preview_speaks_the_preview() -> None:
    async def script(server: Running) -> None:
        async with sdk(server) as client:
            made = await client.beta.realtime.sessions.create(model="gpt-4o-realtime-preview", voice="ash")  # type: ignore[arg-type]
        assert made.client_secret.value.startswith("ek_")
        async with connect(server.url, key=made.client_secret.value) as connection:
            session = (await connection.wait_for("session.created"))["session"]
        assert (session["modalities"], session["voice"], session["temperature"]) == (["audio", "text"], "ash", 0.8)

    play(script)


def test_two_servers_with_one_store_honour_each_others_keys_orders_and_limits(tmp_path: Path) -> None:
    async def script() -> None:
        both = config(Quota(sessions=1, requests=f"{LIMIT}/day"), store=str(tmp_path / "store.sqlite3"))
        async with running(both, Fakes().by_stage) as one, running(both, Fakes().by_stage) as two:
            made = (await http(one, "POST", "/v1/realtime/client_secrets"))[1]
            async with connect(two.url, key=made["value"]) as connection:
                assert (await connection.wait_for("session.created"))["session"]["id"] == made["session"]["id"]
                with pytest.raises(Refused) as refused:
                    async with connect(one.url, key=made["value"]):
                        pass
                assert refused.value.status == 429
                path = f"/v1/realtime/sessions/{made['session']['id']}"
                await http(one, "PATCH", path, json={"session": {"instructions": "From afar."}})
                updated = await connection.wait_for("session.updated")
                assert updated["session"]["instructions"] == "From afar."
                await http(one, "DELETE", path)
                with pytest.raises(TransportClosed):
                    await connection.wait_for("nothing more")
                assert connection.close_code == 1008
            asked = [http(server, "GET", "/v1/models") for server in (one, two) * 20]
            statuses = [status for status, _ in await asyncio.gather(*asked)]
            assert statuses.count(200) == LIMIT - 5  # one to make the key, two to connect, one to change, one to end

    asyncio.run(asyncio.wait_for(script(), LIMIT_S))


def test_two_servers_with_one_store_have_so_many_sessions_together(tmp_path: Path) -> None:
    async def script() -> None:
        both = config(store=str(tmp_path / "store.sqlite3"), max_sessions=2)
        async with (
            running(both, Fakes().by_stage) as one,
            running(both, Fakes().by_stage) as two,
            connect(one.url, key=KITCHEN.key),
            connect(two.url, key=KITCHEN.key) as last,
        ):
            for full in (one, two):
                with pytest.raises(Refused, match="limit of 2 sessions") as refused:
                    async with connect(full.url, key=KITCHEN.key):
                        pass
                assert refused.value.status == 429
            await last.wait_for("session.created")

    asyncio.run(asyncio.wait_for(script(), LIMIT_S))


def test_without_keys_each_address_has_limits_of_its_own() -> None:
    async def script(server: Running) -> None:
        async def ask(address: str) -> int:
            return (await http(server, "GET", "/v1/models", headers={"X-Forwarded-For": address}))[0]

        assert [await ask(place) for place in ("192.0.2.1", "192.0.2.1", "192.0.2.2")] == [200, 429, 200]

    play(script, Quota(requests="1/day"), api_keys=())


def test_tokens_are_limited_in_sessions_with_the_same_numbers_as_in_headers() -> None:
    async def script(server: Running) -> None:
        async with connect(server.url, key=KITCHEN.key) as connection:
            limits = []
            statuses = []
            while "failed" not in statuses:
                await connection.send({"type": "response.create"})
                done = (await connection.wait_for("response.done"))["response"]
                statuses.append(done["status"])
                limits.append((await connection.wait_for("rate_limits.updated"))["rate_limits"][0])
            assert statuses[0] == "completed"
            assert done["status_details"]["error"]["code"] == "rate_limit_exceeded"
            assert (limits[-1]["limit"], limits[-1]["remaining"]) == (20, 0)
            with pytest.raises(Refused) as refused:
                async with connect(server.url, key=KITCHEN.key):
                    pass
            assert refused.value.status == 429
        url = f"{server.url}/models"
        async with aiohttp.request("GET", url, headers={"Authorization": f"Bearer {KITCHEN.key}"}) as answer:
            assert answer.headers["x-ratelimit-remaining-tokens"] == "0"

    play(script, Quota(tokens="20/day"))


def test_the_sdk_is_told_when_to_come_back() -> None:
    async def script(server: Running) -> None:
        async with sdk(server) as client:
            await client.models.list()
            with pytest.raises(RateLimitError) as refused:
                await client.models.list()
        headers = refused.value.response.headers
        assert 0 < int(headers["retry-after"]) <= 86_400
        assert headers["x-ratelimit-limit-requests"] == "1"
        assert refused.value.request_id

    play(script, Quota(requests="1/day"))


def test_a_page_of_a_foreign_origin_gets_nothing() -> None:
    async def script(server: Running) -> None:
        headers = {"Origin": "https://evil.example"}
        for method, path in [
            ("POST", "/v1/realtime/client_secrets"),
            ("GET", "/v1/models"),
            ("GET", "/v1/realtime/sessions"),
            ("GET", "/metrics"),
            ("OPTIONS", "/v1/realtime/sessions"),
            ("POST", "/v1/audio/speech"),
        ]:
            status, body = await http(server, method, path, headers=headers)
            assert (status, body["error"]["code"]) == (403, "permission_denied"), path
        rebound = {"Host": "evil.example:8000"}
        assert (await http(server, "GET", "/v1/realtime/sessions", headers=rebound))[0] == 403

    play(script, api_keys=())


def test_no_key_prompt_or_transcript_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def script(server: Running) -> None:
        session = {"type": "realtime", "instructions": "PROMPT-7", "output_modalities": ["text"]}
        made = (await http(server, "POST", "/v1/realtime/client_secrets", json={"session": session}))[1]
        for key in (made["value"], KITCHEN.key):
            async with connect(server.url, key=key) as connection:
                content = [{"type": "input_text", "text": "SPOKEN-7"}]
                item = {"type": "message", "role": "user", "content": content}
                await connection.send({"type": "conversation.item.create", "item": item})
                await connection.send({"type": "response.create"})
                await connection.wait_for("response.done")
        await http(server, "GET", "/v1/models?api-key=sk-in-the-query", key="sk-wrong-7")
        await http(server, "POST", "/v1/realtime/client_secrets", data=b'{"session": {"PROMPT-7": "SPOKEN-7"')
        secrets.append(made["value"])

    secrets: list[str] = []
    with caplog.at_level(logging.DEBUG):
        play(script)
    ours = [record for record in caplog.records if not record.name.startswith("websockets.client")]  # the test's own
    lines = [f"{vars(record)}" for record in ours]
    assert lines
    for word in ("PROMPT-7", "SPOKEN-7", KITCHEN.key, "sk-wrong-7", "sk-in-the-query", *secrets):
        assert not [line for line in lines if word in line]
