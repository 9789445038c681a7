"""Where sessions are recorded."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from ovos_voice_agent.app import running
from ovos_voice_agent.app.recordings import archive_of
from ovos_voice_agent.config import Config, RecordingConfig
from ovos_voice_agent.errors import ConfigError
from tests.end_to_end.talking import Fakes, Talk, configured, talking


def recording(folder: Path) -> Config:
    return msgspec.structs.replace(configured(), recording=RecordingConfig(directory=str(folder)))


def test_by_default_nothing_is_recorded() -> None:
    assert archive_of(RecordingConfig()) is None


def test_a_folder_that_cannot_be_used_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"recording\.directory: .*/file/kept cannot be written to: "):
        archive_of(RecordingConfig(directory=str(tmp_path / "file" / "kept")))


def play(config: Config, script: object) -> None:
    async def scene() -> None:
        async with running(config, Fakes().by_stage) as server, talking(server) as talk:
            await script(talk)  # type: ignore[operator]

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_who_asks_is_recorded_and_told_so(tmp_path: Path) -> None:
    async def script(talk: Talk) -> None:
        shown = await talk.settings(x_ovos={"recording": True})
        assert shown["x_ovos"]["recording"] is True
        await talk.write("Hello")
        await talk.sdk.response.create()
        await talk.answer()

    play(recording(tmp_path), script)
    [folder] = tmp_path.iterdir()
    assert len(list((folder / "turns").iterdir())) == 1
    assert (folder / "assistant.wav").stat().st_size > 1000
    assert '"response.done"' in (folder / "events.jsonl").read_text()


def test_where_the_disk_fails_the_client_is_told_that_it_is_over(tmp_path: Path) -> None:
    async def script(talk: Talk) -> None:
        (tmp_path / "kept").rename(tmp_path / "gone")
        assert (await talk.settings(x_ovos={"recording": True}))["x_ovos"]["recording"] is True
        assert (await talk.until("session.updated"))["session"]["x_ovos"]["recording"] is False

    play(recording(tmp_path / "kept"), script)


def test_a_server_that_does_not_record_says_so(tmp_path: Path) -> None:
    async def script(talk: Talk) -> None:
        await talk.sdk.session.update(session={"type": "realtime", "x_ovos": {"recording": True}})  # type: ignore[typeddict-unknown-key]
        error = (await talk.next())["error"]
        assert (error["code"], error["param"]) == ("invalid_value", "session.x_ovos.recording")
        assert error["message"] == "This server does not record sessions."

    play(configured(), script)
    assert list(tmp_path.iterdir()) == []
