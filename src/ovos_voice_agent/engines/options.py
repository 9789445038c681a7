"""Reads one engine's options and collects every mistake, so that a person sees all of them at once.

Usage: read each key with the method of its type, then call `finish()`, which raises `ConfigError` for all problems
found and for every key nobody asked for. A problem names the key and never quotes the value (it may be a secret).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.errors import ConfigError


class OptionReader:
    """A view on one engine's table of options."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._asked: set[str] = set()
        self.problems: list[str] = []

    def _take(self, key: str) -> Any:
        self._asked.add(key)
        return self._options.get(key)

    def text(self, key: str, default: str = "") -> str:
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, str):
            return value.strip()
        self.problems.append(f"{key} must be a text")
        return default

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """A number in `low..high`."""
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self.problems.append(f"{key} must be a number between {low:g} and {high:g}")
        return default

    def maybe_number(self, key: str, low: float, high: float) -> float | None:
        """A number in `low..high`, or None where it is not set."""
        return None if self._take(key) is None else self.number(key, low, low, high)

    def maybe_integer(self, key: str, low: int, high: int) -> int | None:
        """A whole number in `low..high`, or None where it is not set."""
        value = self._take(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and low <= value <= high):
            return value
        self.problems.append(f"{key} must be a whole number between {low} and {high}")
        return None

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        self.problems.append(f"{key} must be true or false")
        return default

    def maybe_flag(self, key: str) -> bool | None:
        """True or false, or None where it is not set."""
        return None if self._take(key) is None else self.flag(key, default=False)

    def table(self, key: str) -> dict[str, Any]:
        """A table of anything."""
        value = self._take(key)
        if value is None:
            return {}
        if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
            return dict(value)
        self.problems.append(f"{key} must be a table")
        return {}

    def text_table(self, key: str) -> dict[str, str]:
        """A table whose values are all texts."""
        table = self.table(key)
        if all(isinstance(value, str) for value in table.values()):
            return table
        self.problems.append(f"{key} must be a table of texts")
        return {}

    def secret(self, key: str, env_key: str) -> str:
        """A secret given directly under `key`, or by the name of the environment variable under `env_key`."""
        value = self.text(key)
        variable = self.text(env_key)
        if not variable:
            return value
        if value:
            self.problems.append(f"{key} and {env_key} cannot both be set")
        found = os.environ.get(variable, "").strip()
        if not found:
            self.problems.append(f"{env_key} names the environment variable {variable}, which is not set")
        return value or found

    def finish(self) -> None:
        """Raise ConfigError when anything was wrong, unknown keys included."""
        unknown = sorted(set(self._options) - self._asked)
        known = ", ".join(sorted(self._asked))
        self.problems.extend(f"{key} is not an option of this engine (it has: {known})" for key in unknown)
        if self.problems:
            raise ConfigError(self.problems)
