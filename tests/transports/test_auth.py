"""Where keys are found, and which are accepted."""

from __future__ import annotations

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.auth import Credential, Keys, presented_key

KEYS = Keys([("kitchen", "sk-one"), ("car", "sk-two")])


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
    assert KEYS.authenticate({"authorization": "Bearer sk-two"}, {}) == Credential("car")


@pytest.mark.parametrize("wrong", ["sk-", "sk-one ", "SK-ONE", "sk-öne", "\udce9"])
def test_a_wrong_key_is_refused(wrong: str) -> None:
    with pytest.raises(ClientError) as refused:
        KEYS.authenticate({"api-key": wrong}, {})
    assert (refused.value.status, refused.value.code) == (401, "invalid_api_key")
    assert wrong.strip() not in refused.value.message.split()


def test_a_missing_key_is_told_from_a_wrong_one() -> None:
    with pytest.raises(ClientError) as refused:
        KEYS.authenticate({}, {})
    assert (refused.value.status, refused.value.code) == (401, None)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer "}, {"authorization": "Bearer whatever"}])
def test_without_keys_everybody_may_come_in(headers: dict[str, str]) -> None:
    keys = Keys([])
    assert not keys.required
    assert keys.authenticate(headers, {}) == Credential("")
