"""Plays one exchange against a server and records all of it. It judges nothing.

Rules: an exchange ends early when the connection breaks, when a step needs a value that no event brought, or when two
waits in it saw nothing (nine in a row, where errors are awaited); what follows is not played. Reading goes on while
speech is being sent.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from ovos_voice_agent.client.connection import Refused
from ovos_voice_agent.client.sound import BYTES_PER_MS
from ovos_voice_agent.conformance.asking import ask, minted_key
from ovos_voice_agent.conformance.patterns import MISSING, look_up, resolve
from ovos_voice_agent.conformance.suite import Exchange, Opening, Step
from ovos_voice_agent.conformance.transcript import Entry, Transcript
from ovos_voice_agent.conformance.translation import Translation
from ovos_voice_agent.conformance.wire import Target, Wire, open_wire
from ovos_voice_agent.errors import TransportClosed

CHUNK_MS = 40
READ_EVERY = 50
"""Events sent in a flood."""
CLOCKS_DIFFER_S = 60
TINY_IMAGE = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mP4z8CAFTEMLQkAKP8/wc53yE8AAAAASUVORK5CYII="
)
"""8 by 8 pixels, all red."""
LONGEST_WAITS = 8
"""Times patience: what is awaited then does not come, however much else does."""
FORGIVEN_WAITS = 1
"""How many awaited events may stay away before an exchange ends: a silent server is not asked thirty more questions."""
FORGIVEN_REFUSALS = 8
"""The same for errors, in a row: servers that ignore some wrong events refuse others."""
REFUSAL_LIMIT_S = 4.0
"""An error needs no model: it comes soon or never."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the exchanges are played."""

    speech: bytes
    """An utterance: mono int16 little endian at 24 kHz, without silence around it."""
    patience_s: float = 15.0
    """How long nothing at all may come while an event is awaited: a long answer may take its time."""
    speed: float = 1.0
    """Times the speed of speech at which audio is appended."""
    settle_s: float = 0.25
    """How long nothing may come until an exchange is over."""
    transcriber: str = "whisper-1"
    """Model asked for where an exchange wants transcripts."""


class _Stopped(Exception):
    """The rest of the exchange is not played; the transcript says why."""


async def play(target: Target, exchange: Exchange, manner: Manner) -> Transcript:
    """Connect, play all steps, close. Raises Refused only where no server answers at all."""
    transcript = Transcript(exchange.name, kept=_kept(target, manner), provoked=exchange.provokes_close)
    if exchange.steps and all(step.http for step in exchange.steps):
        await _play_requests(target, exchange, manner, transcript)
        return transcript
    if exchange.opening.key == "minted":
        key = await minted_key(target, manner.patience_s)
        if key is None:
            transcript.stopped = "the server gives out no short-lived keys"
            return transcript
        target = replace(target, key=key)
    try:
        wire = await open_wire(target, exchange.opening)
    except Refused as refused:
        if refused.status == 0:
            raise
        transcript.refused_status = refused.status
        transcript.stopped = f"the server refused the connection with {refused.status}"
        return transcript
    transcript.subprotocol = wire.subprotocol
    if exchange.opening.key == "wrong":
        transcript.keyless = await _opens_without_key(target)
    player = _Player(target, wire, manner, transcript)
    try:
        await player.play(exchange)
        await player.settle()
    except TransportClosed:
        transcript.close_code = wire.close_code
        transcript.stopped = "" if transcript.provoked else f"the server closed the connection ({wire.close_code})"
    await wire.close()
    transcript.goodbye_code = wire.close_code
    return transcript


async def _play_requests(target: Target, exchange: Exchange, manner: Manner, transcript: Transcript) -> None:
    try:
        for step in exchange.steps:
            await _request(target, step, manner, transcript)
    except TransportClosed as error:
        transcript.stopped = str(error)


async def _request(target: Target, step: Step, manner: Manner, transcript: Transcript) -> None:
    """Raises TransportClosed where no answer comes, or nothing brought what it needs."""
    try:
        parts = [resolve(part, transcript.kept) for part in str(step.http["path"]).split("/")]
        wanted = {**resolve(step.http, transcript.kept), "path": "/".join(map(str, parts))}
    except KeyError as name:
        raise TransportClosed(f"step {step.label} needs {name}, which no event brought") from None
    answer = await ask(target, wanted, manner.patience_s)
    transcript.labels[step.label] = len(transcript.entries)
    transcript.entries.append(Entry(len(transcript.entries), 0.0, "answered", answer, raw=answer))


