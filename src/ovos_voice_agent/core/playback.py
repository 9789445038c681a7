"""How much of a spoken reply was heard: which characters of its text end by which sample of its audio."""

from __future__ import annotations

from dataclasses import dataclass, field

from ovos_voice_agent.core.engine_events import WordStarted

CHARACTERS_PER_SECOND = 15
"""Ordinary speaking rate of English, for a phrase that was cut before its length was known."""


@dataclass(slots=True)
class _Phrase:
    """Characters `start` to `end` of the message, spoken from sample `first_sample` on."""

    start: int
    end: int
    first_sample: int
    samples: int = 0
    words: list[WordStarted] = field(default_factory=list)
    complete: bool = False


@dataclass(slots=True)
class Playback:
    """The alignment of one message's text and audio, at the output's `rate_hz`."""

    rate_hz: int
    samples: int = 0
    _phrases: list[_Phrase] = field(default_factory=list)

    def phrase(self, start: int, end: int) -> None:
        """A phrase begins; the one before is complete."""
        self.finish()
        self._phrases.append(_Phrase(start, end, self.samples))

    def audio(self, samples: int, words: tuple[WordStarted, ...]) -> None:
        """More audio of the current phrase."""
        self.samples += samples
        if self._phrases:
            self._phrases[-1].samples += samples
            self._phrases[-1].words.extend(words)

    def estimate(self, words: tuple[WordStarted, ...]) -> None:
        """The words of the current phrase so far, in place of those before."""
        if self._phrases:
            self._phrases[-1].words = list(words)

    def timed(self, words: tuple[WordStarted, ...], *, whole: bool) -> tuple[int, list[tuple[int, int]]]:
        """Words of the current phrase as (end, millisecond at which it begins), and the millisecond from which on they
        hold. `whole`: they are all of the phrase so far."""
        first = self._phrases[-1].first_sample
        begin = first if whole else first + words[0].samples
        return self._ms(begin), [(word.end, self._ms(first + word.samples)) for word in words]

    def _ms(self, sample: int) -> int:
        return sample * 1000 // self.rate_hz

    def finish(self) -> None:
        """The current phrase has been spoken to its end."""
        if self._phrases:
            self._phrases[-1].complete = True

    def milliseconds(self) -> int:
        """Audio made so far, whole milliseconds rounded up, so that nothing made is ever beyond it."""
        return -(-self.samples * 1000 // self.rate_hz)

    def heard(self, audio_end_ms: int, text: str) -> int:
        """How many characters of `text` were heard when playback stopped at `audio_end_ms`."""
        sample = audio_end_ms * self.rate_hz // 1000
        heard = 0
        for phrase in self._phrases:
            if sample <= phrase.first_sample:
                break
            heard = self._heard_of(phrase, sample - phrase.first_sample, text)
        return heard

    def _heard_of(self, phrase: _Phrase, sample: int, text: str) -> int:
        if phrase.complete and sample >= phrase.samples:
            return phrase.end
        if phrase.words:
            return _by_words(phrase, sample)
        return self._by_length(phrase, sample, text)

    def _by_length(self, phrase: _Phrase, sample: int, text: str) -> int:
        """Without word times: in proportion, back to the last whole word."""
        length = phrase.end - phrase.start
        whole = (
            phrase.samples if phrase.complete else max(phrase.samples, length * self.rate_hz // CHARACTERS_PER_SECOND)
        )
        reached = phrase.start + (length * sample // whole if whole else 0)
        if reached >= phrase.end:
            return phrase.end
        boundary = max(text.rfind(" ", phrase.start, reached + 1), text.rfind("\n", phrase.start, reached + 1))
        return boundary if boundary >= 0 else phrase.start


def _by_words(phrase: _Phrase, sample: int) -> int:
    """A word counts as heard when half of it was: it can be understood by then, and rarely before."""
    heard = phrase.start
    ends = [word.samples for word in phrase.words[1:]] + [max(phrase.samples, phrase.words[-1].samples)]
    for word, end in zip(phrase.words, ends, strict=True):
        if sample < (word.samples + end) / 2:
            break
        heard = word.end
    return heard
