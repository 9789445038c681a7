"""The dialects of one connection each: what its client writes in GA form, and what we write in the client's form."""

from __future__ import annotations

from typing import Any, Protocol

from ovos_voice_agent.protocol.dialects import azure, tables
from ovos_voice_agent.protocol.dialects.beta import BETA, BetaTables, event_from_ga, event_to_ga
from ovos_voice_agent.protocol.dialects.rows import ABSENT, Object, at, put

_VOICE = "audio.output.voice"
_DETECTION = "audio.input.turn_detection"


class Wire(Protocol):
    """A translation with the memory of one connection."""

    def inwards(self, event: Object) -> list[Object]:
        """One event of the client -> the same in GA form, seldom as several. Raises ClientError."""

    def outwards(self, event: Object) -> Object | None:
        """One event of ours -> the client's form of it, None where it has none."""


class GaWire:
    """GA itself. It takes the beta update of a transcription session, which the hosted service still lists."""

    def inwards(self, event: Object) -> list[Object]:
        return [event_to_ga(event) if event.get("type") == "transcription_session.update" else event]

    def outwards(self, event: Object) -> Object | None:
        return event


class AzureGaWire(GaWire):
    """GA as Azure writes it."""

    def outwards(self, event: Object) -> Object | None:
        return azure.with_content_twin(event)


class BetaWire:
    """The preview form. It remembers what its clients would be surprised to lose:

    - A voice of ours is called "alloy", for typed clients take eight names only, unless the client chose the name.
    - Once we have spoken as "alloy", a client that repeats the name does not ask for another voice.
    - Server VAD that is switched on starts with beta's silence.
    """

    def __init__(self, known: BetaTables = BETA, chosen_voice: str | None = None) -> None:
        """`chosen_voice` is the voice that the client's short-lived key brought along."""
        self._known = known
        self._chosen_voices: dict[str, Any] = {"session": chosen_voice}
        self._disguised = False
        self._spoken = False
        self._detecting: str | None = None

    def inwards(self, event: Object) -> list[Object]:
        translated = event_to_ga(event, self._known)
        if translated.get("type") == "session.update":
            translated = self._with_silence(self._without_repeated_voice(translated))
        for key in ("session", "response"):
            if (voice := at(translated, f"{key}.{_VOICE}")) is not ABSENT:
                self._chosen_voices[key] = voice
        return [translated]

    def outwards(self, event: Object) -> Object | None:
        shown = event_from_ga(event, self._known)
        if shown is None:
            return None
        self._spoken = self._spoken or event["type"] == "response.output_audio.delta"
        for key in ("session", "response"):
            if (voice := at(shown, f"{key}.voice")) is not ABSENT:
                shown[key]["voice"] = self._shown_voice(key, voice)
        if "session" in shown:
            self._detecting = at(shown, "session.turn_detection.type")
        return shown

    def _shown_voice(self, key: str, voice: Any) -> Any:
        disguised = voice not in tables.VOICES and voice not in self._chosen_voices.values()
        if key == "session":
            self._disguised = disguised
        return tables.STAND_IN_VOICE if disguised else voice

    def _without_repeated_voice(self, update: Object) -> Object:
        path = f"session.{_VOICE}"
        repeated = self._disguised and self._spoken and at(update, path) == tables.STAND_IN_VOICE
        return put(update, path, ABSENT) if repeated else update

    def _with_silence(self, update: Object) -> Object:
        path = f"session.{_DETECTION}"
        switched_on = self._detecting != "server_vad" and at(update, f"{path}.type") == "server_vad"
        if not switched_on or at(update, f"{path}.silence_duration_ms") is not ABSENT:
            return update
        return put(update, f"{path}.silence_duration_ms", tables.SILENCE_DURATION_MS)


class AzurePreviewWire(BetaWire):
    """The preview form as Azure's oldest clients write it; they are answered in the spelling they use."""

    def __init__(self, chosen_voice: str | None = None) -> None:
        super().__init__(azure.PREVIEW, chosen_voice)
        self._hyphens = False

    def inwards(self, event: Object) -> list[Object]:
        self._hyphens = self._hyphens or azure.writes_hyphens(event)
        translate = super().inwards
        return [translated for part in azure.unbundled(event) for translated in translate(part)]

    def outwards(self, event: Object) -> Object | None:
        shown = super().outwards(event)
        return azure.with_hyphens(shown) if shown is not None and self._hyphens else shown
