"""Where keys are found, and which are accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.stores.interface import PreparedSession
from ovos_voice_agent.transports.auth import Credential, Key, Keys, digest_of, presented_key
from tests.transports.plain import Gates

KEYS = Keys([Key.of("kitchen", "sk-one"), Key("car", digest_of("sk-two"), frozenset({"realtime"}))])


@pytest.mark.parametrize(
    ("headers", "query", "subprotocols", "key"),
    [
        ({"authorization": "Bearer a", "api-key": "b"}, {"api-key": "c"}, ("openai-insecure-api-key.d",), "a"),
        ({"authorization": "bearer a"}, {}, (), "a"),
        ({"authorization": "Basic a", "api-key": "b"}, {}, (), "b"),
        ({"authorization": "Bearer "}, {"api-key": "c"}, ("realtime", "openai-insecure-api-key.d.e"), "d.e"),
        ({}, {"Authorization": "Bearer f", "api-key": "c"}, (), "f"),
        ({}, {"api-key": "c"}, ("realtime",), "c"),
        ({}, {"model": "m"}, (), None),
    ],
)
def test_the_first_place_with_a_key_counts(
    headers: dict[str, str], query: dict[str, str], subprotocols: tuple[str, ...], key: str | None
) -> None:
    assert presented_key(headers, query, subprotocols) == key


def test_the_owner_of_a_key_is_known_by_name() -> None:
    assert KEYS.authenticate("sk-one") == Credential("kitchen")
    assert KEYS.authenticate("sk-two") == Credential("car", frozenset({"realtime"}))


@pytest.mark.parametrize("wrong", ["sk-", "sk-one ", "SK-ONE", "sk-öne", "\udce9"])
def test_a_wrong_key_is_refused(wrong: str) -> None:
    with pytest.raises(ClientError) as refused:
        KEYS.authenticate(wrong)
    assert (refused.value.status, refused.value.code) == (401, "invalid_api_key")
    assert wrong.strip() not in refused.value.message.split()


def test_a_missing_key_is_told_from_a_wrong_one() -> None:
    with pytest.raises(ClientError) as refused:
        KEYS.authenticate(None)
    assert (refused.value.status, refused.value.code) == (401, None)


@pytest.mark.parametrize("key", [None, "whatever"])
def test_without_keys_everybody_may_come_in(key: str | None) -> None:
    keys = Keys([])
    assert not keys.required
    assert keys.authenticate(key) == Credential("")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "@192.0.2.7"),
        ("::ffff:192.0.2.7", "@192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "@2001:db8:1:2::/64"),
        ("a socket", "@a socket"),
        ("", ""),
    ],
)
def test_without_keys_clients_are_told_apart_by_where_they_are(address: str, name: str) -> None:
    assert Keys([]).authenticate("whatever", address).name == name
    assert KEYS.authenticate("sk-one", address).name == "kitchen"


def test_a_key_does_what_its_scopes_say() -> None:
    credential = KEYS.authenticate("sk-two")
    credential.check("realtime")
    with pytest.raises(ClientError) as refused:
        credential.check("audio")
    assert (refused.value.status, refused.value.code) == (403, "permission_denied")


def prepared(gates: Gates, **more: Any) -> PreparedSession:
    times = {"created_at": gates.now, "expires_at": gates.now + 60}
    return PreparedSession(id="sess_1", owner="kitchen", settings=b"{}", **times | more)


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


@pytest.mark.parametrize("key", ["sk-one", None])
def test_a_short_lived_key_opens_its_session_and_has_no_other_scope(key: str | None) -> None:
    async def script(gates: Gates) -> None:
        session = prepared(gates)
        found = await gates.authenticator.authenticate(bearer(await gates.secrets.mint(session)), {})
        assert found == Credential("kitchen", frozenset({"realtime"}), session)

    play(Gates(key), script)


def test_a_short_lived_key_of_somebody_else_is_any_key() -> None:
    async def script(gates: Gates) -> None:
        secret = await Gates().secrets.mint(prepared(gates))
        with pytest.raises(ClientError) as refused:
            await gates.authenticator.authenticate(bearer(secret), {})
        assert refused.value.code == "invalid_api_key"
        assert await Gates().authenticator.authenticate(bearer(secret), {}) == Credential()

    play(Gates("sk-one"), script)


def play(gates: Gates, script: Callable[[Gates], Awaitable[None]]) -> None:
    async def run() -> None:
        await script(gates)
        await gates.store.close()

    asyncio.run(run())
