"""In what state the server is, as `/health`, `/ready` and every new connection see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeAlias

from ovos_voice_agent.errors import ClientError

State: TypeAlias = Literal["starting", "ready", "draining"]


class Lifecycle:
    """Starting until every engine is loaded and warm, then ready, at the end draining."""

    def __init__(
        self, clock: Callable[[], float], loading: Iterable[str] = (), away: Callable[[], Iterable[str]] = tuple
    ) -> None:
        """`clock` gives monotonic seconds; `loading` are the stages that must be ready before the server is; `away`
        gives those that were ready, broke down, and will be back."""
        self._clock = clock
        self._away = away
        self._started_at = clock()
        self._loading = list(loading)
        self._draining = False
        self._crew_is_whole = True
        self.capacity: Mapping[str, int] = {}
        """How many sessions this process bears by what they stream; empty as long as that is not known."""

    @property
    def state(self) -> State:
        if self._draining:
            return "draining"
        return "starting" if self._loading else "ready"

    @property
    def loading(self) -> tuple[str, ...]:
        """The stages that are not yet ready."""
        return tuple(self._loading)

    @property
    def uptime_s(self) -> float:
        return self._clock() - self._started_at

    def loaded(self, stage: str) -> None:
        """A stage is loaded and warm."""
        self._loading.remove(stage)

    def drain(self) -> None:
        """From now on nobody new is let in."""
        self._draining = True

    def crew_is_whole(self, whole: bool) -> None:  # noqa: FBT001
        """Whether all processes that serve together are ready; one that serves alone is whole."""
        self._crew_is_whole = whole

    def check(self) -> None:
        """Raises ClientError with status 503 unless the server is ready."""
        if self.state == "draining":
            raise ClientError(
                "The server is shutting down.", type="server_error", code="service_unavailable", status=503
            )
        if self._loading:
            raise _model_loading(f"The server is still loading: {', '.join(self._loading)}.")

    def check_stages(self) -> None:
        """The same, and neither a stage nor a process of the server may be away: stricter than for new sessions, which
        can wait for a short while, and need but one process."""
        self.check()
        if not self._crew_is_whole:
            raise _model_loading("A process of the server is still starting.")
        if away := ", ".join(self._away()):
            raise _model_loading(f"The server is loading again: {away}.")


def _model_loading(message: str) -> ClientError:
    return ClientError(message, type="server_error", code="model_loading", status=503)
