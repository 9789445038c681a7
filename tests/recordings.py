"""Recordings of people for tests: the same eight in every clone, wherever they come from.

Sources, first match wins: a folder `shared/audio` beside the checkout; Debian's package `pocketsphinx-testdata` where
installed; the source archive of PocketSphinx, fetched once through pip (or Debian’s package, fetched once through apt)
and kept under `.cache/recordings`. All have the same samples. A test that asks for speech gets speech or fails; it is
never skipped.
"""

from __future__ import annotations

import functools
import importlib.metadata
import shutil
import subprocess
import sys
import tarfile
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ovos_voice_agent.audio.resample import Resampler

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "audio"
DEBIAN = Path("/usr/share/pocketsphinx/test/data")
CACHE = ROOT / ".cache" / "recordings"
RATE_HZ = 16_000


@dataclass(frozen=True, slots=True)
class Recording:
    """One person saying one thing. `source` is the path below PocketSphinx's `test/data`.

    `speech_start_s` and `speech_end_s` are when the level first and last passes 5 % of the loud parts: good to 30 ms.
    """

    source: str
    transcript: str
    speech_start_s: float
    speech_end_s: float


_AUSTEN = "librivox/sense_and_sensibility_01_austen_64kb"

RECORDINGS = {
    "goforward": Recording("goforward.raw", "go forward ten meters", 0.50, 2.64),
    "something": Recording("something.raw", "go somewhere and do something", 0.46, 2.38),
    "cards_001": Recording("cards/001.wav", "ten of clubs", 0.18, 1.09),
    "cards_002": Recording("cards/002.wav", "four queen of clubs", 0.0, 1.69),
    "cards_005": Recording("cards/005.wav", "eight of spades four of clubs seven of hearts", 0.21, 3.23),
    "librivox_0870": Recording(
        f"{_AUSTEN}-0870.wav",
        "and mister john dashwood had then leisure to consider how much there might be prudently in his power to do "
        "for them",
        0.07,
        7.07,
    ),
    "librivox_0880": Recording(f"{_AUSTEN}-0880.wav", "he was not an ill disposed young man", 0.0, 2.94),
    "librivox_0890": Recording(
        f"{_AUSTEN}-0890.wav",
        "unless to be rather cold hearted and rather selfish is to be ill disposed",
        0.26,
        5.19,
    ),
}

WANTED = {wanted.source for wanted in RECORDINGS.values()}


def recording(name: str) -> Path:
    """A WAV file: 16 kHz, mono, int16. Raises KeyError for a name that not every clone can have."""
    wanted = RECORDINGS[name]
    beside = SHARED / f"{name}.wav"
    if beside.is_file():
        return beside
    kept = CACHE / f"{name}.wav"
    if not kept.is_file():
        _keep(_test_data() / wanted.source, kept)
    return kept


def transcript(name: str) -> str:
    """What is said: lower case, no punctuation."""
    return RECORDINGS[name].transcript


def samples_16k(name: str) -> npt.NDArray[np.int16]:
    """The recording as int16 at 16 kHz."""
    with wave.open(str(recording(name))) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


@functools.cache
def speech_24k(name: str) -> bytes:
    """The recording as a Realtime client sends it: mono int16 little endian at 24 kHz."""
    resampler = Resampler(RATE_HZ, 24_000)
    wide = samples_16k(name).astype(np.float32) / 32768
    up = np.concatenate([resampler.push(wide), resampler.flush()])
    return np.clip(np.round(up * 32768), -32768, 32767).astype("<i2").tobytes()


def silence_24k(seconds: float) -> bytes:
    """Digital silence at 24 kHz, for what follows an utterance."""
    return bytes(2 * round(24_000 * seconds))


def _keep(source: Path, target: Path) -> None:
    """Copy, with a WAV header where the source has none; complete or not there at all."""
    data = source.read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        part = Path(folder) / target.name
        if source.suffix == ".raw":
            with wave.open(str(part), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE_HZ)
                file.writeframes(data)
        else:
            part.write_bytes(data)
        part.replace(target)


@functools.cache
def _test_data() -> Path:
    """PocketSphinx's folder `test/data`, fetched if nothing else has it."""
    fetched = CACHE / "data"
    if DEBIAN.is_dir():
        return DEBIAN
    if not fetched.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            reasons = [
                _fetch_with_pip(Path(folder)),
                *([_fetch_with_apt(Path(folder))] if shutil.which("apt-get") else []),
            ]
            found = next(Path(folder).glob("**/test/data"), None)
            assert found is not None, "no recordings of speech could be fetched:\n" + "\n".join(reasons)
            found.replace(fetched)
    return fetched


def _fetch_with_pip(folder: Path) -> str:
    """Unpack the source archive of the installed PocketSphinx. Returns what pip complained about."""
    version = importlib.metadata.version("pocketsphinx")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "pocketsphinx"]
    result = _run([*command, "--dest", str(folder), f"pocketsphinx=={version}"])
    for archive in folder.glob("*.tar.gz"):
        with tarfile.open(archive) as tar:
            for member in tar.getmembers():
                _, _, inside = member.name.partition("/test/data/")
                content = tar.extractfile(member) if inside in WANTED else None
                if content is not None:
                    target = folder / "archive" / "test" / "data" / inside
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(content.read())
    return result


def _fetch_with_apt(folder: Path) -> str:
    """Unpack Debian's package, without installing it, where pip brought nothing. Returns what apt complained about."""
    if next(folder.glob("**/test/data"), None):
        return ""
    result = _run(["apt-get", "download", "-q", "pocketsphinx-testdata"], cwd=folder)
    for package in folder.glob("*.deb"):
        result += _run(["dpkg-deb", "--extract", str(package), str(folder)])
    return result


def _run(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    return "" if done.returncode == 0 else f"{' '.join(command[:4])}: {done.stderr.strip()[-500:]}"
