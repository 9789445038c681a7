"""Hosts of one's own, and others."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.http import ServerOptions
from ovos_voice_agent.engines.networks import is_private

OURS = ["127.0.0.1", "::1", "[::1]", "localhost", "10.1.2.3", "192.168.1.7", "172.16.0.1", "fd00::1", "ollama"]
OURS += ["gpu.lan", "box.local", "host.docker.internal", "NAS.home.arpa."]
OTHERS = ["api.openai.com", "8.8.8.8", "172.32.0.1", "2606:4700::1111", "local.example.org", ""]


@pytest.mark.parametrize(("host", "ours"), [*((host, True) for host in OURS), *((host, False) for host in OTHERS)])
def test_a_host_is_ours_or_not(host: str, ours: bool) -> None:
    assert is_private(host) is ours


def test_a_server_is_where_its_address_says() -> None:
    assert ServerOptions("http://192.168.1.7:11434/v1").private
    assert not ServerOptions("https://api.openai.com/v1").private
