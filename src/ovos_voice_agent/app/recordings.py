"""Where sessions are recorded, if the configuration says so."""

from __future__ import annotations

from pathlib import Path

from ovos_voice_agent.config import RecordingConfig
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.runtime.tapes import Archive


def archive_of(config: RecordingConfig) -> Archive | None:
    """None where nothing is recorded. Raises ConfigError when the folder cannot be used."""
    if not config.directory:
        return None
    folder = Path(config.directory).expanduser()
    try:
        return Archive(folder)
    except OSError as error:
        raise ConfigError([f"recording.directory: {folder} cannot be written to: {error.strerror}"]) from error
