"""The suite as data: exchanges to play and cases to check, read from `cases/*.toml`.

The format is described for authors of cases in docs/conformance.md. A mistake in a case file raises SuiteError with the
name of what is wrong: keys that nobody knows are mistakes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any, Literal, get_args

from ovos_voice_agent.errors import VoiceAgentError

Dialect = Literal["ga", "beta", "azure"]
DIALECTS: tuple[str, ...] = get_args(Dialect)
"""What exchanges and cases are for."""
TARGETS: dict[str, str] = {"ga": "ga", "beta": "beta", "azure": "azure", "azure-preview": "beta"}
"""What can be asked for, and whose exchanges and cases apply."""
MARKS = frozenset("SRDWP")
EVERY = "*"
"""Names all exchanges, where a case is about all traffic."""

ACCEPTED = {
    "session.update": "session.updated",
    "conversation.item.create": "conversation.item.added",
    "conversation.item.retrieve": "conversation.item.retrieved",
    "conversation.item.delete": "conversation.item.deleted",
    "conversation.item.truncate": "conversation.item.truncated",
    "input_audio_buffer.commit": "input_audio_buffer.committed",
    "response.create": "response.created",
    "response.cancel": "response.done",
}
"""What comes instead of an error when a server accepts what it should refuse."""


class SuiteError(VoiceAgentError):
    """A case file is wrong."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an exchange. Exactly one of `send`, `raw`, `wait`, `say`, `quiet_ms`, `http` and `closed` is set."""

    label: str
    send: Mapping[str, Any] | None = None
    raw: str | None = None
    """A frame as it is, which need not be JSON."""
    binary: bool = False
    """Send the frame as a binary one."""
    size_bytes: int = 0
    """What is sent is followed by blanks until it is so large."""
    times: int = 1
    """Send it so often, without waiting for an answer."""
    wait: tuple[str, ...] = ()
    """Wait for an event of one of these types."""
    where: Mapping[str, Any] = field(default_factory=dict)
    """Conditions on the awaited event, by path."""
    since: str = ""
    """The step after which the event counts; the last sending step when empty."""
    keep: Mapping[str, str] = field(default_factory=dict)
    """Name -> path: values of the awaited event for later `$name`."""
    optional: bool = False
    """The exchange goes on as if nothing were wrong when the event does not come."""
    within_ms: int | None = None
    """A shorter patience than usual."""
    say: tuple[str, ...] = ()
    """`speech`, or `silence 500`: appended at the speed of speech."""
    until: tuple[str, ...] = ()
    """Stop speaking as soon as one of these events comes."""
    burst: bool = False
    """Append as fast as the connection takes it."""
    quiet_ms: int = 0
    """Only listen, this long."""
    http: Mapping[str, Any] = field(default_factory=dict)
    """A request beside the socket: `path`, and `method`, `body` and `key` (`own`, `wrong`)."""
    closed: bool = False
    """Wait until the server closes the connection. Where an exchange has such a step, it may."""
    dialects: tuple[str, ...] = DIALECTS
    """Where the step is played."""
    refusal: bool = False
    """This wait is for the error that answers the step before."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How an exchange connects."""

    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    subprotocols: tuple[str, ...] = ()
    key: Literal["own", "wrong", "none", "subprotocol", "minted"] = "own"
    """`minted`: a short-lived one, asked for just before."""
    ping: bool = False
    """Send a ping after the opening and note whether it is answered."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One connection and what is said on it."""

    name: str
    about: str
    steps: tuple[Step, ...]
    opening: Opening = Opening()
    dialects: tuple[str, ...] = DIALECTS
    needs_key: bool = False
    heavy: bool = False
    """Costs a server something: played only where somebody asks for it."""

    @property
    def provokes_close(self) -> bool:
        """Whether the server is asked for an end."""
        return any(step.closed for step in self.steps)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that must be so. `check` names a function of the table in `checks.py`, `options` are its arguments."""

    name: str
    group: str
    says: str
    clause: str
    """Section of the protocol reference."""
    marks: str
    """Evidence: S declared by the SDK, R recorded, D documented, W seen in the wild, P this project's choice."""
    check: str
    exchanges: tuple[str, ...] = (EVERY,)
    dialects: tuple[str, ...] = DIALECTS
    options: Mapping[str, Any] = field(default_factory=dict)
    needs: str = ""
    """An event type: where an exchange brings none such, it cannot tell."""
    able: str = ""
    """A step: where the server refused it, or has no such path, it need not be able to do what the case is about."""

    @property
    def advice(self) -> bool:
        """Whether other servers may do otherwise without fault."""
        return set(self.marks) == {"P"}


