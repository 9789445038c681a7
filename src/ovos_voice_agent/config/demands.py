"""What a key's value must be, in a sentence for people, from the key's own type and bounds."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from msgspec import inspect

_PER_TIME = 'must be an amount per second, minute, hour or day, like "100/minute", or empty'

_SAID_BETTER = {
    "limits.requests": _PER_TIME,
    "limits.new_sessions": _PER_TIME,
    "limits.tokens": _PER_TIME,
    "limits.audio_minutes": _PER_TIME,
    "server.path_prefix": "must be empty, or begin with a slash and not end with one, like /voice",
    "server.api_keys": (
        'must be a list of keys, each a string or a table {name = "...", key = "..."}, '
        'with hash = "sha256:..." instead of key if you like, scopes = ["realtime", "audio", "chat", "admin"] '
        'and limits = {requests = "100/minute", ...}'
    ),
    "server.allowed_origins": 'must be a list of origins, like ["https://example.org"]',
    "session.interruption": 'must be "auto", "sound", "words", or a number of words from 1 to 20',
    "session.language": 'must be the code of a language, like "de", or "auto"',
    "session.languages": 'must be a list of languages by their codes, like ["en", "de"]',
    "session.language_voices": "must be a table of voices: a language's code = the voice that speaks it",
    "session.silence_duration_ms": "must be a whole number of milliseconds from 0 to 10000",
    "session.models": "must be a table of names: what clients ask for = what the language model calls it",
    "session.prompts": "must be a table of texts: a template's id = its text, with {{variable}} in it",
    "session.voices": "must be a table of names: what clients ask for = what the voice engine calls it",
}
"""Keys that need more words than their type has."""


def demand(key: str, kind: Any) -> str:
    """What the value of a key must be, such as "must be a number of at least 0". `kind` is the field's annotation."""
    if get_origin(kind) is Literal:  # msgspec would sort the choices
        return "must be one of " + ", ".join(f'"{choice}"' for choice in get_args(kind))
    return _SAID_BETTER.get(key) or f"must be {_in_words(inspect.type_info(kind))}"


def _in_words(kind: inspect.Type) -> str:
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number" + _bounds(kind)
        case inspect.FloatType():
            return "a number" + _bounds(kind)
        case inspect.StrType():
            return "a text in quotes" + (", not an empty one" if kind.min_length else "")
    raise TypeError(f"there are no words for {kind}: a key of such a type needs its own")


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge:.15g} to {kind.le:.15g}"
    if kind.ge is not None:
        return f" of at least {kind.ge:.15g}"
    return f" above {kind.gt:.15g}" if kind.gt is not None else ""
