"""Files of recordings: what is in them, whose they are, and what happens when the disk fails."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.runtime.tapes import Archive, Folder, Tape

SECOND = b"\x00\x10" * 8000


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def recorded(folder: Path) -> tuple[Archive, Folder, list[str]]:
    archive, failures = Archive(folder), list[str]()
    return archive, Folder(archive, "one", failures.append), failures


def test_a_tape_is_a_wav_file_with_its_length(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "a.wav", 8000)
    tape.write(SECOND)
    tape.write(SECOND)
    assert tape.between(7999, 8001) == SECOND[:4]
    assert tape.between(15_999, 20_000) == SECOND[:2], "what is not there yet is not given"
    assert tape.between(-5, 1) == SECOND[:2]
    tape.write(SECOND)
    tape.close()
    samples, rate_hz = read_wav(tmp_path / "a.wav")
    assert (len(samples), rate_hz) == (24_000, 8000)
    assert len((tmp_path / "a.wav").read_bytes()) == 44 + 48_000


def test_an_unfinished_tape_can_be_heard(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "a.wav", 8000)
    tape.write(SECOND)
    samples, _ = read_wav(tmp_path / "a.wav")
    assert len(samples) == 8000
    tape.close()


def test_a_folder_holds_lines_sounds_and_pieces_for_its_owner_alone(tmp_path: Path) -> None:
    archive, folder, failures = recorded(tmp_path / "recordings")
    folder.line(b'{"a": 1}')
    folder.sound("user", 8000, SECOND)
    folder.copy("user", 8000, 2000, 4000, "turns/001-user")
    folder.line(b'{"a": 2}')
    folder.close()
    archive.close()
    archive.close()
    home = tmp_path / "recordings" / "one"
    assert (home / "events.jsonl").read_text() == '{"a": 1}\n{"a": 2}\n'
    assert len(read_wav(home / "turns" / "001-user.wav")[0]) == 2000
    assert len(read_wav(home / "user.wav")[0]) == 8000
    assert {mode(path) for path in home.rglob("*.*")} == {0o600}
    assert {mode(path) for path in (tmp_path / "recordings", home, home / "turns")} == {0o700}
    assert failures == []


def test_the_first_failure_is_told_once_and_ends_it(tmp_path: Path) -> None:
    archive, folder, failures = recorded(tmp_path)
    archive.do(lambda: None).result()
    (tmp_path / "one" / "user.wav").mkdir()
    folder.sound("user", 8000, SECOND)
    archive.do(lambda: None).result()
    folder.sound("assistant", 8000, SECOND)
    folder.close()
    archive.close()
    assert failures == ["File exists"]
    assert not (tmp_path / "one" / "assistant.wav").exists()


def test_a_disk_that_stands_still_ends_recordings_and_holds_up_nobody(tmp_path: Path) -> None:
    archive = Archive(tmp_path, waiting_bytes=40_000)
    failures: list[str] = []
    folder = Folder(archive, "one", failures.append)
    stuck = threading.Event()
    archive.do(lambda: stuck.wait(10) and None)
    folder.sound("user", 8000, SECOND)
    folder.sound("user", 8000, SECOND)
    assert failures == []
    folder.sound("user", 8000, SECOND)
    assert failures == ["the disk does not keep up"]
    stuck.set()
    folder.close()
    archive.close()
    assert Folder(archive, "two", failures.append)
    assert len(failures) == 2, "nothing is recorded any more once the server has ended"


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Archive(tmp_path / "file" / "recordings")
