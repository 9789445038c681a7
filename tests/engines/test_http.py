"""The parts of the HTTP side that need no server; the rest is tested by the engines that use it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.engines.http import ServerOptions, SseLines, read_server_options, stream_error
from ovos_voice_agent.engines.options import OptionReader


@given(st.integers(1, 20))
def test_lines_may_be_cut_anywhere(size: int) -> None:
    data = b": comment\n\nevent: x\ndata: one\r\n\r\ndata:two\n\ndata: three"
    lines = SseLines()
    found = [line for at in range(0, len(data), size) for line in lines.push(data[at : at + size])]
    assert found + lines.finish() == [b"one", b"two", b"three"]


@pytest.mark.parametrize("url", ["ftp://x", "nonsense", "http://user:pw@host/v1", "http://"])
def test_a_wrong_base_url_is_a_mistake(url: str) -> None:
    reader = OptionReader({"base_url": url, "model": "m"})
    read_server_options(reader)
    assert any("base_url" in problem for problem in reader.problems)


def test_local_means_this_machine() -> None:
    assert ServerOptions("http://127.0.0.1:11434/v1").local
    assert not ServerOptions("https://api.openai.com/v1").local
    assert "secret" not in repr(ServerOptions("http://a", api_key="secret", headers={"X": "secret"}))


def test_errors_in_a_stream_have_codes() -> None:
    assert stream_error({"error": {"code": "context_length_exceeded"}}, "x").code == "context_length_exceeded"
    assert stream_error({"error": {"code": "rate_limit_exceeded"}}, "x").code == "rate_limit_exceeded"
    assert stream_error({"error": "boom"}, "x").code == "server_error"
