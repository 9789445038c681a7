"""The files of recorded sessions, written by one thread, in order, whatever the disk does to it.

Rules:

- Whoever hands over work never waits: what does not fit into the bound is refused, and that recording ends.
- All files are for their owner alone (mode 0600, folders 0700). A file is whole after each write but for the lengths in
  its header, which players take from its size.
"""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from ovos_voice_agent.audio.wav import wav_header

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

log = logging.getLogger(__name__)

WAITING_BYTES = 64 * 1024 * 1024
"""Of all sessions together: a disk that stands still for ten seconds loses nothing while a hundred people talk."""
_HEADER_BYTES = len(wav_header(8000))


class Archive:
    """The folder of all recordings, and the thread that writes there."""

    def __init__(self, folder: Path, waiting_bytes: int = WAITING_BYTES) -> None:
        """Raises OSError when nothing can be written there."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch(mode=0o600)
        probe.unlink()
        self.folder = folder
        self._limit_bytes = waiting_bytes
        self._waiting_bytes = 0
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recording")

    def do(self, work: Callable[[], None], size_bytes: int = 0) -> Future[None]:
        """Have something written, after all before it. Raises BufferError when too much waits."""
        with self._lock:
            if self._waiting_bytes + size_bytes > self._limit_bytes:
                raise BufferError("the disk does not keep up")
            self._waiting_bytes += size_bytes
        done = self._thread.submit(work)
        done.add_done_callback(lambda _: self._written(size_bytes))
        return done

    def close(self) -> None:
        """Write what waits. Safe to call twice."""
        self._thread.shutdown()

    def _written(self, size_bytes: int) -> None:
        with self._lock:
            self._waiting_bytes -= size_bytes


class Tape:
    """One WAV file: mono, 16 bit. For the archive's thread only."""

    def __init__(self, path: Path, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._file = _own_file(path)
        self._file.write(wav_header(rate_hz))
        self._bytes = 0

    def write(self, pcm: bytes) -> None:
        self._file.seek(0, os.SEEK_END)
        self._file.write(pcm)
        self._bytes += len(pcm)

    def between(self, start: int, end: int) -> bytes:
        """Samples that were written, from one position to another."""
        self._file.seek(_HEADER_BYTES + 2 * max(0, start))
        return self._file.read(2 * max(0, end - max(0, start)))

    def close(self) -> None:
        """Write the lengths, which are known now."""
        self._file.seek(0)
        self._file.write(wav_header(self._rate_hz, data_bytes=self._bytes))
        self._file.close()


class Folder:
    """The folder of one recording. Each call is done in the archive's thread, in order; the first that fails is told to
    `failed`, in that thread, and nothing more is written."""

    def __init__(self, archive: Archive, name: str, failed: Callable[[str], None]) -> None:
        self._archive = archive
        self._failed = failed
        self._broken = False
        self._folder = archive.folder / name
        self._tapes: dict[str, Tape] = {}
        self._lines: BinaryIO | None = None
        self._do(self._open)

    def line(self, line: bytes) -> None:
        """One more line for `events.jsonl`."""
        self._do(lambda: self._write_line(line), len(line))

    def sound(self, name: str, rate_hz: int, pcm: bytes) -> None:
        """More sound for `{name}.wav`, which is made if need be."""
        self._do(lambda: self._tape(name, rate_hz).write(pcm), len(pcm))

    def end_sound(self, name: str) -> None:
        """Nothing more comes for this file."""
        self._do(lambda: self._end_tape(name))

    def copy(self, name: str, rate_hz: int, start: int, end: int, to: str) -> None:
        """A piece of one file, from sample to sample, as a file of its own."""
        self._do(lambda: self._copy(name, rate_hz, start, end, to))

    def close(self) -> None:
        """Finish all files."""
        try:
            self._archive.do(self._close)
        except (BufferError, RuntimeError):
            log.warning("a recording was not finished")

    def _do(self, work: Callable[[], None], size_bytes: int = 0) -> None:
        if self._broken:
            return
        try:
            self._archive.do(lambda: self._try(work), size_bytes)
        except (BufferError, RuntimeError) as error:  # RuntimeError: the server is shutting down
            self._break(str(error))

    def _try(self, work: Callable[[], None]) -> None:
        if self._broken:
            return
        try:
            work()
        except OSError as error:
            self._break(error.strerror or type(error).__name__)

    def _break(self, why: str) -> None:
        self._broken = True
        log.error("a recording broke off", extra={"folder": str(self._folder), "why": why})
        self._failed(why)

    # ---------------------------------------------------------------------------------------------------- in the thread

    def _open(self) -> None:
        for folder in (self._folder, self._folder / "turns"):
            folder.mkdir(mode=0o700)
        self._lines = _own_file(self._folder / "events.jsonl")

    def _write_line(self, line: bytes) -> None:
        assert self._lines is not None
        self._lines.write(line)
        self._lines.write(b"\n")
        self._lines.flush()

    def _tape(self, name: str, rate_hz: int) -> Tape:
        if name not in self._tapes:
            self._tapes[name] = Tape(self._folder / f"{name}.wav", rate_hz)
        return self._tapes[name]

    def _end_tape(self, name: str) -> None:
        tape = self._tapes.pop(name, None)
        if tape is not None:
            tape.close()

    def _copy(self, name: str, rate_hz: int, start: int, end: int, to: str) -> None:
        piece = Tape(self._folder / f"{to}.wav", rate_hz)
        piece.write(self._tape(name, rate_hz).between(start, end))
        piece.close()

    def _close(self) -> None:
        try:
            for name in list(self._tapes):
                self._end_tape(name)
            if self._lines is not None:
                self._lines.close()
        except OSError:
            log.exception("a recording could not be finished", extra={"folder": str(self._folder)})


def _own_file(path: Path) -> BinaryIO:
    """A new file that only we may read. Raises FileExistsError."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b", buffering=0)
