"""The server's settings, frozen, from a TOML file, the environment and the command line.

Rules:

- Later wins: defaults, file, environment (`OVOS_VOICE_AGENT_SERVER__PORT=9000`), command line.
- All mistakes are reported at once, each by its key, and unknown keys are mistakes. Those inside of the engines' tables
  are found by the caller, who knows the engines, and join the others.
- Every key has a line in docs/configuration.md; a test compares them.
"""

from ovos_voice_agent.config.reading import ENV_CONFIG, ENV_PREFIX, EngineJudge, is_loopback, known_keys, load
from ovos_voice_agent.config.settings import (
    DIGEST_PREFIX,
    ENGINE_DEFAULTS,
    ApiKey,
    Config,
    EngineConfig,
    EnginesConfig,
    ModelsConfig,
    Quota,
    RecordingConfig,
    ServerConfig,
    SessionConfig,
)

__all__ = [
    "DIGEST_PREFIX",
    "ENGINE_DEFAULTS",
    "ENV_CONFIG",
    "ENV_PREFIX",
    "ApiKey",
    "Config",
    "EngineConfig",
    "EngineJudge",
    "EnginesConfig",
    "ModelsConfig",
    "Quota",
    "RecordingConfig",
    "ServerConfig",
    "SessionConfig",
    "is_loopback",
    "known_keys",
    "load",
]
