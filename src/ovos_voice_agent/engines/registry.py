"""Finds engines by kind and name among the entry points of all installed packages.

An engine is announced in its package's metadata, group `ovos_voice_agent.KIND`, as a factory
`create(options: Mapping[str, Any]) -> Engine`. Nothing registers itself on import, and nothing is imported before it is
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeAlias, get_args

from ovos_voice_agent.engines.interface import Engine, Kind
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.weights.store import Store, default_folder

Factory: TypeAlias = Callable[[Mapping[str, Any]], Engine]

GROUP_PREFIX = "ovos_voice_agent."
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Available:
    """An engine that some package announces. `problem` is a sentence on why it cannot be loaded, or empty."""

    kind: Kind
    name: str
    package: str
    problem: str = ""


class Registry:
    """The engines among the entry points it is given. Their option `model` may name one of the catalogue's that is in
    the store."""

    def __init__(self, points: Iterable[EntryPoint], store: Store | None = None) -> None:
        self.store = store or Store(default_folder())
        self._points = {(point.group, point.name): point for point in points if point.group.startswith(GROUP_PREFIX)}

    def names(self, kind: Kind) -> list[str]:
        """All announced names of a kind, sorted."""
        return sorted(name for group, name in self._points if group == GROUP_PREFIX + kind)

    def factory(self, kind: Kind, name: str) -> Factory:
        """Import the factory. Raises ConfigError that names what exists, or what is missing and how to get it."""
        point = self._points.get((GROUP_PREFIX + kind, name))
        if point is None:
            existing = ", ".join(self.names(kind)) or "none"
            raise ConfigError([f"engines.{kind}.name: there is no engine '{name}' (there are: {existing})"])
        try:
            factory: Factory = point.load()
        except Exception as error:
            raise ConfigError([f"engines.{kind}.name: {_explain(point, error)}"]) from error
        return factory

    def create(self, kind: Kind, name: str, options: Mapping[str, Any]) -> Engine:
        """Build an engine, not started. Raises ConfigError; its problems begin with `engines.KIND.`."""
        factory = self.factory(kind, name)
        try:
            return factory(self.store.resolve(kind, name, options))
        except ConfigError as error:
            raise ConfigError([f"engines.{kind}.{problem}" for problem in error.problems]) from error

    def available(self, kind: Kind) -> list[Available]:
        """Every announced engine of a kind; imports each of them to see whether it can be loaded."""
        return [self._look(kind, name) for name in self.names(kind)]

    def _look(self, kind: Kind, name: str) -> Available:
        point = self._points[GROUP_PREFIX + kind, name]
        try:
            point.load()
        except Exception as error:  # noqa: BLE001 - whatever its import raises is the answer
            return Available(kind, name, _package(point), _explain(point, error))
        return Available(kind, name, _package(point))


def installed(store: Store | None = None) -> Registry:
    """The engines of all installed packages, with the models of `store`, or else those in this user's folder."""
    return Registry((point for kind in KINDS for point in entry_points(group=GROUP_PREFIX + kind)), store)


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else ""


def _explain(point: EntryPoint, error: Exception) -> str:
    """Why an engine cannot be loaded, in a sentence, with the command that helps where there is one."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        missing = error.name.partition(".")[0]
        return f"the engine '{point.name}' needs {missing}, which is not installed: {_remedy(point, missing)}"
    return f"the engine '{point.name}' cannot be loaded: {type(error).__name__}: {error}"


def _remedy(point: EntryPoint, missing: str) -> str:
    """An engine in an extra is installed by the extra's name, which is the engine's own."""
    package, extras = _package(point), point.dist.metadata.get_all("Provides-Extra") if point.dist else None
    if point.name in (extras or ()):
        return f"pip install '{package}[{point.name}]'"
    return f"pip install {missing.replace('_', '-')}"
