"""Files that come with requests: forms and bodies, within limits, in memory.

Rules: a body is measured while it comes, and refused as soon as it is too large; nothing is written to disk; all
uploads of the server together have a limit.
"""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from ovos_voice_agent.errors import ClientError, TransportClosed

FORM_SLACK_BYTES = 256 * 1024
"""Of a form beside its file: names, prompts, boundaries."""
FORM_TYPE = "multipart/form-data"
MOST_FIELDS = 1100
MOST_FILES = 8
UPLOADS_AT_ONCE = 10
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, each with all its values, and its file; None where it has none."""

    fields: dict[str, list[str]]
    file: io.BytesIO | None


class Uploads:
    """Keeps all uploads of the server together below a limit: those beyond it are asked to come again."""

    def __init__(self, file_bytes: int) -> None:
        """`file_bytes` is the limit of one; `UPLOADS_AT_ONCE` of that size may be there."""
        self._file_bytes = file_bytes
        self._free_bytes = UPLOADS_AT_ONCE * (file_bytes + FORM_SLACK_BYTES)

    @contextmanager
    def room(self, request: Request) -> Iterator[Room]:
        """Room for the body of a request, until the block ends. Raises ClientError (413, 503)."""
        told = request.headers.get("content-length", "")
        wanted = int(told) if told.isdecimal() else self._file_bytes
        if wanted > self._file_bytes + FORM_SLACK_BYTES:
            raise too_large(self._file_bytes)
        if wanted > self._free_bytes:
            message = "The server is working on many uploads; send this one again in a moment."
            raise ClientError(message, type="server_error", code="service_unavailable", status=503)
        self._free_bytes -= wanted
        try:
            yield Room(request, self._file_bytes)
        finally:
            self._free_bytes += wanted


@dataclass(frozen=True, slots=True)
class Room:
    """For one upload, whose file may have `file_bytes`."""

    request: Request
    file_bytes: int

    async def form(self, file_field: str = "file") -> Form:
        """The body as a form. Raises ClientError (400, 413, 415), TransportClosed."""
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != FORM_TYPE:
            message = f"Unsupported content type: '{kind[:80]}'. This method takes '{FORM_TYPE}'."
            raise ClientError(message, code="unsupported_content_type", status=415)
        chunks = self._chunks(self.file_bytes + FORM_SLACK_BYTES)
        try:
            parser = _InMemory(self.request.headers, chunks, max_files=MOST_FILES, max_fields=MOST_FIELDS)
            return self._checked(await _sorted(await parser.parse(), file_field))
        except MultiPartException as error:
            raise ClientError(f"The form could not be read: {error.message}", code="invalid_value") from None

    async def body(self) -> io.BytesIO:
        """The body as a file. Raises ClientError (413), TransportClosed."""
        file = io.BytesIO()
        async for chunk in self._chunks(self.file_bytes):
            file.write(chunk)
        file.seek(0)
        return file

    def _checked(self, form: Form) -> Form:
        if form.file is not None and form.file.getbuffer().nbytes > self.file_bytes:
            raise too_large(self.file_bytes)
        return form

    async def _chunks(self, limit_bytes: int) -> AsyncGenerator[bytes, None]:
        size = 0
        try:
            async for chunk in self.request.stream():
                size += len(chunk)
                if size > limit_bytes:
                    raise too_large(self.file_bytes)
                yield chunk
        except ClientDisconnect as error:
            raise TransportClosed("the client hung up while it sent a file") from error


class _InMemory(MultiPartParser):
    """Keeps files in memory: their size is limited before they come here."""

    spool_max_size = 1 << 62


async def _sorted(items: Any, file_field: str) -> Form:
    fields: dict[str, list[str]] = {}
    file = None
    for name, value in items.multi_items():
        if not isinstance(value, UploadFile):
            fields.setdefault(name, []).append(value)
            continue
        if name == file_field and file is None:
            file = io.BytesIO(await value.read())
        await value.close()
    return Form(fields, file)


def too_large(limit_bytes: int) -> ClientError:
    """What is told to who sends more than that."""
    limit = f"{limit_bytes / MIB:g} MiB" if limit_bytes >= MIB else f"{limit_bytes} bytes"
    message = f"The file is too large: this server takes up to {limit}."
    return ClientError(message, code="request_too_large", param="file", status=413)
