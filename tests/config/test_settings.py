"""The tables of the configuration."""

from __future__ import annotations

from ovos_voice_agent.config import ApiKey, EngineConfig, Quota, ServerConfig


def test_secrets_do_not_show() -> None:
    shown = repr((ApiKey("kitchen", "sk-secret"), EngineConfig("openai", {"api_key": "sk-secret"})))
    assert "sk-secret" not in shown
    assert "kitchen" in shown


def test_without_configuration_nothing_is_limited_and_keys_do_everything() -> None:
    assert Quota() == Quota(requests="", new_sessions="", tokens="", audio_minutes="", sessions=0)
    assert ApiKey("a", "b").scopes == ("realtime", "audio", "chat", "admin")
    assert (ServerConfig().max_items, ServerConfig().max_tools, ServerConfig().store) == (5000, 128, "")
