"""A tap that records a session while its client asks for it: both voices, each turn, and every event.

A folder `2026-11-21T150405Z_sess_…` holds:

- `user.wav`, what the client sent, and `assistant.wav`, what was sent to it, each in order and without the pauses in
  which nothing was sent; after a change of the format the sound goes on in `user-2.wav`;
- `turns/001-user-item_….wav`, `turns/002-assistant-item_….wav`: the same, turn by turn, a user's turn as it was
  committed and the assistant's as it was sent, however much of it was heard;
- `events.jsonl`: `{"at_ms", "side", "event"}` for each event of client and server, sound by its length only. `at_ms`
  counts from the beginning of the recording.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from ovos_voice_agent.audio import g711, pcm
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.codec import TYPE_OF
from ovos_voice_agent.protocol.settings import RealtimeSettings
from ovos_voice_agent.runtime.tapes import Folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from ovos_voice_agent.audio.format import AudioFormat
    from ovos_voice_agent.core.outputs import Output
    from ovos_voice_agent.core.session import Input
    from ovos_voice_agent.protocol.objects import ItemId
    from ovos_voice_agent.protocol.settings import Settings
    from ovos_voice_agent.runtime.tapes import Archive

TICKS_PER_S = 48_000
"""A clock on which a sample of every rate is a whole number of ticks."""

_EVENTS = frozenset(get_args(se.ServerEvent))


class Recorder:
    """For one session. `settings` tells those in force; `failed` is told, in another thread, why a recording ended."""

    def __init__(
        self,
        session_id: str,
        archive: Archive,
        settings: Callable[[], Settings],
        clock: Callable[[], float],
        failed: Callable[[str], None],
    ) -> None:
        """`clock` gives monotonic seconds."""
        self._session_id = session_id
        self._archive = archive
        self._settings = settings
        self._clock = clock
        self._failed = failed
        self._heard_ticks = 0
        self._recording: _Recording | None = None

    def took(self, input: Input) -> None:
        if type(input) is ce.InputAudioBufferAppend:
            self._heard(input.audio)
        elif type(input) in TYPE_OF and self._recording is not None:
            self._recording.note("client", {"type": TYPE_OF[type(input)], **_plain(input)})

    def gave(self, output: Output) -> None:
        if isinstance(output, se.SessionCreated | se.SessionUpdated):
            self._switch()
        if self._recording is not None and type(output) in _EVENTS:
            self._recording.gave(output, self._heard_ticks, self._settings())  # type: ignore[arg-type]

    def ended(self) -> None:
        if self._recording is not None:
            self._recording.close()
            self._recording = None

    def _switch(self) -> None:
        """Begin or end as the settings say."""
        extensions = self._settings().x_ovos
        wanted = extensions is not msgspec.UNSET and extensions.recording is True
        if wanted and self._recording is None:
            self._recording = _Recording(self._session_id, self._archive, self._clock, self._failed, self._heard_ticks)
        elif not wanted:
            self.ended()

    def _heard(self, audio: bytes) -> None:
        heard = self._settings().audio.input.format.audio_format()
        if self._recording is not None:
            self._recording.heard(audio, heard)
        self._heard_ticks += heard.samples_in_bytes(len(audio)) * (TICKS_PER_S // heard.rate_hz)


class _Recording:
    """From switched on to switched off. `ticks` is how much was heard before."""

    def __init__(
        self,
        session_id: str,
        archive: Archive,
        clock: Callable[[], float],
        failed: Callable[[str], None],
        ticks: int,
    ) -> None:
        self._clock = clock
        self._began_s = clock()
        now = datetime.now(UTC)
        self._folder = Folder(archive, f"{now:%Y-%m-%dT%H%M%S.%fZ}_{_safe(session_id)}", failed)
        self._user = _Voice("user", ticks)
        self._assistant = _Voice("assistant", 0)
        self._turns = 0
        self._replies: dict[ItemId, str] = {}
        self._starts: dict[ItemId, int] = {}
        self._ends: dict[ItemId, int] = {}
        self._free_from = ticks
        self.note("recorder", {"type": "recording.started", "session_id": session_id, "at": now.isoformat()})

    def note(self, side: str, event: dict[str, Any]) -> None:
        at_ms = round(1000 * (self._clock() - self._began_s))
        self._folder.line(msgspec.json.encode({"at_ms": at_ms, "side": side, "event": event}))

    def heard(self, audio: bytes, format: AudioFormat) -> None:
        self._user.use(format, self._folder)
        self._folder.sound(self._user.file, format.rate_hz, _pcm16(audio, format))
        self._user.ticks += format.samples_in_bytes(len(audio)) * (TICKS_PER_S // format.rate_hz)
        self.note("client", {"type": "input_audio_buffer.append", "audio": _length(audio)})

    def gave(self, event: se.ServerEvent, heard_ticks: int, settings: Settings) -> None:
        self.note("server", _plain(event))
        match event:
            case se.ResponseOutputAudioDelta():
                self._spoken(event.item_id, event.delta, settings)
            case se.ResponseOutputAudioDone() if event.item_id in self._replies:
                self._folder.end_sound(self._replies.pop(event.item_id))
            case se.InputAudioBufferSpeechStarted():
                self._starts[event.item_id] = event.audio_start_ms * TICKS_PER_S // 1000
            case se.InputAudioBufferSpeechStopped():
                self._ends[event.item_id] = event.audio_end_ms * TICKS_PER_S // 1000
            case se.InputAudioBufferCleared():
                self._free_from = heard_ticks
            case se.InputAudioBufferCommitted():
                self._committed(event.item_id, heard_ticks)

    def close(self) -> None:
        self._folder.close()

    def _spoken(self, item_id: ItemId, audio: bytes, settings: Settings) -> None:
        assert isinstance(settings, RealtimeSettings), "nothing else speaks"
        spoken = settings.audio.output.format.audio_format()  # type: ignore[union-attr]
        self._assistant.use(spoken, self._folder)
        if item_id not in self._replies:
            self._replies[item_id] = self._next_turn("assistant", item_id)
        sound = _pcm16(audio, spoken)
        self._folder.sound(self._assistant.file, spoken.rate_hz, sound)
        self._folder.sound(self._replies[item_id], spoken.rate_hz, sound)

    def _committed(self, item_id: ItemId, heard_ticks: int) -> None:
        """Cut the turn out of what was heard; what was heard before the recording began is not there."""
        start, end = self._starts.pop(item_id, self._free_from), self._ends.pop(item_id, heard_ticks)
        self._free_from = end
        if self._user.format is None:
            return
        rate_hz = self._user.format.rate_hz
        first, last = ((tick - self._user.began) * rate_hz // TICKS_PER_S for tick in (start, end))
        self._folder.copy(self._user.file, rate_hz, first, last, self._next_turn("user", item_id))

    def _next_turn(self, who: str, item_id: ItemId) -> str:
        self._turns += 1
        return f"turns/{self._turns:03}-{who}-{_safe(item_id)}"


class _Voice:
    """One side: the file that is written now, its format, and where on the clock it begins."""

    def __init__(self, name: str, ticks: int) -> None:
        self._name = name
        self._files = 0
        self.ticks = ticks
        self.began = ticks
        self.format: AudioFormat | None = None

    @property
    def file(self) -> str:
        return self._name if self._files < 2 else f"{self._name}-{self._files}"

    def use(self, format: AudioFormat, folder: Folder) -> None:
        """Sound of another format goes to another file."""
        if format == self.format:
            return
        if self.format is not None:
            folder.end_sound(self.file)
        self.format = format
        self.began = self.ticks
        self._files += 1


def _pcm16(audio: bytes, format: AudioFormat) -> bytes:
    return audio if format.encoding == "pcm16" else pcm.bytes_of_int16(g711.decode(format.encoding, audio))


def _plain(event: Any) -> dict[str, Any]:
    """An event as JSON would hold it, but with lengths in the place of sound."""
    plain: dict[str, Any] = _without_sound(msgspec.to_builtins(event, builtin_types=(bytes,)))
    return plain


def _without_sound(value: Any) -> Any:
    if isinstance(value, bytes):
        return _length(value)
    if isinstance(value, dict):
        return {key: _without_sound(inner) for key, inner in value.items()}
    return [_without_sound(inner) for inner in value] if isinstance(value, list | tuple) else value


def _length(audio: bytes) -> str:
    return f"<{len(audio)} bytes>"


def _safe(name: str) -> str:
    """Clients may choose ids: nothing of them leads out of the folder."""
    return re.sub(r"[^A-Za-z0-9_-]", "", name)[:64]
