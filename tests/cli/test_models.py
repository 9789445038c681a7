"""The command `models`, with a small catalogue and a mirror on this machine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ovos_voice_agent.cli.main import EXIT_FAILED, main
from ovos_voice_agent.weights.catalogue import recommended
from ovos_voice_agent.weights.store import PART, Store
from tests.weights.mirror import CONTENT, MirrorServer, mirror_server, small_model

SMALL = small_model()


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where models lie; the catalogue has one, which is small."""
    for module in ("weights.catalogue", "weights.store", "cli.models"):
        monkeypatch.setattr(f"ovos_voice_agent.{module}.recommended", lambda: (SMALL,))
    monkeypatch.setenv("OVOS_VOICE_AGENT_MODELS__FOLDER", str(tmp_path / "models"))
    return tmp_path / "models"


@contextmanager
def mirror(**how: object) -> Iterator[MirrorServer]:
    """A mirror in a thread of its own: the command runs a loop itself."""
    ready, served = threading.Event(), []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with mirror_server(**how) as server:
            served.append(server)
            done.clear()
            ready.set()
            await done.wait()

    done = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield served[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def test_the_list_shows_what_is_here_and_what_it_costs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert (
        "small made in the test [en]. sherpa-onnx, 1 MB, 1 MB of memory. MIT. https://hub.invalid/owner/small" in words
    )
    (folder / "small").mkdir(parents=True)
    (folder / "small" / f"model.bin{PART}").write_bytes(b"a beginning")
    assert main(["models", "list"]) == 0
    assert "  ~ small" in capsys.readouterr().out
    assert main(["models", "list", "--language", "de"]) == 0
    assert "small" not in capsys.readouterr().out


def test_the_whole_catalogue_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    listed = capsys.readouterr().out
    assert all(f" {model.id} " in listed for model in recommended())
    assert max(map(len, listed.splitlines())) <= 140


def test_pull_from_a_mirror_use_path_and_remove(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with mirror() as server:
        assert main(["models", "pull", "small", "--mirror", server.address]) == 0
    told = capsys.readouterr().out
    assert f"small is whole and lies in {folder / 'small'}" in told
    assert '  [engines.stt]\n  name = "sherpa-onnx"\n  model = "small"\n' in told
    assert (folder / "small" / "model.bin").read_bytes() == CONTENT["model.bin"]
    assert main(["models", "path", "small"]) == 0
    assert capsys.readouterr().out == f"{folder / 'small'}\n"
    assert main(["models", "list"]) == 0
    assert "  * small" in capsys.readouterr().out
    assert main(["models", "remove", "small"]) == 0
    assert capsys.readouterr().out == "small: 1 MB are free again\n"
    assert main(["models", "remove", "small"]) == 0
    assert capsys.readouterr().out == "small was not here\n"


def test_the_mirror_may_be_configured_and_a_broken_download_goes_on(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with mirror(breaks_at=[200_000] * 4) as server:
        monkeypatch.setenv("OVOS_VOICE_AGENT_MODELS__MIRROR", server.address)
        assert main(["models", "pull", "small"]) == EXIT_FAILED
        assert "Run the same command again to go on there." in capsys.readouterr().err
        assert (folder / "small" / f"model.bin{PART}").stat().st_size > 0
        server.breaks_at.clear()
        assert main(["models", "pull", "small"]) == 0
        assert server.asked[-2][1].startswith("bytes=")
    assert not Store(folder).damage(SMALL)


def test_what_is_not_here_has_no_path(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "path", "small"]) == EXIT_FAILED
    assert "ovos-voice-agent models pull small" in capsys.readouterr().err
    assert main(["models", "path"]) == 0
    assert capsys.readouterr().out == f"{folder}\n"


@pytest.mark.parametrize("action", ["pull", "remove", "path"])
def test_a_name_that_is_none(folder: Path, action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", action, "smal"]) == EXIT_FAILED
    assert "There is no model smal in the catalogue. There are: small" in capsys.readouterr().err


def test_a_bar_is_drawn_on_a_terminal_only(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with mirror() as server:
        assert main(["models", "pull", "small", "--mirror", server.address]) == 0
        assert capsys.readouterr().err == ""
        main(["models", "remove", "small"])
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        assert main(["models", "pull", "small", "--mirror", server.address]) == 0
    assert "100%  1 MB of 1 MB" in capsys.readouterr().err
