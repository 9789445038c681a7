"""Fetching models from a mirror on this machine: whole, interrupted, damaged, and not there at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ovos_voice_agent.weights.catalogue import File, Model
from ovos_voice_agent.weights.download import DownloadError, Mirror, fetch
from ovos_voice_agent.weights.store import PART, Store
from tests.weights.mirror import CONTENT, MirrorServer, mirror_server, small_model

SIZE = len(CONTENT["model.bin"])


def pull(store: Store, model: Model | None = None, **how: object) -> tuple[MirrorServer, list[tuple[str, int, int]]]:
    progress: list[tuple[str, int, int]] = []

    async def run() -> MirrorServer:
        async with mirror_server(**how) as server:
            await fetch(model or small_model(), store, Mirror(server.address), lambda *told: progress.append(told))
        return server

    return asyncio.run(run()), progress


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def test_a_model_comes_whole_and_tells_how_far_it_is(store: Store) -> None:
    server, progress = pull(store)
    assert store.is_installed(small_model())
    assert not store.damage(small_model())
    assert server.asked == [("model.bin", ""), ("tokens.txt", "")]
    assert progress[-1] == ("tokens.txt", 14, 14)
    done = [bytes_here for name, bytes_here, _ in progress if name == "model.bin"]
    assert done == sorted(done)
    assert done[-1] == SIZE


def test_what_is_here_is_not_fetched_again(store: Store) -> None:
    pull(store)
    server, _ = pull(store)
    assert server.asked == []


def test_a_damaged_file_is_fetched_anew(store: Store) -> None:
    pull(store)
    (store.folder_of(small_model()) / "tokens.txt").write_bytes(b"ONE TWO THREE\n")
    server, _ = pull(store)
    assert server.asked == [("tokens.txt", "")]
    assert not store.damage(small_model())


def test_a_broken_connection_goes_on_where_it_broke(store: Store) -> None:
    server, _ = pull(store, breaks_at=[300_000, 400_000])
    big = [wanted for name, wanted in server.asked if name == "model.bin"]
    assert len(big) == 3
    assert big[0] == ""
    starts = [int(wanted.removeprefix("bytes=").rstrip("-")) for wanted in big[1:]]
    assert 0 < starts[0] <= 300_000 < starts[1] <= 700_000
    assert not store.damage(small_model())


def test_a_server_that_cannot_go_on_begins_again(store: Store) -> None:
    server, _ = pull(store, breaks_at=[300_000], knows_ranges=False)
    assert [name for name, _ in server.asked] == ["model.bin", "model.bin", "tokens.txt"]
    assert not store.damage(small_model())


def test_one_that_always_breaks_is_told_and_the_next_command_goes_on(store: Store) -> None:
    with pytest.raises(DownloadError, match=r"broke off at 0\.. MB of 1 MB\. Run the same command again"):
        pull(store, breaks_at=[100_000] * 10)
    part = store.folder_of(small_model()) / f"model.bin{PART}"
    here = part.stat().st_size
    assert here > 0
    server, _ = pull(store)
    assert server.asked[0] == ("model.bin", f"bytes={here}-")
    assert not store.damage(small_model())


def test_a_stopped_download_goes_on(store: Store) -> None:
    async def stopped() -> None:
        async with mirror_server() as server:
            task = asyncio.current_task()
            assert task is not None
            await fetch(small_model(), store, Mirror(server.address), lambda *_: task.cancel())

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(stopped())
    server, _ = pull(store)
    assert server.asked[0][1].startswith("bytes=")
    assert not store.damage(small_model())


def test_a_damaged_download_is_deleted(store: Store) -> None:
    with pytest.raises(DownloadError, match=r"model\.bin came damaged: its sha256 is wrong"):
        pull(store, damaged=True)
    assert list(store.folder_of(small_model()).iterdir()) == []


def test_a_mirror_with_a_larger_file_of_the_same_name(store: Store) -> None:
    big = File(name="model.bin", size=SIZE - 100, sha256="0" * 64)
    with pytest.raises(DownloadError, match=r"has another model\.bin than it should"):
        pull(store, small_model(files=(big,)))
    assert list(store.folder_of(small_model()).iterdir()) == []


@pytest.mark.parametrize("status", [404, 403, 500, 416])
def test_a_mirror_that_has_it_not(store: Store, status: int) -> None:
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:\d+ .*Try another mirror"):
        pull(store, status=status)


def test_a_hub_out_of_reach_is_told_soon_with_what_helps(store: Store) -> None:
    async def run() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(DownloadError, match=r"hub\.invalid cannot be reached\. Set models\.mirror"):
            await fetch(small_model(), store, Mirror(), lambda *_: None)
        return loop.time() - began

    assert asyncio.run(run()) < 5


def test_no_room_is_told_before_anything_is_fetched(store: Store) -> None:
    huge = small_model(files=(File(name="x", size=1 << 60, md5="0" * 32),))
    with pytest.raises(DownloadError, match=r"small takes .* GB, and .* left\. Make room"):
        pull(store, huge)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match=r"cannot be written: .*Set models\.folder"):
        pull(Store(tmp_path / "file"))


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("", "https://hub.invalid/owner/a%2Cb"),
        ("https://mirror.invalid/", "https://mirror.invalid/owner/a%2Cb"),
        ("https://mirror.invalid/{host}/raw/{path}", "https://mirror.invalid/hub.invalid/raw/owner/a%2Cb"),
    ],
)
def test_a_mirror_takes_the_place_of_the_origin(address: str, url: str) -> None:
    assert Mirror(address).url("https://hub.invalid/owner/a%2Cb") == url
