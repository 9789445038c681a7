"""Whether a sound that comes while a reply is heard is the person taking the floor, by the words in it.

Rules: pure; lists are small and by language, for what is not listed at worst interrupts. A person who only says that
they are listening ('uh-huh', 'I see') leaves the floor to the agent. While words still come, one that may yet become
such a phrase ('I') decides nothing.
"""

from __future__ import annotations

import re
from functools import cache

from ovos_voice_agent.protocol.settings import SemanticVad, TurnDetection

WORDS_OF_SEMANTIC_VAD = 1
"""`semantic_vad` is asked for by who wants meaning to decide; `server_vad` is loudness alone, and quick."""

STEADY_MS = 800
"""So long nobody coughs: without any words while people speak (the recogniser tells none), this is the person."""
STEADY_WITH_WORDS_MS = 2400
"""Where the recogniser tells words while people speak and told none for so long, it may be at fault."""

TRIES_MS = (480, 704)
"""After so much speech a recogniser that tells none while people speak is asked for the words so far: most signs of
listening are over by then, so a word is seldom cut in two."""

BACKCHANNELS: dict[str, str] = {
    "": "hm hmm hmmm mhm mm-hm mm-hmm mm mmm uh-huh uhhuh uh um er ah aha oh ha haha huh wow ok okay",
    "en": "yeah yep yup yes right sure good great nice cool fine true exactly i_see got_it all_right alright of_course "
    "uh_huh mm_hmm oh_okay really",
    "de": "ja jaja jo genau gut klar stimmt richtig ach_so achso alles_klar na_gut verstehe eben",
    "es": "sí si ya claro vale bien bueno ajá entiendo por_supuesto de_acuerdo",
    "fr": "oui ouais d'accord bien voilà exactement je_vois hein",
    "it": "sì si certo bene va_bene esatto capito ho_capito già",
    "pt": "sim pois claro tá certo bom entendi isso está_bem",
    "nl": "ja goed precies oké klopt snap_ik",
    "ca": "sí ja clar val d'acord bé entesos",
    "eu": "bai ados ondo",
    "gl": "si claro vale ben xa",
    "da": "ja jo nå godt præcis",
}
"""What listeners say to be polite, by primary language; "" is everybody's. Words of one phrase are joined by `_`."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def wanted_words(setting: int | None, detecting: TurnDetection | None) -> int:
    """How many words take the floor; 0: any sound of speech does. `setting` None: by the kind of detection."""
    if setting is not None:
        return setting
    return WORDS_OF_SEMANTIC_VAD if isinstance(detecting, SemanticVad) else 0


def takes_floor(text: str, wanted: int, language: str | None = None, *, more: bool = False) -> bool:
    """Whether these words are at least `wanted`, and more than a sign of listening. `language` None: not known.
    `more`: others may follow."""
    words = words_of(text)
    if not words or len(words) < wanted:
        return False
    phrases, longest = _phrases((language or "").split("-")[0].lower() or None)
    rest = _behind_polite(words, phrases, longest)
    return bool(rest) and not (more and _begins(tuple(rest), phrases))


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def _behind_polite(words: list[str], phrases: frozenset[tuple[str, ...]], longest: int) -> list[str]:
    """From the first word on that is part of no backchannel; none where all of it is made of them."""
    at = 0
    while at < len(words):
        sizes = range(min(longest, len(words) - at), 0, -1)
        size = next((size for size in sizes if tuple(words[at : at + size]) in phrases), 0)
        if not size:
            break
        at += size
    return words[at:]


def _begins(words: tuple[str, ...], phrases: frozenset[tuple[str, ...]]) -> bool:
    """Whether one of the phrases begins so, and goes on."""
    return any(phrase[: len(words)] == words for phrase in phrases)


@cache
def _phrases(language: str | None) -> tuple[frozenset[tuple[str, ...]], int]:
    """Those of a language, or of all where it is not known, as words; and the length of the longest."""
    known = BACKCHANNELS.values() if language is None else (BACKCHANNELS[""], BACKCHANNELS.get(language, ""))
    phrases = frozenset(tuple(phrase.split("_")) for listed in known for phrase in listed.split())
    return phrases, max(map(len, phrases))
