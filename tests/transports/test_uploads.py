"""Uploads are measured while they come, and stay in memory."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import Request

from ovos_voice_agent.errors import ClientError, TransportClosed
from ovos_voice_agent.transports.uploads import FORM_SLACK_BYTES, UPLOADS_AT_ONCE, Form, Uploads, too_large
from tests.runtime.scenes import run

LIMIT = 3_000_000
HEAD = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
END = b"\r\n--b--\r\n"


def request(*chunks: bytes, hangs_up: bool = False, **headers: str) -> Request:
    waiting = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting.append({"type": "http.disconnect"} if hangs_up else {"type": "http.request", "body": b""})

    async def receive() -> Any:
        return waiting.pop(0)

    named = {"content-type": "multipart/form-data; boundary=b", **headers}
    return Request(
        {"type": "http", "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in named.items()]}, receive
    )


def read(asked: Request, limit: int = LIMIT) -> Form:
    with Uploads(limit).room(asked) as room:
        return run(room.form())


def test_fields_and_the_file() -> None:
    parts = b"".join(HEAD % (b"a", b"") + value + b"\r\n" for value in (b"1", b"2"))
    form = read(request(parts, HEAD % (b"file", b'; filename="x.wav"'), b"sound", END))
    assert form.fields == {"a": ["1", "2"]}
    assert form.file is not None
    assert form.file.read() == b"sound"


def test_a_large_file_stays_in_memory() -> None:
    chunks = [b"x" * 100_000] * 25
    form = read(request(HEAD % (b"file", b'; filename="x"'), *chunks, END))
    assert form.file is not None
    assert len(form.file.getvalue()) == 2_500_000


def test_a_field_of_the_files_name_is_no_file() -> None:
    assert read(request(HEAD % (b"file", b"") + b"text" + END)).file is None


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT + FORM_SLACK_BYTES + 1])
def test_too_large_is_refused(size: int) -> None:
    chunks = [b"x" * 100_000] * (size // 100_000) + [b"x" * (size % 100_000)]
    with pytest.raises(ClientError) as raised:
        read(request(HEAD % (b"file", b'; filename="x"'), *chunks, END))
    assert (raised.value.status, raised.value.code) == (413, "request_too_large")


def test_what_says_that_it_is_too_large_is_refused_unread() -> None:
    with pytest.raises(ClientError) as raised:
        read(request(hangs_up=True, content_length=str(2 * LIMIT)))
    assert raised.value.status == 413


def test_who_hangs_up_is_gone() -> None:
    with pytest.raises(TransportClosed):
        read(request(HEAD % (b"file", b'; filename="x"'), hangs_up=True))


def test_a_body_as_a_file() -> None:
    with Uploads(100).room(request(b"one", b"two")) as room:
        assert run(room.body()).read() == b"onetwo"
    with Uploads(4).room(request(b"one", b"two")) as room, pytest.raises(ClientError):
        run(room.body())


def test_all_uploads_together_have_a_limit() -> None:
    uploads = Uploads(LIMIT)
    rooms = [uploads.room(request(content_length=str(LIMIT + FORM_SLACK_BYTES))) for _ in range(UPLOADS_AT_ONCE)]
    for room in rooms:
        room.__enter__()
    with pytest.raises(ClientError) as raised, uploads.room(request(content_length="10")):
        pass
    assert (raised.value.status, raised.value.code) == (503, "service_unavailable")
    rooms[0].__exit__(None, None, None)
    with uploads.room(request(content_length="10")):
        pass


def test_limits_are_told_in_words() -> None:
    assert "25 MiB" in too_large(25 * 1024 * 1024).message
    assert "500 bytes" in too_large(500).message
