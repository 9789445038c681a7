"""Fetches the files of a model: with resume, checksum and mirror.

Rules:

- What was fetched is kept in `NAME.part`, also when the connection breaks or the person stops it; the next try goes on
  there. A server that cannot go on begins again.
- A file whose digest is wrong is deleted and never gets its name.
- Whoever cannot be reached is given up after `CONNECT_S`; nothing waits for a hub that is not there.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from yarl import URL

from ovos_voice_agent.errors import VoiceAgentError
from ovos_voice_agent.weights.catalogue import File, Model
from ovos_voice_agent.weights.store import PART, Store, is_whole, megabytes

CONNECT_S = 4.0
SILENCE_S = 30.0
"""Longest pause in the middle of a file."""
ATTEMPTS = 4
"""For one file, as long as each brings something new."""
_BLOCK_BYTES = 1 << 18
_SPARE_BYTES = 64 * 1024 * 1024

OnProgress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes of it that are here, and its size."""


class DownloadError(VoiceAgentError):
    """A model could not be fetched; the message says why and what to do."""


class _BrokeOff(Exception):
    """The connection ended in the middle of a file."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where files come from instead of their origin. `address` is a URL; `{host}` and `{path}` in it are those of the
    origin, and without them the origin's path follows it. Empty: the origin itself."""

    address: str = ""

    def url(self, origin: str) -> str:
        if not self.address:
            return origin
        url = URL(origin, encoded=True)
        if "{path}" in self.address:
            return self.address.replace("{host}", url.host or "").replace("{path}", url.raw_path.lstrip("/"))
        return self.address.rstrip("/") + url.raw_path


async def fetch(model: Model, store: Store, mirror: Mirror, on_progress: OnProgress) -> Path:
    """Fetch what is missing of a model; returns its folder. Raises DownloadError."""
    folder = store.folder_of(model)
    _make_room(model, folder)
    timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_S, sock_connect=CONNECT_S, sock_read=SILENCE_S)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True, auto_decompress=False) as http:
        for file in model.files:
            target = folder / file.name
            if not await asyncio.to_thread(is_whole, target, file):
                await _Fetching(http, mirror.url(model.url(file)), file, target, on_progress).run()
            on_progress(file.name, file.size, file.size)
    return folder


def _make_room(model: Model, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise DownloadError(f"{folder} cannot be written: {error.strerror}. Set models.folder to another.") from error
    here = sum(path.stat().st_size for path in folder.iterdir())
    if free < model.size - here + _SPARE_BYTES:
        raise DownloadError(
            f"{model.id} takes {megabytes(model.size)}, and {folder} has {megabytes(free)} left. "
            "Make room, or set models.folder to another disk."
        )


@dataclass(slots=True)
class _Fetching:
    """One file."""

    http: aiohttp.ClientSession
    url: str
    file: File
    target: Path
    on_progress: OnProgress

    @property
    def part(self) -> Path:
        return self.target.with_name(self.target.name + PART)

    async def run(self) -> None:
        for attempt in range(ATTEMPTS):
            before = self._here()
            try:
                await self._try()
            except _BrokeOff as error:
                if attempt == ATTEMPTS - 1 or self._here() <= before:
                    raise DownloadError(
                        f"{self.file.name} broke off at {megabytes(self._here())} of {megabytes(self.file.size)}. "
                        "Run the same command again to go on there."
                    ) from error
            else:
                break
        await self._judge()

    def _here(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    async def _try(self) -> None:
        """Fetch what is missing. Raises _BrokeOff, DownloadError."""
        if self._here() > self.file.size:
            self.part.unlink()
        if (here := self._here()) == self.file.size:
            return
        headers = {"Range": f"bytes={here}-"} if here else {}
        try:
            async with self.http.get(self.url, headers=headers) as answer:
                await self._take(answer)
        except aiohttp.ClientConnectorError as error:
            raise self._unreachable() from error
        except (aiohttp.ClientError, TimeoutError) as error:
            if not self._here():
                raise self._unreachable() from error
            raise _BrokeOff from error
        if self._here() < self.file.size:
            raise _BrokeOff

    async def _take(self, answer: aiohttp.ClientResponse) -> None:
        if answer.status == 416:
            raise self._another()
        if answer.status not in (200, 206):
            raise DownloadError(f"{self._host()} answers {answer.status} for {self.file.name}. Try another mirror.")
        goes_on = answer.status == 206
        here = self._here() if goes_on else 0
        with self.part.open("ab" if goes_on else "wb") as part:
            async for block in answer.content.iter_chunked(_BLOCK_BYTES):
                here += len(block)
                if here > self.file.size:
                    raise self._another()
                part.write(block)
                self.on_progress(self.file.name, here, self.file.size)

    async def _judge(self) -> None:
        if not await asyncio.to_thread(is_whole, self.part, self.file):
            self.part.unlink()
            raise DownloadError(f"{self.file.name} came damaged: its {self.file.digest[0]} is wrong. It was deleted.")
        self.part.replace(self.target)

    def _host(self) -> str:
        url = URL(self.url, encoded=True)
        return (url.host if url.is_default_port() else url.authority) or self.url

    def _another(self) -> DownloadError:
        self.part.unlink(missing_ok=True)
        return DownloadError(f"{self._host()} has another {self.file.name} than it should. Try another mirror.")

    def _unreachable(self) -> DownloadError:
        return DownloadError(
            f"{self._host()} cannot be reached. Set models.mirror to a mirror, or carry the folder that "
            "`ovos-voice-agent models path` names over from a machine that has the model."
        )
