"""Loads an OVOS plugin by its name; runs in worker processes only, for it imports what plugins import."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any


def load(options: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The plugin's class and its configuration. Raises RuntimeError in words for people."""
    kind = options["kind"]
    name, config = options["plugin"], copy.deepcopy(dict(options["config"]))
    if options["mycroft_conf"]:
        name, config = _configured(kind, name, config)
    found = _find(kind, name)
    if found is None:
        raise RuntimeError(f"there is no OVOS plugin {name} here: pip install {name}")
    config.setdefault("lang", options["language"])
    return found, config


def _find(kind: str, name: str) -> Any:
    if kind == "stt":
        from ovos_plugin_manager.stt import load_stt_plugin as find
    elif kind == "tts":
        from ovos_plugin_manager.tts import load_tts_plugin as find
    else:
        from ovos_plugin_manager.vad import load_vad_plugin as find
    return find(name)


def _configured(kind: str, name: str, config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What `mycroft.conf` says, where it is not said here."""
    from ovos_config import Configuration

    core = Configuration()
    table: Mapping[str, Any] = core.get("listener", {}).get("VAD", {}) if kind == "vad" else core.get(kind, {})
    name = name or table.get("module", "")
    if not name:
        raise RuntimeError(f"mycroft.conf names no plugin for {kind}")
    return name, {"lang": core.get("lang", "en-US"), **table.get(name, {}), **config}


def languages(plugin: Any) -> list[str]:
    """What a plugin says it speaks; many say nothing."""
    try:
        return sorted(str(code) for code in plugin.available_languages or ())
    except Exception:  # noqa: BLE001 - a plugin that cannot tell may still work
        return []
