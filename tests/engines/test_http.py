"""The parts of the HTTP side that need no server; the rest is tested by the engines that use it."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.http import ServerOptions, read_server_options
from ovos_voice_agent.engines.options import OptionReader


@pytest.mark.parametrize("url", ["ftp://x", "nonsense", "http://user:pw@host/v1", "http://"])
def test_a_wrong_base_url_is_a_mistake(url: str) -> None:
    reader = OptionReader({"base_url": url, "model": "m"})
    read_server_options(reader)
    assert any("base_url" in problem for problem in reader.problems)


def test_local_means_this_machine() -> None:
    assert ServerOptions("http://127.0.0.1:11434/v1").local
    assert not ServerOptions("https://api.openai.com/v1").local
    assert "secret" not in repr(ServerOptions("http://a", api_key="secret", headers={"X": "secret"}))
