"""What a person reads at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from ovos_voice_agent.app.engines import Started
from ovos_voice_agent.app.qr import qr_lines
from ovos_voice_agent.app.report import (
    address,
    network_lines,
    opening_lines,
    problem_lines,
    ready_lines,
    self_signed_lines,
)
from ovos_voice_agent.engines.interface import EngineInfo

STARTED = [
    Started("stt", EngineInfo("stt", "sphinx", "hears half of it; " * 10, better="a Whisper server"), 1.234),
    Started("llm", EngineInfo("llm", "openai", "the model x at y", local=False), 0.0),
]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("voice.local", "http://voice.local:8000"),
    ],
)
def test_the_address_can_be_clicked(host: str, url: str) -> None:
    assert address(host, 8000) == url


def test_it_says_what_is_in_force_how_long_it_took_how_good_it_is_and_what_would_be_better() -> None:
    text = "\n".join(ready_lines(STARTED, "127.0.0.1", 8000, keyed=False))
    assert "understands sphinx, ready in 1.23 s: hears half of it;" in text
    assert "better: a Whisper server" in text
    assert "thinks      openai [not on this machine], ready in 0.00 s: the model x at y" in text
    assert "http://127.0.0.1:8000/v1 or ws://127.0.0.1:8000/v1/realtime" in text
    assert "No key is needed" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_the_engines_of_personas_are_told_by_whose_they_are() -> None:
    started = [Started("jack.sparrow.tts", EngineInfo("tts", "parrot", "it squawks"), 0.5)]
    text = ready_lines(started, "127.0.0.1", 8000, keyed=True)[0]
    assert text.split() == "speaks parrot for jack.sparrow, ready in 0.50 s: it squawks".split()


def test_with_keys_it_does_not_say_that_none_is_needed() -> None:
    assert "No key" not in "\n".join(ready_lines(STARTED, "127.0.0.1", 8000, keyed=True))


def test_it_says_where_it_starts_and_why_it_cannot() -> None:
    assert opening_lines("127.0.0.1", 8000)[0].endswith("is starting on http://127.0.0.1:8000")
    assert problem_lines(["engines.stt: no."]) == ["The server cannot start:", "  engines.stt: no."]


def test_a_secure_server_has_secure_addresses() -> None:
    assert opening_lines("127.0.0.1", 8000, secure=True)[0].endswith("https://127.0.0.1:8000")
    text = "\n".join(ready_lines(STARTED, "127.0.0.1", 8000, keyed=True, secure=True))
    assert "https://127.0.0.1:8000/v1 or wss://127.0.0.1:8000/v1/realtime" in text


def test_the_page_has_an_address_in_the_network_and_a_code_for_phones() -> None:
    lines = network_lines("0.0.0.0", 8000, "192.0.2.7", "/voice/")
    assert lines == ["In the local network: https://192.0.2.7:8000/voice/", *qr_lines("https://192.0.2.7:8000/voice/")]


def test_a_server_of_this_machine_says_how_phones_reach_it() -> None:
    how, then, *code = network_lines("127.0.0.1", 8000, "192.0.2.7")
    assert "--host 0.0.0.0" in how
    assert then.endswith("https://192.0.2.7:8000/")
    assert code == qr_lines("https://192.0.2.7:8000/")


def test_a_machine_in_no_network_says_so() -> None:
    assert network_lines("0.0.0.0", 8000, None) == ["This machine is in no network: nobody else can reach it."]


def test_a_certificate_of_our_own_says_where_it_is() -> None:
    assert self_signed_lines(Path("/keep/certificate.pem"))[0].endswith("/keep/certificate.pem")
