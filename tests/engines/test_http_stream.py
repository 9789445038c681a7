"""Lines of server-sent events however they are cut, and objects that are errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.engines.http_stream import SseLines, decode_object, stream_error


@given(st.integers(1, 20))
def test_lines_may_be_cut_anywhere(size: int) -> None:
    data = b": comment\n\nevent: x\ndata: one\r\n\r\ndata:two\n\ndata: three"
    lines = SseLines()
    found = [line for at in range(0, len(data), size) for line in lines.push(data[at : at + size])]
    assert found + lines.finish() == [b"one", b"two", b"three"]


def test_errors_in_a_stream_have_codes() -> None:
    assert stream_error({"error": {"code": "context_length_exceeded"}}, "x").code == "context_length_exceeded"
    assert stream_error({"error": {"code": "rate_limit_exceeded"}}, "x").code == "rate_limit_exceeded"
    assert stream_error({"error": "boom"}, "x").code == "server_error"


@pytest.mark.parametrize("data", [b"", b"[1]", b'"text"', b"{broken", b"5"])
def test_what_is_no_object_is_none(data: bytes) -> None:
    assert decode_object(data) is None
    assert decode_object(b'{"a": 1}') == {"a": 1}
