"""The session's settings in force: what an update may change, and how they are shown (protocol.md 3, 4.1).

An update is checked whole before anything changes. Settings that have no effect here are shown as null, never echoed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, structs

from ovos_voice_agent.core.conversation import session_limit
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.planning import check_prompt, check_voice
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.settings import (
    Extensions,
    OutputAudioSettings,
    RealtimeSettings,
    SessionView,
    Settings,
    Transcription,
    TranscriptionSettings,
    merged,
    view,
)
from ovos_voice_agent.protocol.validation import quoted


class SettingsInForce:
    """The settings of one session."""

    def __init__(self, settings: Settings, defaults: Settings, offer: Offer, session_id: str, expires_at: int) -> None:
        self._offer = offer
        self._session_id = session_id
        self._expires_at = expires_at
        self.defaults = defaults
        self.now = self._effective(settings)

    def view(self) -> SessionView:
        """The session as `session.created` and `session.updated` show it."""
        return view(self.now, self._session_id, self._expires_at)

    def update(self, session: Mapping[str, Any], *, audio_was_sent: bool) -> None:
        """Merge a checked session request. Raises ClientError; nothing has changed then."""
        self._check_type(session)
        self._check_names(session, audio_was_sent=audio_was_sent)
        update = self._with_model_named(self._without_refrozen(session))
        self.now = self._effective(merged(self.now, update, self.defaults))

    def check_voice(self, audio: Mapping[str, Any] | None, *, audio_was_sent: bool) -> None:
        """Raises when a response asks for another voice than that the session has spoken with."""
        voice = ((audio or {}).get("output") or {}).get("voice")
        if voice is not None:
            self._check_voice_change(voice, "response.audio.output.voice", audio_was_sent=audio_was_sent)

    def _check_type(self, session: Mapping[str, Any]) -> None:
        ours = "transcription" if isinstance(self.now, TranscriptionSettings) else "realtime"
        if session["type"] != ours:
            article = {"realtime": "a realtime", "transcription": "a transcription"}
            message = (
                f"Passing {article[session['type']]} session update event to {article[ours]} session is not allowed."
            )
            raise ClientError(message, code="invalid_parameter")

    def _check_names(self, session: Mapping[str, Any], *, audio_was_sent: bool) -> None:
        self._check_model(session)
        if (session.get("x_ovos") or {}).get("recording") and not self._offer.recording:
            message = "This server does not record sessions."
            raise ClientError(message, code="invalid_value", param="session.x_ovos.recording")
        if session.get("prompt"):
            check_prompt(session["prompt"], self._offer, "session.prompt")
        if len(session.get("tools") or ()) > self._offer.limits.tools:
            raise session_limit(self._offer.limits.tools, "tools", "session.tools")
        audio = session.get("audio") or {}
        if "voice" in (audio.get("output") or {}):
            self._check_voice(audio["output"]["voice"], audio_was_sent=audio_was_sent)
        transcription = (audio.get("input") or {}).get("transcription") or {}
        self._check_transcription_model(transcription.get("model"))
        self._check_language(transcription.get("language"))

    def _check_model(self, session: Mapping[str, Any]) -> None:
        model = session.get("model")
        if isinstance(self.now, RealtimeSettings) and model is not None and model != self.now.model:
            message = f"The model of a session cannot be changed; it is '{self.now.model}'."
            raise ClientError(message, code="invalid_value", param="session.model")

    def _check_transcription_model(self, model: str | None) -> None:
        known = self._offer.transcription_models
        if model is not None and known is not None and model not in known:
            message = f"The model '{model}' does not exist or you do not have access to it."
            raise ClientError(message, code="model_not_found", param="session.audio.input.transcription.model")

    def _check_language(self, language: str | None) -> None:
        known = self._offer.transcription_languages
        if language and known is not None and language.replace("_", "-").split("-")[0].lower() not in known:
            message = (
                f"Invalid value: '{language}'. The recogniser of this server understands: {quoted(sorted(known))}."
            )
            raise ClientError(message, code="invalid_value", param="session.audio.input.transcription.language")

    def _check_voice(self, voice: str | Mapping[str, Any] | None, *, audio_was_sent: bool) -> None:
        """Null asks for the default voice."""
        path = "session.audio.output.voice"
        default = self.defaults.audio.output
        assert isinstance(default, OutputAudioSettings), "only a realtime session has a voice"
        if voice is not None:
            check_voice(voice, self._offer, path)
        self._check_voice_change(voice or default.voice, path, audio_was_sent=audio_was_sent)

    def _check_voice_change(self, voice: str | Mapping[str, Any], path: str, *, audio_was_sent: bool) -> None:
        output = self.now.audio.output
        if audio_was_sent and isinstance(output, OutputAudioSettings) and voice != output.voice:
            message = "Cannot update a conversation's voice if assistant audio is present."
            raise ClientError(message, code="cannot_update_voice", param=path)

    def _without_refrozen(self, session: Mapping[str, Any]) -> dict[str, Any]:
        """Tracing cannot change once it is on; both agents SDKs send it again, so a change is ignored, not refused."""
        frozen = isinstance(self.now, RealtimeSettings) and self.now.tracing is not None
        return {key: value for key, value in session.items() if not (frozen and key == "tracing")}

    def _with_model_named(self, session: dict[str, Any]) -> dict[str, Any]:
        """A transcription without a model is by the server's default."""
        heard = (session.get("audio") or {}).get("input") or {}
        transcription = heard.get("transcription")
        if transcription is None or "model" in transcription:
            return session
        named = {"model": self._offer.transcription_model, **transcription}
        return {**session, "audio": {**session["audio"], "input": {**heard, "transcription": named}}}

    def _effective(self, settings: Settings) -> Settings:
        """The settings as far as they have an effect here."""
        heard = settings.audio.input
        if not self._offer.noise_reduction:
            heard = structs.replace(heard, noise_reduction=None)
        if isinstance(settings, TranscriptionSettings) and heard.transcription is None:
            heard = structs.replace(heard, transcription=Transcription(self._offer.transcription_model))
        if heard.transcription is not None:
            heard = structs.replace(heard, transcription=self._effective_transcription(heard.transcription))
        settings = structs.replace(settings, audio=structs.replace(settings.audio, input=heard))
        if isinstance(settings.x_ovos, Extensions) and not self._offer.recording:
            settings = structs.replace(settings, x_ovos=structs.replace(settings.x_ovos, recording=UNSET))
        if (
            isinstance(settings, RealtimeSettings)
            and isinstance(settings.reasoning, dict)
            and not self._offer.reasoning
        ):
            settings = structs.replace(settings, reasoning=None)
        return settings

    def _effective_transcription(self, transcription: Transcription) -> Transcription:
        """No recogniser here weighs candidates or delays; some take no prompt and no key terms."""
        prompts, key_terms = self._offer.transcription_prompts, self._offer.transcription_key_terms
        return structs.replace(
            transcription,
            prompt=transcription.prompt if prompts else None,
            keywords=transcription.keywords if key_terms else UNSET,
            languages=UNSET,
            delay=UNSET,
        )
