"""Which of a few languages a text is written in, or that nobody can tell; statistics from the package py3langid.

Rules:

- The choice is among the languages that were given, and a wrong answer is worse than none: below `SURE` there is none.
- A word or two is too little for statistics, but some of them belong to one language alone: yes, no, thanks.
- The model takes 60 MB and nearly a second to load, so it is loaded with the first detector that has a choice to make,
  and shared by all. A text takes some 30 µs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import cache
from typing import Any

SURE = 0.75
"""Of 130 requests of one to six words in two, four and eight languages none was taken for another from here on, and a
quarter to a half were left open; at 0.6 two were wrong."""
LONGEST_CHARS = 1_000
"""The beginning of a text tells as much as the whole."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

_COMMON = """
af ja nee dankie hallo asseblief totsiens goeiemôre
ca sí no gràcies hola adéu què com on qui bon dia
cs ano ne děkuji díky ahoj nashledanou prosím co jak kde kdo dobrý den
da ja nej tak hej farvel hvad hvordan hvor hvem godmorgen
de ja nein danke hallo tschüss bitte doch wer wie warum wann guten morgen auch nicht
en yes no not yeah thanks thank hello hi hey bye goodbye please what how where who why when good morning the
es sí no gracias hola adiós qué cómo dónde quién cuándo por favor buenos días vale
et jah ei aitäh tere palun mis kuidas kus kes
fi kyllä ei joo kiitos hei moi näkemiin mitä miten missä kuka hyvää huomenta
fr oui non merci bonjour salut revoir quoi comment où qui pourquoi quand s'il plaît voilà
hr da ne hvala bok molim što kako gdje tko dobro jutro
hu igen nem köszönöm szia viszlát kérem mi hogyan hol ki jó reggelt
it sì no grazie ciao arrivederci cosa come dove chi perché quando buongiorno per favore
lt taip ne ačiū labas prašau kas kaip kur
lv jā nē paldies sveiki lūdzu kas kā kur
nb ja nei takk hei farvel hva hvordan hvor hvem god morgen
nl ja nee bedankt dank hallo doei alstublieft wat hoe waar wie waarom goedemorgen niet
no ja nei takk hei farvel hva hvordan hvor hvem god morgen
pl tak nie dziękuję cześć widzenia proszę co jak gdzie kto dlaczego dzień dobry
pt sim não obrigado obrigada olá tchau adeus que como onde quem porquê bom dia por favor
ro da nu mulțumesc bună pa rog ce cum unde cine
sk áno nie ďakujem ahoj dovidenia prosím čo ako kde kto dobrý deň
sl ja ne hvala živjo zdravo prosim kaj kako kje kdo
sv ja nej tack hej hejdå vad hur var vem god morgon
tr evet hayır teşekkürler merhaba lütfen ne nasıl nerede kim günaydın
"""
"""Words of which short answers and questions are made. One that several of the given languages have proves nothing."""

COMMON: Mapping[str, frozenset[str]] = {
    line.split()[0]: frozenset(line.split()[1:]) for line in _COMMON.strip().splitlines()
}

_MODEL_NAMES = {"nb": "no"}
"""Languages that the model knows under another code."""


class TextLanguage:
    """A detector for one set of languages. Not loaded before `load`, which may take a second, or the first text."""

    def __init__(self, languages: Sequence[str]) -> None:
        """`languages` are ISO 639 codes without a country; those that nothing is known of are never found."""
        self._languages = tuple(dict.fromkeys(languages))
        self._words = _telling_words(self._languages)
        self._names: Mapping[str, str] = {}
        self._model: Any = None

    def load(self) -> None:
        """Get ready. Without a choice to make there is nothing to load."""
        if self._model is None and len(self._languages) > 1:
            self._names = self._by_model_name()
            self._model = copy(_whole_model())
            self._model.set_languages(list(self._names) or None)

    def __call__(self, text: str) -> str | None:
        """The language of a text; None when it is not certain."""
        if len(self._languages) < 2 or not _WORD.search(text):
            return None
        self.load()
        text = text[:LONGEST_CHARS]
        found, probability = self._model.classify(text)
        return self._names[found] if probability >= SURE and len(self._names) > 1 else self._by_words(text)

    def _by_model_name(self) -> dict[str, str]:
        known = _known_languages()
        named = {_MODEL_NAMES.get(code, code): code for code in self._languages}
        return {name: code for name, code in named.items() if name in known}

    def _by_words(self, text: str) -> str | None:
        """The one language that some of the words belong to."""
        found = {self._words.get(word) for word in _words(text)} - {None}
        return found.pop() if len(found) == 1 else None


def _telling_words(languages: Iterable[str]) -> dict[str, str]:
    """Words that only one of the languages has."""
    owners: dict[str, list[str]] = {}
    for language in languages:
        for word in COMMON.get(language, ()):
            owners.setdefault(word, []).append(language)
    return {word: owner[0] for word, owner in owners.items() if len(owner) == 1}


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


@cache
def _whole_model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@cache
def _known_languages() -> frozenset[str]:
    return frozenset(_whole_model().labels)
