"""What the engines around OVOS plugins share: their options, and what is refused before a plugin is loaded.

Rules:

- A plugin lives in a worker process, one instance in each and one call at a time: plugins are not thread-safe, hold the
  interpreter's lock, and a constructor that waits for ever (for a model, for the internet) is ended by the time limit.
- It gets the configuration written here, a copy for each instance. What OVOS itself is configured to use
  (`mycroft.conf`) is read only where `mycroft_conf = true` asks for it.
- Nobody is sent to a public server unasked: the plugins that are clients of a server need its address here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ovos_voice_agent.engines.extras import need
from ovos_voice_agent.engines.interface import EngineInfo, Kind
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.workers import WorkerSpec

need("ovos_plugin_manager")

ADDRESS_KEYS = ("url", "urls", "host")
ELSEWHERE = (
    "server remote google azure chromium edge polly elevenlabs responsivevoice voicerss openai nos deepgram wit"
).split()
"""A plugin with one of these words in its name sends what it gets to another machine."""
PluginKind = Literal["stt", "tts", "vad"]


@dataclass(frozen=True, slots=True)
class PluginOptions:
    """`config` is the plugin's own table; `start_timeout_s`: how long its constructor may take."""

    plugin: str
    config: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en-US"
    mycroft_conf: bool = False
    workers: int = 1
    timeout_s: float = 30.0
    start_timeout_s: float = 60.0

    @classmethod
    def read(cls, reader: OptionReader, kind: PluginKind) -> PluginOptions:
        """What is wrong is noted with the reader."""
        read = cls(
            plugin=reader.text("plugin"),
            config=reader.table("config"),
            language=reader.text("language", "en-US"),
            mycroft_conf=reader.flag("mycroft_conf", default=False),
            workers=reader.maybe_integer("workers", 1, 16) or 1,
            timeout_s=reader.number("timeout_s", 30.0, 0.1, 600.0),
            start_timeout_s=reader.number("start_timeout_s", 60.0, 1.0, 3600.0),
        )
        if not read.plugin and not read.mycroft_conf:
            reader.problems.append(f"plugin must be the name of an OVOS plugin, like ovos-{kind}-plugin-…")
        if read.plugin.endswith("-server") and not read.mycroft_conf and not any(map(read.config.get, ADDRESS_KEYS)):
            reader.problems.append(
                f"config: {read.plugin} would send everything to public servers; set its url (or mycroft_conf = true)"
            )
        return read

    def spec(self, name: str, module: str, kind: PluginKind, **more: Any) -> WorkerSpec:
        """The worker process; `more` is told to it as well."""
        body = {
            "kind": kind,
            "plugin": self.plugin,
            "config": dict(self.config),
            "language": self.language,
            "mycroft_conf": self.mycroft_conf,
            **more,
        }
        return WorkerSpec(name, module, body, self.start_timeout_s)

    def info(self, kind: Kind, **more: Any) -> EngineInfo:
        """What the engine says of itself."""
        shown = self.plugin or "the one of mycroft.conf"
        local = bool(self.plugin) and not any(word in self.plugin.split("-") for word in ELSEWHERE)
        return EngineInfo(
            kind=kind, name="ovos", quality=f"the OVOS plugin {shown}: as good as that plugin is", local=local, **more
        )