def _kept(target: Target, manner: Manner) -> dict[str, Any]:
    """What every exchange may name: the model, the transcriber, and some audio without speech, Base64."""
    silence = {f"pcm16_{ms}ms": bytes(ms * BYTES_PER_MS) for ms in (20, 50, 99, 100, 400)}
    silence |= {f"g711_{ms}ms": b"\xff" * (ms * 8) for ms in (99, 100, 400)}
    audio = {name: base64.b64encode(data).decode() for name, data in silence.items()}
    texts = {"long_id": "i" * 33, "long_key": "k" * 65, "long_value": "v" * 513, "image": TINY_IMAGE}
    pairs = {"many_pairs": {f"key_{number}": "value" for number in range(17)}}
    now = {"now": int(datetime.now(UTC).timestamp()) - CLOCKS_DIFFER_S}
    return {**audio, **texts, **pairs, **now, "model": target.model, "transcriber": manner.transcriber}


async def _opens_without_key(target: Target) -> bool:
    try:
        wire = await open_wire(target, Opening(key="none"))
    except Refused:
        return False
    await wire.close()
    return True


class _Player:
    def __init__(self, target: Target, wire: Wire, manner: Manner, transcript: Transcript) -> None:
        self._target = target
        self._wire = wire
        self._manner = manner
        self._transcript = transcript
        self._translation = Translation(target.dialect)
        self._clock = asyncio.get_running_loop()
        self._begin_s = self._clock.time()
        self._anchor = -1
        self._forgiven = 0
        self._silences = 0

    async def play(self, exchange: Exchange) -> None:
        """Take all steps, or those that can be taken."""
        try:
            if exchange.opening.ping:
                await self._ping()
            for step in exchange.steps:
                await self._step(step)
        except _Stopped as reason:
            self._transcript.stopped = str(reason)

    async def settle(self) -> None:
        """Read until nothing has come for a while: what is late, or too much, must be seen too.

        While a response runs, nothing is the end of it before patience is.
        """
        await self._read_while_talking(self._manner.settle_s, lambda _: False)
        if self._answering():
            await self._read_while_talking(self._manner.patience_s, lambda _: not self._answering())
            await self._read_while_talking(self._manner.settle_s, lambda _: False)

    def _answering(self) -> bool:
        created, done = (len(list(self._transcript.received(f"response.{kind}"))) for kind in ("created", "done"))
        return created > done

    async def _ping(self) -> None:
        self._transcript.pong = False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._manner.patience_s):
                await self._wire.ping()
                self._transcript.pong = True

    async def _step(self, step: Step) -> None:
        if step.send is not None or step.raw is not None:
            await self._send_step(step)
        elif step.wait:
            await self._wait_step(step)
        elif step.say:
            await self._say_step(step)
        elif step.http:
            await self._http_step(step)
        elif step.closed:
            self._transcript.labels[step.label] = len(self._transcript.entries) - 1
            await self._read_while_talking(self._patience_s(step), lambda _: False)
        else:
            await self._read_until(step.quiet_ms / 1000, lambda _: False)

    async def _send_step(self, step: Step) -> None:
        self._anchor = len(self._transcript.entries) - 1
        if step.raw is not None:
            self._transcript.labels[step.label] = self._record("sent", {"type": "", "raw": step.raw})
            await self._wire.send(step.raw.encode() if step.binary else step.raw)
            return
        event = {"event_id": f"conformance_{step.label}"[:64], **self._resolved(step, step.send or {})}
        if event["event_id"] is None:
            del event["event_id"]
        self._transcript.labels[step.label] = self._record("sent", event)
        text = json.dumps(self._translation.outgoing(event))
        await self._send_often(text.ljust(step.size_bytes), step)
        self._count_audio(event)

    async def _send_often(self, text: str, step: Step) -> None:
        for number in range(step.times):
            if number % READ_EVERY == READ_EVERY - 1:  # or both sides would wait for each other to read
                await self._read_until(0.0, lambda _: False)
            await self._wire.send(text.encode() if step.binary else text)

    async def _http_step(self, step: Step) -> None:
        try:
            await _request(self._target, step, self._manner, self._transcript)
        except TransportClosed as error:
            raise _Stopped(str(error)) from error

    async def _wait_step(self, step: Step) -> None:
        where = self._resolved(step, step.where)
        self._transcript.awaited[step.label] = step.wait
        after = self._anchor if not step.since else self._place(step)
        patience_s = self._patience_s(step)
        asked = self._last_event_id() if step.refusal else None

        def found() -> Entry | None:
            entry = self._transcript.find(step.wait, where, after)
            while entry is not None and asked and _answers_another(entry, asked):
                entry = self._transcript.find(step.wait, where, entry.place)
            return entry

        await self._read_while_talking(patience_s, lambda _: found() is not None)
        entry = found()
        self._transcript.labels[step.label] = None if entry is None else entry.place
        if step.refusal:
            self._note_refusal(entry)
        if entry is None:
            self._miss(step)
            return
        for name, path in step.keep.items():
            if (value := look_up(entry.event, path)) is not MISSING:
                self._transcript.kept[name] = value
        if step.refusal and entry.type == "response.created":
            await self._read_while_talking(patience_s, lambda one: one.type == "response.done")

    def _patience_s(self, step: Step) -> float:
        if step.within_ms is not None:
            return step.within_ms / 1000
        return min(self._manner.patience_s, REFUSAL_LIMIT_S) if step.refusal else self._manner.patience_s

    def _note_refusal(self, entry: Entry | None) -> None:
        if entry is not None:
            self._silences = 0
            if entry.type != "error":
                self._transcript.accepted.add(entry.place)

    def _last_event_id(self) -> str | None:
        sent = self._transcript.entries[self._anchor + 1].event.get("event_id")
        return sent if isinstance(sent, str) else None

    def _miss(self, step: Step) -> None:
        if step.optional:
            return
        self._forgiven += not step.refusal
        self._silences += step.refusal
        if self._forgiven > FORGIVEN_WAITS or self._silences > FORGIVEN_REFUSALS:
            raise _Stopped(f"no {' or '.join(step.wait)} came, after another event had stayed away")

    async def _say_step(self, step: Step) -> None:
        self._anchor = len(self._transcript.entries) - 1
        self._transcript.labels[step.label] = len(self._transcript.entries)
        begin = self._anchor
        begin_s, said_ms = self._clock.time(), 0.0
        for sound in step.say:
            pcm = self._sound(sound)
            start_ms = len(self._transcript.sent_audio) / BYTES_PER_MS
            if sound == "speech":
                self._transcript.speech_ms.append((start_ms, start_ms + len(pcm) / BYTES_PER_MS))
            for offset in range(0, len(pcm), CHUNK_MS * BYTES_PER_MS):
                if step.until and self._transcript.find(step.until, {}, begin):
                    return
                await self._append(pcm[offset : offset + CHUNK_MS * BYTES_PER_MS])
                said_ms += CHUNK_MS
                due_s = begin_s + said_ms / 1000 / self._manner.speed
                await self._read_until(0.0 if step.burst else due_s - self._clock.time(), lambda _: False)

    def _sound(self, sound: str) -> bytes:
        return self._manner.speech if sound == "speech" else bytes(int(sound.split()[1]) * BYTES_PER_MS)

    async def _append(self, pcm: bytes) -> None:
        event = {"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()}
        self._record("sent", event)
        await self._wire.send(json.dumps(event))
        self._transcript.sent_audio += pcm

    def _count_audio(self, event: Mapping[str, Any]) -> None:
        if event.get("type") == "input_audio_buffer.append" and isinstance(event.get("audio"), str):
            with suppress(ValueError):
                self._transcript.sent_audio += base64.b64decode(event["audio"], validate=True)

    async def _read_until(self, limit_s: float, enough: Callable[[Entry], bool]) -> None:
        """Record what comes until an event is enough, or time is up. The last event seen is asked first."""
        if self._transcript.entries and enough(self._transcript.entries[-1]):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, limit_s)):
                while not enough(await self._read()):
                    pass

    async def _read_while_talking(self, quiet_s: float, enough: Callable[[Entry], bool]) -> None:
        """Record what comes until an event is enough, or nothing has come for so long; but not for ever."""
        limit_s = self._clock.time() + LONGEST_WAITS * max(quiet_s, self._manner.patience_s)
        seen = -1
        while seen != len(self._transcript.entries) and self._clock.time() < limit_s:
            seen = len(self._transcript.entries)
            if seen and enough(self._transcript.entries[-1]):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(quiet_s):
                    await self._read()

    async def _read(self) -> Entry:
        frame = await self._wire.receive()
        raw = _event_of(frame)
        self._record("received", self._translation.incoming(raw), len(frame), raw)
        return self._transcript.entries[-1]

    def _record(
        self, way: Literal["sent", "received"], event: dict[str, Any], size_bytes: int = 0, raw: Any = None
    ) -> int:
        place = len(self._transcript.entries)
        at_ms = (self._clock.time() - self._begin_s) * 1000
        self._transcript.entries.append(Entry(place, at_ms, way, event, size_bytes, raw or event))
        return place

    def _resolved(self, step: Step, template: Mapping[str, Any]) -> dict[str, Any]:
        try:
            resolved: dict[str, Any] = resolve(template, self._transcript.kept)
        except KeyError as name:
            raise _Stopped(f"step {step.label} needs {name}, which no event brought") from None
        return resolved

    def _place(self, step: Step) -> int:
        place = self._transcript.labels.get(step.since)
        if place is None:
            raise _Stopped(f"step {step.label} follows {step.since}, which did not happen")
        return place


def _answers_another(entry: Entry, asked: str) -> bool:
    """Whether an error names another event of ours."""
    named = look_up(entry.event, "error.event_id")
    return isinstance(named, str) and named.startswith("conformance_") and named != asked


def _event_of(frame: str | bytes) -> dict[str, Any]:
    """A frame's event; what is no JSON object becomes one that no case expects."""
    try:
        event = json.loads(frame)
    except ValueError:
        return {"type": "(not JSON)", "frame": str(frame[:200])}
    return event if isinstance(event, dict) else {"type": "(not an object)", "frame": event}
