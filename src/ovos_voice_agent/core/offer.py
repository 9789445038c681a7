"""What this server offers to a session: names, abilities and limits. The session's only knowledge of the world around
it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ovos_voice_agent.protocol.objects import RateLimit

GENEROUS_RATE_LIMIT = RateLimit(name="tokens", limit=1_000_000, remaining=1_000_000, reset_seconds=0.0)
"""Sent where no limits are configured: clients expect the event, and some read its first entry."""


class Allowance(Protocol):
    """What the owner of a session may still take. Asked by the session, kept by somebody else."""

    def spend(self, tokens: int) -> tuple[RateLimit, ...]:
        """A response took so many tokens. Returns what is left, as clients are told after it; nothing: tell nothing."""

    def refusal(self) -> str:
        """Why no further response may begin now, in a sentence for the client; empty when one may."""


@dataclass(frozen=True, slots=True)
class Unlimited:
    """An allowance without end."""

    told: tuple[RateLimit, ...] = (GENEROUS_RATE_LIMIT,)

    def spend(self, tokens: int) -> tuple[RateLimit, ...]:  # noqa: ARG002
        return self.told

    def refusal(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one session. Where the protocol names no number, the reason stands beside ours."""

    session_seconds: float = 3600.0
    """0 is unlimited."""
    buffer_seconds: float = 600.0
    """Uncommitted audio (protocol.md 4.2 suggests 10 minutes)."""
    items: int = 5_000
    """An hour of talk makes a few hundred."""
    tools: int = 128
    """As many as the chat API takes."""
    conversation_bytes: int = 32 * 1024 * 1024
    """Texts and images kept; one frame may hold that much."""
    out_of_band_responses: int = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """What is to be had. Names are those clients may use: configured ones and aliases.

    `prompts` are templates by id, with `{{variable}}` in them. `noise_reduction`, `reasoning` and `temperature` tell
    whether the engines act on these settings; what has no effect is shown as null.
    """

    transcription_model: str = "default"
    """What `transcription.model` is when a client names none."""
    voices: frozenset[str] | None = None
    transcription_models: frozenset[str] | None = None
    transcription_languages: frozenset[str] | None = None
    """What the recogniser understands, as primary subtags ("en"); None: no limit is known."""
    transcription_prompts: bool = True
    """Whether the recogniser takes a prompt."""
    transcription_key_terms: bool = True
    """Whether it takes words to listen for."""
    prompts: Mapping[str, str] = field(default_factory=dict)
    speculation: Literal["none", "transcripts", "replies"] = "none"
    """What may be made for a turn before it is over: nothing, its words, or an answer to them as well."""
    interruption: int | None = None
    """How many words take the floor while a reply is heard; 0: any sound of speech. None: by the turn detection."""
    words_while_speaking: bool = True
    """Whether the recogniser tells words while people speak."""
    noise_reduction: bool = False
    reasoning: bool = False
    first_message: str = ""
    """What is said when a session begins, before anybody speaks; empty: nothing."""
    recording: bool = False
    """Whether sessions are recorded that ask for it."""
    allowance: Allowance = Unlimited()
    limits: Limits = Limits()
