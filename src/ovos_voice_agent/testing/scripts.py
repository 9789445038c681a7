"""Send and expect: what goes into a session and what must come out of it, in order and with nothing left over.

- Outputs are compared as plain JSON objects: server events as they travel, commands as `{"type": "StartReply", …}`.
- A pattern names a type, or an object of which only the keys that it names are compared; `ANYTHING` matches all.
- The next step begins only when every output of the step before was expected.
"""

from __future__ import annotations

import difflib
import json
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from types import EllipsisType
from typing import Any, Final, Protocol, TypeAlias

import msgspec

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.outputs import Output
from ovos_voice_agent.core.session import Input
from ovos_voice_agent.protocol.codec import BadEvent, ClientEventDecoder, encode

Pattern: TypeAlias = str | Mapping[str, Any]
"""The type of an output, or an object with its type and some of its keys."""

ANYTHING: Final = ...
"""Matches any value in a pattern."""

_COMMANDS = typing.get_args(c.Command)
_REPORTS: dict[str, type[Any]] = {kind.__name__: kind for kind in typing.get_args(ee.EngineEvent)}


class ScriptError(AssertionError):
    """What came out is not what was expected; the text shows both, line by line."""


class Scripted(Protocol):
    """What a script can be played to: a session."""

    def handle(self, input: Input, now: float) -> list[Output]: ...


def plain(output: Output) -> dict[str, Any]:
    """An output as a JSON object; its `type` is the event's, or the name of the command."""
    if isinstance(output, _COMMANDS):
        return {"type": type(output).__name__, **msgspec.json.decode(msgspec.json.encode(output))}
    event: dict[str, Any] = json.loads(encode(output))  # type: ignore[arg-type]
    return event


def report(plain_report: Mapping[str, Any]) -> ee.EngineEvent:
    """The engine event of `{"type": "SpeechStarted", …}`."""
    fields = {key: value for key, value in plain_report.items() if key != "type"}
    made: ee.EngineEvent = msgspec.convert(fields, _REPORTS[plain_report["type"]])
    return made


def is_report(plain_input: Mapping[str, Any]) -> bool:
    """Whether a plain input is an engine event, not a client's."""
    return plain_input.get("type") in _REPORTS


def matches(pattern: Any, value: Any) -> bool:
    """Whether a value is what the pattern says: objects by the pattern's keys, lists element by element."""
    if isinstance(pattern, EllipsisType):
        return True
    if isinstance(pattern, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and matches(wanted, value[key]) for key, wanted in pattern.items()
        )
    if isinstance(pattern, list | tuple):
        return (
            isinstance(value, list)
            and len(value) == len(pattern)
            and all(matches(wanted, element) for wanted, element in zip(pattern, value, strict=True))
        )
    return bool(pattern == value)


class Script:
    """Plays one side of a conversation to a session and checks what it answers.

    `ignoring` are types of outputs that this script does not look at. `check` sees each output, ignored or not.
    """

    def __init__(
        self,
        session: Scripted,
        *,
        now: float = 0.0,
        ignoring: Collection[str] = (),
        check: Callable[[Output], None] | None = None,
    ) -> None:
        self.session = session
        self.now = now
        self.failed = False
        self._ignoring = frozenset(ignoring)
        self._check = check
        self._decoder = ClientEventDecoder(extended_rates=True)
        self._step = "the beginning"
        self._pending: list[dict[str, Any]] = []

    def send(self, event: Mapping[str, Any] | str) -> Script:
        """A frame of the client: an event, or any text."""
        text = event if isinstance(event, str) else json.dumps(event)
        try:
            decoded: Input = self._decoder.decode(text)
        except BadEvent as error:
            decoded = ee.Refused(error, error.event_id)
        return self._handle(decoded, f"send {text:.300}")

    def post(self, *reports: ee.EngineEvent) -> Script:
        """Reports of engines, one after the other; outputs of all of them are then to be expected."""
        for index, event in enumerate(reports):
            self._handle(event, f"post {event}"[:300], first=index == 0)
        return self

    def wait(self, seconds: float) -> Script:
        """Time passes."""
        self.now += seconds
        return self

    def expect(self, *patterns: Pattern) -> Script:
        """The next outputs. Raises ScriptError with a diff when others came."""
        wanted = [{"type": pattern} if isinstance(pattern, str) else pattern for pattern in patterns]
        came, self._pending = self._pending[: len(wanted)], self._pending[len(wanted) :]
        if len(came) < len(wanted) or not all(map(matches, wanted, came)):
            self._fail(wanted, came + self._pending)
        return self

    def take(self) -> list[dict[str, Any]]:
        """All outputs that are still to be expected; the caller looks at them."""
        taken, self._pending = self._pending, []
        return taken

    def finish(self) -> None:
        """The end of the script. Raises ScriptError when outputs are left over."""
        if self._pending and not self.failed:
            self._fail([], self._pending)

    def _handle(self, input: Input, step: str, *, first: bool = True) -> Script:
        if first:
            self.finish()
        self._step = step
        for output in self.session.handle(input, self.now):
            if self._check is not None:
                self._check(output)
            shown = plain(output)
            if shown["type"] not in self._ignoring:
                self._pending.append(shown)
        return self

    def _fail(self, wanted: Sequence[Mapping[str, Any]], came: Sequence[Mapping[str, Any]]) -> None:
        self.failed = True
        what = "not what was expected" if wanted else "left over"
        raise ScriptError(f"{what}, after {self._step}\n{difference(wanted, came)}")


def difference(wanted: Sequence[Mapping[str, Any]], came: Sequence[Mapping[str, Any]]) -> str:
    """Patterns (-) against outputs (+), one a line; keys that a pattern does not name are not shown."""
    shown = list(came)
    for index, pattern in enumerate(wanted[: len(came)]):
        shown[index] = _narrowed(pattern, came[index])
    lines = difflib.ndiff([_line(pattern) for pattern in wanted], [_line(output) for output in shown])
    return "\n".join(line.rstrip("\n") for line in lines if not line.startswith("?"))


def _narrowed(pattern: Any, value: Any) -> Any:
    """The value with only what its pattern speaks of."""
    if matches(pattern, value):
        return pattern
    if isinstance(pattern, Mapping) and isinstance(value, Mapping) and pattern.get("type") == value.get("type"):
        return {key: _narrowed(pattern[key], value[key]) for key in pattern if key in value}
    return value


def _line(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, default=lambda _: "…")
    return text if len(text) <= 400 else text[:400] + "…"
