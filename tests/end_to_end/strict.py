"""Server events against the official SDK's own types, strictly: what it declares must be there and of that very type.

Keys that the SDK does not declare are allowed, as the hosted service sends some. Our own events it cannot know.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel


@functools.cache
def types() -> dict[str, type[BaseModel]]:
    """The SDK's type of each server event, by its name."""
    union, *_ = get_args(RealtimeServerEvent)
    return {name: kind for kind in get_args(union) for name in get_args(kind.model_fields["type"].annotation)}


def check(event: Mapping[str, Any]) -> None:
    """Raises pydantic's ValidationError, KeyError for an event that the SDK does not know."""
    if not event["type"].startswith("x_ovos."):
        types()[event["type"]].model_validate(event, strict=True)


def check_all(events: Iterable[Mapping[str, Any]]) -> None:
    """Each of them; the first that is wrong is named."""
    for event in events:
        try:
            check(event)
        except Exception as error:
            raise AssertionError(f"{event['type']} is not what the SDK declares: {error}\n{event}") from error