@dataclass(frozen=True, slots=True)
class Suite:
    """Everything, in the order of the files."""

    groups: Mapping[str, str]
    """Name -> title."""
    exchanges: tuple[Exchange, ...]
    cases: tuple[Case, ...]

    def for_dialect(self, dialect: str) -> Suite:
        """What applies to one of `TARGETS`."""
        dialect = TARGETS[dialect]
        exchanges = tuple(
            replace(one, steps=tuple(step for step in one.steps if dialect in step.dialects))
            for one in self.exchanges
            if dialect in one.dialects
        )
        return replace(self, exchanges=exchanges, cases=tuple(one for one in self.cases if dialect in one.dialects))

    def harmless(self) -> Suite:
        """Without the heavy exchanges and their cases."""
        exchanges = tuple(one for one in self.exchanges if not one.heavy)
        names = {EVERY, *(one.name for one in exchanges)}
        return replace(self, exchanges=exchanges, cases=tuple(one for one in self.cases if names & set(one.exchanges)))

    def only(self, words: Sequence[str]) -> Suite:
        """The cases whose names contain one of the words, and the exchanges that they read."""
        cases = tuple(case for case in self.cases if any(word in case.name for word in words))
        wanted = {name for case in cases for name in case.exchanges}
        exchanges = tuple(one for one in self.exchanges if EVERY in wanted or one.name in wanted)
        return replace(self, cases=cases, exchanges=exchanges)


def load() -> Suite:
    """The shipped suite. Raises SuiteError."""
    folder = files("ovos_voice_agent.conformance").joinpath("cases")
    documents = sorted((file.name, file.read_text(encoding="utf-8")) for file in folder.iterdir())
    return parse([(name, tomllib.loads(text)) for name, text in documents if name.endswith(".toml")])


def parse(documents: Sequence[tuple[str, Mapping[str, Any]]]) -> Suite:
    """A suite from parsed files. Raises SuiteError."""
    groups: dict[str, str] = {}
    exchanges: list[Exchange] = []
    cases: list[Case] = []
    for file, document in documents:
        _expect(file, document, {"group", "title", "exchange", "case"})
        group = str(document["group"])
        groups[group] = str(document["title"])
        for table in document.get("exchange", ()):
            exchange, own = _exchange(group, table)
            exchanges.append(exchange)
            cases.extend(own)
        cases.extend(_case(group, one, (EVERY,)) for table in document.get("case", ()) for one in _each(table))
    _expect_unique(exchange.name for exchange in exchanges)
    _expect_unique(case.name for case in cases)
    return Suite(groups, tuple(exchanges), tuple(cases))


_OPENING = {"query", "headers", "subprotocols", "key", "ping"}
_EXCHANGE = {"name", "about", "dialects", "needs_key", "heavy", "step", "case", "refusal"}


def _exchange(group: str, table: Mapping[str, Any]) -> tuple[Exchange, list[Case]]:
    name = f"{group}.{table.get('name', '?')}"
    _expect(name, table, _EXCHANGE | _OPENING)
    steps = [_step(f"{name}, step {index}", one, index) for index, one in enumerate(table.get("step", ()))]
    cases = [_case(group, one, (name,)) for case in table.get("case", ()) for one in _each(case)]
    for refusal in table.get("refusal", ()):
        steps.extend(_refusal_steps(name, refusal))
        cases.append(_refusal_case(group, name, refusal))
    opening = {key: _tuple(value) for key, value in table.items() if key in _OPENING}
    exchange = Exchange(
        name,
        str(table["about"]),
        tuple(steps),
        Opening(**opening),
        tuple(table.get("dialects", DIALECTS)),
        bool(table.get("needs_key", False)),
        bool(table.get("heavy", False)),
    )
    return exchange, [
        replace(case, dialects=tuple(d for d in case.dialects if d in exchange.dialects)) for case in cases
    ]


