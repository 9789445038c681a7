"""espeak-ng through ctypes, loaded in the voice process only.

espeak-ng is under GPL-3.0-or-later and has global state: two threads in it crash the process. So only
`espeak_worker.py` and the workers of neural voices, each a process of its own, import this module.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import espeakng_loader

_SYNCHRONOUS = 2  # the call returns when the text is spoken, and the callback runs inside it
_BUFFER_MS = 60
_DONT_EXIT = 0x8000
_UTF8 = 1
_IPA = 0x02
_PUNCTUATION = re.compile(r"[.,;:!?…。，；：！？]")
_LANGUAGE_SWITCH = re.compile(r"\([a-z-]+\)")
_WORD_EVENT = 1
_LIST_END = 0
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_GENDERS = {1: "male", 2: "female"}

Hear = Callable[[bytes, list[tuple[int, int]]], bool]
"""Gets pcm, and marks of words (character position from 0, sample from the start). Returns whether to go on."""


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.POINTER(ctypes.c_char)),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class LibraryVoice:
    """A voice as espeak lists it. `languages` are (priority, code), lower is better, the voice's own first."""

    name: str
    identifier: str
    gender: str | None
    languages: tuple[tuple[int, str], ...]


class Espeak:
    """The library; one per process, and one thread."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        self._library.espeak_ListVoices.argtypes = (ctypes.c_void_p,)
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._library.espeak_TextToPhonemes.argtypes = (ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int)
        self._hear: Hear = lambda _pcm, _marks: False
        self._error: BaseException | None = None
        self._callback = _Callback(self._called)  # the library keeps no reference to it
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate_hz = int(self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data, _DONT_EXIT))
        if self.rate_hz <= 0:
            raise RuntimeError("espeak-ng cannot read its data")
        self._library.espeak_SetSynthCallback(self._callback)

    def voices(self) -> list[LibraryVoice]:
        """All voices, one per language or accent."""
        return list(self._list(None))

    def variants(self) -> list[LibraryVoice]:
        """All timbres; `identifier` is `!v/NAME` and goes behind a voice as `+NAME`."""
        spec = _Voice(languages=ctypes.cast(ctypes.c_char_p(b"variant"), ctypes.POINTER(ctypes.c_char)))
        return list(self._list(ctypes.addressof(spec)))

    def configure(self, voice: str, words_per_min: int, pitch: int, pitch_range: int) -> None:
        """Choose a voice, 80 to 450 words per minute, and pitch and its range, 0 to 100. Raises ValueError."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError("espeak-ng has no such voice")
        for parameter, value in ((_RATE, words_per_min), (_PITCH, pitch), (_RANGE, pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)

    def speak(self, text: str, hear: Hear) -> None:
        """Speak `text`; returns when `hear` got all of it or returned False. Raises what `hear` raises."""
        self._hear, self._error = hear, None
        content = text.encode().replace(b"\0", b" ")
        self._library.espeak_Synth(content, len(content) + 1, 0, 0, 0, _UTF8, None, None)
        if self._error:
            raise self._error

    def voice_for(self, language: str) -> str:
        """The identifier of the voice that speaks a language best, `de` for `de-DE`. Raises ValueError for none. Codes
        themselves are no names: three of them (`en-gb`, `fr-fr`) do not find their own voice."""
        wanted = language.lower().replace("_", "-")
        spoken = [(code, rank, voice.identifier) for voice in self.voices() for rank, code in voice.languages]
        for code in (wanted, wanted.partition("-")[0]):
            if fitting := [(rank, identifier) for own, rank, identifier in spoken if own == code]:
                return min(fitting)[1]
        raise ValueError("espeak-ng has no voice for this language")

    def phonemes(self, text: str, identifier: str) -> str:
        """How a voice pronounces a text, in the international phonetic alphabet, with the punctuation that ends its
        clauses. Raises ValueError when there is no such voice."""
        if self._library.espeak_SetVoiceByName(identifier.encode()) != 0:
            raise ValueError("espeak-ng has no such voice")
        rest = ctypes.c_char_p(text.encode().replace(b"\0", b" "))
        clauses = []
        while rest.value:
            before = rest.value
            spoken = self._library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA) or b""
            read = before[: len(before) - len(rest.value or b"")].decode(errors="replace")
            marks = _PUNCTUATION.findall(read[-4:])
            clauses.append(_LANGUAGE_SWITCH.sub("", spoken.decode()).strip() + (marks[-1] if marks else ""))
        return " ".join(clause for clause in clauses if clause)

    def _called(self, samples: int | None, count: int, events: ctypes._Pointer[_Event]) -> int:
        marks = []
        index = 0
        while (event := events[index]).type != _LIST_END:
            if event.type == _WORD_EVENT:
                marks.append((event.text_position - 1, event.sample))
            index += 1
        pcm = ctypes.string_at(samples, 2 * count) if samples and count else b""
        try:
            return 0 if self._hear(pcm, marks) else 1
        except BaseException as error:  # noqa: BLE001 - it cannot cross C; raised again in `speak`
            self._error = error
            return 1

    def _list(self, spec: int | None) -> Iterator[LibraryVoice]:
        listed = self._library.espeak_ListVoices(spec)
        index = 0
        while listed[index]:
            voice = listed[index].contents
            index += 1
            yield LibraryVoice(
                name=voice.name.decode(),
                identifier=voice.identifier.decode(),
                gender=_GENDERS.get(voice.gender),
                languages=tuple(_languages(voice.languages)),
            )


def _languages(data: ctypes._Pointer[ctypes.c_char]) -> Iterator[tuple[int, str]]:
    """Entries are a priority byte and a code that ends with NUL; an empty entry is the end."""
    index = 0
    while data[index] != b"\0":
        priority = data[index][0]
        code = b""
        index += 1
        while data[index] != b"\0":
            code += data[index]
            index += 1
        index += 1
        yield priority, code.decode()
