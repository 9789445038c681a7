"""An OVOS plugin as the voice, sentence by sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.engines.interface import Voice
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.ovos.plugin import PluginOptions
from ovos_voice_agent.engines.voices import Common, WorkerTts

_MODULE = "ovos_voice_agent.engines.ovos.tts_worker"
DEFAULT_VOICE = "default"
DEFAULT_RATE_HZ = 22_050
"""Until the plugin has spoken once."""


def create(options: Mapping[str, Any]) -> WorkerTts:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key.

    `voices` are names that sessions may ask for = the plugin's own names; `default` is what the plugin takes by itself.
    """
    reader = OptionReader(options)
    read = PluginOptions.read(reader, "tts")
    named = reader.text_table("voices")
    reader.finish()
    spec = read.spec("the voice", _MODULE, "tts", voices=named)
    voices = [Voice(name, language=read.language) for name in (DEFAULT_VOICE, *named)]
    common = Common(workers=read.workers, timeout_s=read.timeout_s)
    return WorkerTts(read.info("tts"), spec, voices, DEFAULT_RATE_HZ, common)