_STEP = set(Step.__slots__) - {"refusal"}
_ACTIONS = ("send", "raw", "wait", "say", "quiet_ms", "http", "closed")


def _step(name: str, table: Mapping[str, Any], index: int) -> Step:
    _expect(name, table, _STEP)
    if sum(action in table for action in _ACTIONS) != 1:
        raise SuiteError(f"{name}: exactly one of {', '.join(_ACTIONS)} is needed")
    lists = {
        key: _tuple(value, always=True) for key, value in table.items() if key in {"wait", "say", "until", "dialects"}
    }
    return Step(**{"label": str(index), **table, **lists})


_REFUSAL = {"name", "says", "send", "raw", "binary", "code", "param", "message", "clause", "marks", "dialects"}


def _refusal_steps(exchange: str, table: Mapping[str, Any]) -> list[Step]:
    _expect(f"{exchange}, refusal {table.get('name')}", table, _REFUSAL)
    label = str(table["name"])
    accepted = ACCEPTED.get(str(table.get("send", {}).get("type")))
    awaited = ("error", accepted) if accepted else ("error",)
    where = tuple(table.get("dialects", DIALECTS))
    sending = Step(
        label,
        send=table.get("send"),
        raw=table.get("raw"),
        binary=bool(table.get("binary", False)),
        dialects=where,
    )
    return [sending, Step(f"{label}.answer", wait=awaited, refusal=True, dialects=where)]


def _refusal_case(group: str, exchange: str, table: Mapping[str, Any]) -> Case:
    options = {key: value for key, value in table.items() if key in {"code", "param", "message"}}
    rest = {key: value for key, value in table.items() if key in {"name", "says", "clause", "marks", "dialects"}}
    return _case(group, {**rest, "check": "refused", "with": {"step": table["name"], **options}}, (exchange,))


_CASE = {"name", "says", "clause", "marks", "check", "with", "dialects", "exchanges", "needs", "able"}


def _case(group: str, table: Mapping[str, Any], exchanges: tuple[str, ...]) -> Case:
    name = f"{group}.{table.get('name', '?')}"
    _expect(name, table, _CASE)
    if missing := {"name", "says", "clause", "marks", "check"} - set(table):
        raise SuiteError(f"{name}: {', '.join(sorted(missing))} missing")
    if not set(table["marks"]) <= MARKS or not table["marks"]:
        raise SuiteError(f"{name}: unknown marks {table['marks']!r}")
    return Case(
        name,
        group,
        str(table["says"]),
        str(table["clause"]),
        str(table["marks"]),
        str(table["check"]),
        tuple(table.get("exchanges", exchanges)),
        tuple(table.get("dialects", DIALECTS)),
        table.get("with", {}),
        str(table.get("needs", "")),
        str(table.get("able", "")),
    )


def _each(table: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """One table for each word of `for_each`: `{each}` in its texts; `{first}` and `{then}` for words like `a > b`."""
    if "for_each" not in table:
        yield table
        return
    for each in table["for_each"]:
        first, _, then = each.partition(" > ")
        words = {"each": each, "first": first, "then": then}
        yield {key: _filled(value, words) for key, value in table.items() if key != "for_each"}


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, words) for inner in value]
    return value.format_map(words) if isinstance(value, str) else value


def _tuple(value: Any, *, always: bool = False) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return (value,) if always else value


def _expect(name: str, table: Mapping[str, Any], known: set[str]) -> None:
    if unknown := set(table) - known:
        raise SuiteError(f"{name}: unknown {', '.join(sorted(unknown))}")


def _expect_unique(names: Iterator[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise SuiteError(f"{name} stands twice")
        seen.add(name)
