"""Promise 7 from outside: all audio of a client, each sample once and at its place; and the word for what is broken."""

from __future__ import annotations

from collections.abc import Iterator

from ovos_voice_agent.audio.format import EXTENDED_PCM_RATES_HZ, AudioFormat
from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.clock import TICKS_PER_MS, from_ms, from_samples
from ovos_voice_agent.core.conversation import Conversation
from ovos_voice_agent.core.session import Input
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol.objects import ItemId
from tests.core.stage import Event

MARGIN = from_ms(2000)


class Broken(AssertionError):
    """A promise was broken."""

    def __init__(self, promise: int, how: str) -> None:
        super().__init__(f"promise {promise}: {how}")
        self.promise = promise


def demand(promise: int, kept: object, how: str) -> None:
    if not kept:
        raise Broken(promise, how)


class Stream:
    """What a client sent and what became of it. Positions are ticks."""

    def __init__(self) -> None:
        self.end = 0
        self.format = AudioFormat()
        self._padding = from_ms(300)
        self._pieces: list[tuple[int, AudioFormat, bytes]] = []
        self._odd = b""
        self._floor = 0
        """Nothing before it will be asked for."""
        self._taken_to = 0
        """The end of the last segment."""
        self._begun: dict[str, int] = {}
        self._segments: dict[str, tuple[int, int]] = {}
        self._input: Input = ee.Opened()
        self._heard: list[bytes] = []
        self._stopped = 0
        """Where speech ended last."""

    def expect(self, input: Input) -> None:
        """The input whose outputs follow."""
        self._input, self._heard = input, []
        if isinstance(input, ee.SpeechStopped):
            self._stopped = input.end

    def perform(self, command: c.Hear | c.Forget) -> None:
        if isinstance(command, c.Hear):
            demand(7, command.start == self.end, f"audio at {command.start} follows {self.end}")
            demand(7, command.format == self.format, f"audio is heard as {command.format}, not as {self.format}")
            self._heard.append(command.audio)
            self._pieces.append((command.start, command.format, command.audio))
            samples = len(command.audio) // command.format.bytes_per_sample
            self.end += from_samples(samples, command.format.rate_hz)
            return
        demand(7, all(command.before <= start for start in self._begun.values()), "speech in progress is forgotten")
        if isinstance(self._input, ee.Heard):
            kept = self._input.until - command.before
            demand(7, kept >= self._padding + MARGIN, f"only {kept} ticks are kept while nobody speaks")
        self._floor = max(self._floor, command.before)

    def begin(self, command: c.StartTranscript) -> None:
        """Nothing is left out at the beginning of a turn, and nothing used twice."""
        since = self._oldest()
        if isinstance(self._input, ee.SpeechStarted):
            since = max(self._input.onset - self._padding, since)
        demand(7, command.start == since, f"a turn begins at {command.start}, not at {since}")
        self._begun[command.item_id] = command.start

    def drop(self, item_id: str) -> None:
        self._begun.pop(item_id, None)

    def finish(self, item_id: str, told: int | None = None) -> None:
        """A turn ends where its silence does, or at the end of all audio: there, as far as it is `told`."""
        committed = isinstance(self._input, ce.InputAudioBufferCommit)
        end = self.end if committed else min(self._stopped, self.end)
        demand(7, told in (None, end), f"a turn ends at {told}, not at {end}")
        self._take(item_id, self._begun.pop(item_id), end)

    def tell(self, event: Event, conversation: Conversation) -> None:
        """A server event, before the mirror reads it."""
        if event["type"] in ("session.created", "session.updated"):
            self._configure(event["session"]["audio"]["input"])
        elif event["type"] == "input_audio_buffer.timeout_triggered":
            start = max(from_ms(event["audio_start_ms"]), self._taken_to, self._floor)
            end = min(from_ms(event["audio_end_ms"]), self.end)
            if start < end:
                self._take(event["item_id"], start, end)
            else:
                self._segments[event["item_id"]] = (0, 0)
        elif event["type"] == "input_audio_buffer.speech_started":
            self._check_position(event["item_id"], event["audio_start_ms"])
        elif event["type"] == "conversation.item.added" and event["item"]["id"] in self._segments:
            self._check_item(event["item"]["id"], conversation)

    def check(self, input: Input, *, refused: bool) -> None:
        """After an input: exactly its audio was heard."""
        wanted: list[bytes] = []
        if isinstance(input, ce.InputAudioBufferAppend) and not refused:
            audio = self._odd + input.audio
            whole = len(audio) - len(audio) % self.format.bytes_per_sample
            self._odd = audio[whole:]
            wanted = [audio[:whole]] if whole else []
        if isinstance(input, ce.InputAudioBufferCommit | ce.InputAudioBufferClear) and not refused:
            self._odd = b""
        demand(7, self._heard == wanted, f"{len(self._heard)} pieces were heard, not {len(wanted)}, or others")

    def _configure(self, heard: Event) -> None:
        before, self.format = self.format, AudioFormat.from_wire(heard["format"], pcm_rates_hz=EXTENDED_PCM_RATES_HZ)
        self._odd = self._odd if self.format == before else b""
        self._padding = from_ms((heard["turn_detection"] or {}).get("prefix_padding_ms", 300))

    def _take(self, item_id: str, start: int, end: int) -> None:
        demand(7, start >= self._taken_to, f"audio before {self._taken_to} is used again from {start}")
        self._taken_to = max(self._taken_to, end)
        self._segments[item_id] = (start, end)

    def _check_position(self, item_id: str, start_ms: int) -> None:
        """Speech is told where it began, whether at once or later."""
        earliest = self._begun.get(item_id)
        if earliest is None:
            assert isinstance(self._input, ee.SpeechStarted)
            earliest = max(self._input.onset - self._padding, self._oldest())
        demand(7, start_ms == earliest // TICKS_PER_MS, f"speech starts at {start_ms} ms, not at {earliest} ticks")

    def _check_item(self, item_id: str, conversation: Conversation) -> None:
        item = conversation.find(ItemId(item_id))
        assert item is not None
        (part,) = item.parts
        start, end = self._segments[item_id]
        pieces = list(self._slice(start, end))
        ticks = sum(from_samples(len(audio) // heard.bytes_per_sample, heard.rate_hz) for heard, audio in pieces)
        demand(7, part.length_ms == ticks // TICKS_PER_MS, f"{item_id} lasts {part.length_ms} ms: {start}-{end}")
        if part.audio is not None:
            whole = b"".join(audio for _, audio in pieces)
            demand(7, bytes(part.audio) == whole, f"{item_id} holds other audio than {start}-{end}")

    def _oldest(self) -> int:
        """The first sample that is neither taken nor forgotten; a sample belongs to the segment in which it begins."""
        since = max(self._floor, self._taken_to)
        for begin, heard_as, audio in self._pieces:
            ticks = from_samples(1, heard_as.rate_hz)
            if since < begin + len(audio) // heard_as.bytes_per_sample * ticks:
                return begin + max(0, -(-(since - begin) // ticks)) * ticks
        return max(since, self.end)

    def _slice(self, start: int, end: int) -> Iterator[tuple[AudioFormat, bytes]]:
        """The samples that begin in [start, end)."""
        for begin, heard_as, audio in self._pieces:
            ticks, width = from_samples(1, heard_as.rate_hz), heard_as.bytes_per_sample
            first, last = max(0, -(-(start - begin) // ticks)), max(0, -(-(end - begin) // ticks))
            yield heard_as, audio[first * width : last * width]
