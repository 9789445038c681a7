"""What kind of session a client asks for when it connects (protocol.md 1.3, 1.4, 11).

All that is wrong with it is found here, before the upgrade.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import Catalogue, unknown_model
from ovos_voice_agent.protocol.settings import RealtimeSettings, Settings
from ovos_voice_agent.stores.interface import PreparedSession
from ovos_voice_agent.transports.auth import Credential
from ovos_voice_agent.transports.dialect import DialectName
from ovos_voice_agent.transports.handshake import Handshake


@dataclass(frozen=True, slots=True)
class Opening:
    """A session to be opened. `model` is the name the client gave or the default: of the whole model in a realtime
    session, of the recogniser in a transcription session. `timeline`: it wants our event for the time line. `settings`
    are those that the client's short-lived key brings along; `address` and `agent` are the client's."""

    kind: Literal["realtime", "transcription"]
    model: str
    dialect: DialectName
    credential: Credential
    timeline: bool = False
    settings: Settings | None = None
    address: str = ""
    agent: str = ""

    @property
    def prepared(self) -> PreparedSession | None:
        """What the client's short-lived key opens."""
        return self.credential.prepared


def opening_of(handshake: Handshake, catalogue: Catalogue, dialect: DialectName, credential: Credential) -> Opening:
    """Raises ClientError with the status of the refusal."""
    if "call_id" in handshake.query:
        raise _no_such_call(handshake)
    if credential.prepared is not None:
        return _prepared_opening(handshake, dialect, credential, credential.prepared)
    model = handshake.query.get("model") or handshake.query.get("deployment") or None
    kind, model = _kind_and_model(_intent(handshake), model, catalogue)
    return Opening(kind, model, dialect, credential, timeline=_wants_timeline(handshake))


def _prepared_opening(
    handshake: Handshake, dialect: DialectName, credential: Credential, prepared: PreparedSession
) -> Opening:
    """The key says what it opens, whatever model and intent the query names."""
    settings = settings_of(prepared)
    timeline = _wants_timeline(handshake)
    if isinstance(settings, RealtimeSettings):
        return Opening("realtime", settings.model, dialect, credential, timeline, settings)
    heard = settings.audio.input.transcription
    model = heard.model if heard is not None else ""
    return Opening("transcription", model, dialect, credential, timeline, settings)


def settings_of(prepared: PreparedSession) -> Settings:
    """What is written in a prepared session."""
    settings: Settings = msgspec.json.decode(prepared.settings, type=Settings)
    return settings


def _no_such_call(handshake: Handshake) -> ClientError:
    if handshake.query.get("model"):
        return ClientError("Give either 'model' or 'call_id', not both.", code="invalid_value", param="call_id")
    message = f"There is no call with id '{handshake.query['call_id']}'."
    return ClientError(message, code="call_not_found", param="call_id", status=404)


def _intent(handshake: Handshake) -> str:
    intent = handshake.query.get("intent") or "conversation"
    if intent not in ("conversation", "transcription"):
        message = f"Invalid value: '{intent}'. Supported values are: 'conversation' and 'transcription'."
        raise ClientError(message, code="invalid_value", param="intent")
    return intent


def _kind_and_model(
    intent: str, model: str | None, catalogue: Catalogue
) -> tuple[Literal["realtime", "transcription"], str]:
    """A recogniser's name opens a transcription session whatever the intent, and the intent whatever the model."""
    if intent == "transcription":
        if model is not None and model not in catalogue.transcription_models:
            raise unknown_model(model)
        return "transcription", model or catalogue.default_transcription_model
    if model is None:
        return "realtime", catalogue.default_model
    if model not in catalogue.models and model in catalogue.transcription_models:
        return "transcription", model
    catalogue.check_model(model)
    return "realtime", model


def _wants_timeline(handshake: Handshake) -> bool:
    asked = [name for name in handshake.query.get("x_ovos", "").split(",") if name]
    unknown = [name for name in asked if name != "timeline"]
    if unknown:
        message = f"Unknown parameter: 'x_ovos.{unknown[0]}'."
        raise ClientError(message, code="unknown_parameter", param=f"x_ovos.{unknown[0]}")
    return bool(asked)
