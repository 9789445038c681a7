"""Prepares sessions: what a client wants of one, checked and completed before anybody connects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.updating import SettingsInForce
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import Catalogue
from ovos_voice_agent.protocol.dialects.beta import session_from_ga
from ovos_voice_agent.protocol.dialects.tables import STAND_IN_VOICE, VOICES
from ovos_voice_agent.protocol.session_shapes import session_shape
from ovos_voice_agent.protocol.settings import RealtimeSettings, Settings, view
from ovos_voice_agent.protocol.validation import Shape, lenient
from ovos_voice_agent.stores.interface import PreparedSession
from ovos_voice_agent.transports.auth import Credential
from ovos_voice_agent.transports.dialect import preview_is_off
from ovos_voice_agent.transports.opening import Opening, settings_of

StartSettings = Callable[[Opening], Settings]
"""What a session starts with whose client says nothing more."""

_NOT_YET = 0
"""`expires_at` of a session that does not exist yet."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A session as it will start. `chosen_voice` is what the client asked for, None where it did not."""

    settings: Settings
    chosen_voice: str | None

    def encoded(self) -> bytes:
        return msgspec.json.encode(self.settings)


class Preparing:
    """Makes drafts. `offer` is by the model's name; it, `catalogue` and `start` raise ClientError (503) while the
    server is loading."""

    def __init__(
        self,
        catalogue: Callable[[], Catalogue],
        offer: Callable[[str], Offer],
        start: StartSettings,
        *,
        extended_rates: bool = False,
        preview: bool = True,
    ) -> None:
        self._catalogue = catalogue
        self._offer = offer
        self._start = start
        self._preview = preview
        self._shape: Shape = session_shape(extended_rates=extended_rates)
        self._lenient: Shape = lenient(session_shape(extended_rates=extended_rates, temperature=True), lambda _: None)

    def draft(self, request: Any, credential: Credential, *, preview: bool = False) -> Draft:
        """From a session request, None for all defaults. Raises ClientError with paths that begin with `session`."""
        if preview and not self._preview:
            raise preview_is_off()
        checked = self.checked({} if request is None else request, preview=preview)
        opening = self._opening(checked, credential, preview=preview)
        voice = ((checked.get("audio") or {}).get("output") or {}).get("voice")
        settings = self._updated(self._start(opening), self._start(opening), checked)
        return Draft(settings, voice if isinstance(voice, str) else None)

    def changed(self, prepared: PreparedSession, request: Any) -> Draft:
        """A prepared session with an update over it. Raises ClientError."""
        now = settings_of(prepared)
        checked = self.checked(request, preview=prepared.preview, kind=now.__struct_config__.tag)
        defaults = self._start(self._opening(msgspec.to_builtins(now), Credential(), preview=prepared.preview))
        voice = ((checked.get("audio") or {}).get("output") or {}).get("voice", prepared.chosen_voice)
        return Draft(self._updated(now, defaults, checked), voice)

    def checked(self, request: Any, *, preview: bool = False, kind: Any = "realtime") -> dict[str, Any]:
        """A session request of the right shape, with a type."""
        typed = {"type": kind, **request} if isinstance(request, dict) else request
        checked: dict[str, Any] = (self._lenient if preview else self._shape)(typed, "session")
        return checked

    def _updated(self, settings: Settings, defaults: Settings, checked: Mapping[str, Any]) -> Settings:
        model = settings.model if isinstance(settings, RealtimeSettings) else ""
        in_force = SettingsInForce(settings, defaults, self._offer(model), "", _NOT_YET)
        in_force.update(checked, audio_was_sent=False)
        return in_force.now

    def _opening(self, checked: Mapping[str, Any], credential: Credential, *, preview: bool) -> Opening:
        names = self._catalogue()
        dialect = "beta" if preview else "ga"
        if checked["type"] == "transcription":
            return Opening("transcription", names.default_transcription_model, dialect, credential)  # type: ignore[arg-type]
        model = checked.get("model") or names.default_model
        if model not in names.models:
            message = f"The model '{model}' does not exist or you do not have access to it."
            raise ClientError(message, code="model_not_found", param="session.model", status=404)
        return Opening("realtime", model, dialect, credential)  # type: ignore[arg-type]


def shown(session_id: str, settings: Settings) -> dict[str, Any]:
    """A prepared session in GA form."""
    return view(settings, session_id, _NOT_YET)


def shown_in_preview(session_id: str, draft: Draft) -> dict[str, Any]:
    """A prepared session in the preview's form. Typed clients of the time know a few voices only."""
    session = session_from_ga(msgspec.to_builtins(shown(session_id, draft.settings)))
    if "voice" in session and session["voice"] not in VOICES and session["voice"] != draft.chosen_voice:
        session["voice"] = STAND_IN_VOICE
    return session
