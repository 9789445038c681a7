"""An OVOS plugin as the recogniser: whole utterances, whatever the plugin does with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.ovos.plugin import PluginOptions
from ovos_voice_agent.engines.recognisers import WorkerStt

_MODULE = "ovos_voice_agent.engines.ovos.stt_worker"


def create(options: Mapping[str, Any]) -> WorkerStt:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key."""
    reader = OptionReader(options)
    read = PluginOptions.read(reader, "stt")
    reader.finish()
    info = read.info("stt", streaming=False, models=(read.plugin,) if read.plugin else ())
    spec = read.spec("the recogniser", _MODULE, "stt")
    return WorkerStt(info, spec, workers=read.workers, timeout_s=read.timeout_s)
