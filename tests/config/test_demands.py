"""What is said of a wrong value: a sentence for people, whatever the key."""

from __future__ import annotations

import pytest

from ovos_voice_agent.config import ServerConfig, known_keys, load
from ovos_voice_agent.config.demands import demand
from ovos_voice_agent.errors import ConfigError

WRONG = object()
"""Fits no key."""

SETTINGS = [key for key in known_keys() if not key.startswith("engines.")]


@pytest.mark.parametrize("key", SETTINGS)
def test_every_key_says_what_it_must_be(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(overrides={key: WRONG})
    [problem] = caught.value.problems
    assert problem.startswith(f"{key}: must be ")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("server.session_limit_minutes", -1, "must be a number of at least 0"),
        ("server.reader_timeout_s", 0, "must be a number above 0"),
        ("server.max_message_bytes", 1, "must be a whole number of at least 65536"),
        ("server.port", 65536, "must be a whole number from 0 to 65535"),
        ("server.host", "", "must be a text in quotes, not an empty one"),
        ("server.tls_cert", 1, "must be a text in quotes"),
        ("server.public_lists", "yes", "must be true or false"),
        ("server.log_format", "xml", 'must be one of "text", "json"'),
        ("server.allowed_origins", "*", 'must be a list of origins, like ["https://example.org"]'),
    ],
)
def test_bounds_and_choices_are_part_of_the_sentence(key: str, value: object, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(overrides={key: value})
    assert caught.value.problems == (f"{key}: {told}",)


def test_a_type_without_words_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError, match="needs its own"):
        demand("server.new", ServerConfig)
