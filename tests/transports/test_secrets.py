"""Short-lived keys: made, redeemed, expired, changed, revoked, forged."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import jwt
import msgspec
import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.stores.interface import PreparedSession
from ovos_voice_agent.transports.secrets import Secrets
from tests.transports.plain import Gates

SESSION = PreparedSession(
    id="sess_1", owner="kitchen", settings=b'{"instructions":"a secret"}', created_at=1_000_000, expires_at=1_000_060
)


def play(script: Callable[[Gates], Awaitable[None]]) -> None:
    async def run() -> None:
        gates = Gates()
        await script(gates)
        await gates.store.close()

    asyncio.run(run())


async def refusal(secrets: Secrets, session_id: str) -> tuple[int, str | None]:
    with pytest.raises(ClientError) as refused:
        await secrets.redeem(session_id)
    return refused.value.status, refused.value.code


def test_a_key_is_short_fits_a_subprotocol_and_holds_no_more_than_id_and_expiry() -> None:
    async def script(gates: Gates) -> None:
        secret = await gates.secrets.mint(SESSION)
        assert secret.startswith("ek_")
        assert len(secret) < 200
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", secret)
        claims = jwt.decode(secret.removeprefix("ek_"), options={"verify_signature": False})
        assert claims == {"jti": "sess_1", "exp": 1_000_060, "aud": "realtime"}

    play(script)


def test_a_key_opens_its_session_until_it_expires() -> None:
    async def script(gates: Gates) -> None:
        assert await gates.secrets.opened_by(await gates.secrets.mint(SESSION)) == "sess_1"
        gates.now += 59
        assert await gates.secrets.redeem("sess_1") == SESSION
        gates.now += 1
        assert await refusal(gates.secrets, "sess_1") == (401, "token_expired")

    play(script)


def test_what_a_key_opens_can_be_changed_and_revoked() -> None:
    async def script(gates: Gates) -> None:
        await gates.secrets.mint(SESSION)
        changed = msgspec.structs.replace(SESSION, settings=b"{}")
        await gates.store.keep(changed)
        assert await gates.secrets.redeem("sess_1") == changed
        await gates.store.forget("sess_1")
        assert await refusal(gates.secrets, "sess_1") == (401, "invalid_api_key")

    play(script)


def test_another_process_with_the_same_store_honours_the_key() -> None:
    async def script(gates: Gates) -> None:
        secret = await gates.secrets.mint(SESSION)
        assert await Secrets(gates.store, lambda: gates.now).opened_by(secret) == "sess_1"

    play(script)


def test_what_we_did_not_sign_opens_nothing() -> None:
    async def script(gates: Gates) -> None:
        secret = await gates.secrets.mint(SESSION)
        head, claims, signature = secret.split(".")
        unsigned = jwt.encode({"jti": "sess_1", "exp": 2_000_000, "aud": "realtime"}, "", "none")
        key = await gates.store.signing_key()
        elsewhere = jwt.encode({"jti": "sess_1", "exp": 2_000_000, "aud": "admin"}, key, "HS256")
        forged = [
            f"{head}.{claims}.{signature[:-4]}AAAA",
            f"ek_{unsigned}",
            f"ek_{elsewhere}",
            "ek_",
            "ek_a.b.c",
            "ek_é",
        ]
        assert [await gates.secrets.opened_by(forgery) for forgery in forged] == [None] * 6

    play(script)
