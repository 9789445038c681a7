"""How far estimated word times are from those that espeak-ng tells, on sentences in ten languages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ovos_voice_agent.engines.interface import TtsOptions, Word
from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.runtime.word_times import WordTimes

SENTENCES = {
    "en-us": [
        "Hello, how can I help you today?",
        "The train to the city leaves at half past seven, from platform two.",
        "I am sorry, but I did not understand what you said.",
        "It will be sunny in the morning; in the afternoon, however, there may be some rain.",
        "Please put the milk, the butter and the bread on the kitchen table.",
        "Yes.",
        "The museum opens at nine and closes at six on weekdays.",
    ],
    "de": [
        "Guten Morgen, wie kann ich Ihnen helfen?",
        "Der Zug in die Stadt fährt um halb acht ab, von Gleis zwei.",
        "Es tut mir leid, aber ich habe nicht verstanden, was Sie gesagt haben.",
        "Am Vormittag scheint die Sonne; am Nachmittag kann es allerdings regnen.",
        "Bitte stellen Sie die Milch, die Butter und das Brot auf den Küchentisch.",
        "Das Museum öffnet um neun und schließt um sechs Uhr abends.",
    ],
    "fr": [
        "Bonjour, comment puis-je vous aider aujourd'hui ?",
        "Le train pour la ville part à sept heures et demie, du quai numéro deux.",
        "Je suis désolé, mais je n'ai pas compris ce que vous avez dit.",
        "Il fera beau le matin ; l'après-midi, il pourrait cependant pleuvoir.",
        "Mettez le lait, le beurre et le pain sur la table de la cuisine.",
        "Le musée ouvre à neuf heures et ferme à dix-huit heures.",
    ],
    "es": [
        "Buenos días, ¿en qué puedo ayudarle hoy?",
        "El tren a la ciudad sale a las siete y media, del andén número dos.",
        "Lo siento, pero no he entendido lo que ha dicho.",
        "Por la mañana hará sol; por la tarde, sin embargo, puede que llueva.",
        "Ponga la leche, la mantequilla y el pan en la mesa de la cocina.",
        "El museo abre a las nueve y cierra a las seis.",
    ],
    "it": [
        "Buongiorno, come posso aiutarla oggi?",
        "Il treno per la città parte alle sette e mezza, dal binario due.",
        "Mi dispiace, ma non ho capito quello che ha detto.",
        "La mattina ci sarà il sole; nel pomeriggio, però, potrebbe piovere.",
        "Metta il latte, il burro e il pane sul tavolo della cucina.",
        "Il museo apre alle nove e chiude alle sei.",
    ],
    "nl": [
        "Goedemorgen, waarmee kan ik u vandaag helpen?",
        "De trein naar de stad vertrekt om half acht, van spoor twee.",
        "Het spijt me, maar ik heb niet verstaan wat u zei.",
        "In de ochtend schijnt de zon; in de middag kan het echter gaan regenen.",
        "Zet de melk, de boter en het brood op de keukentafel.",
        "Het museum gaat om negen uur open en om zes uur dicht.",
    ],
    "pl": [
        "Dzień dobry, w czym mogę dzisiaj pomóc?",
        "Pociąg do miasta odjeżdża o wpół do ósmej, z peronu drugiego.",
        "Przepraszam, ale nie zrozumiałem tego, co pan powiedział.",
        "Rano będzie słonecznie; po południu może jednak padać deszcz.",
        "Proszę postawić mleko, masło i chleb na stole w kuchni.",
        "Muzeum jest otwarte od dziewiątej do osiemnastej.",
    ],
    "pt": [
        "Bom dia, como posso ajudá-lo hoje?",
        "O comboio para a cidade parte às sete e meia, da linha dois.",
        "Desculpe, mas não percebi o que disse.",
        "De manhã vai estar sol; à tarde, porém, pode chover.",
        "Ponha o leite, a manteiga e o pão na mesa da cozinha.",
        "O museu abre às nove e fecha às seis.",
    ],
    "ru": [
        "Доброе утро, чем я могу вам сегодня помочь?",
        "Поезд в город отправляется в половине восьмого, со второго пути.",
        "Извините, но я не понял, что вы сказали.",
        "Утром будет солнечно; во второй половине дня, однако, возможен дождь.",
        "Поставьте молоко, масло и хлеб на кухонный стол.",
        "Музей открывается в девять и закрывается в шесть.",
    ],
    "fi": [
        "Hyvää huomenta, kuinka voin auttaa teitä tänään?",
        "Juna kaupunkiin lähtee puoli kahdeksalta, raiteelta kaksi.",
        "Olen pahoillani, mutta en ymmärtänyt, mitä sanoitte.",
        "Aamulla paistaa aurinko; iltapäivällä voi kuitenkin sataa.",
        "Laittakaa maito, voi ja leipä keittiön pöydälle.",
        "Museo avataan yhdeksältä ja suljetaan kuudelta.",
    ],
}
STEP_S = 0.1
JUST_SAID_S = 0.3
"""A cut falls among the latest words."""


class Spoken(NamedTuple):
    """A sentence as espeak-ng says it: mono int16, and its words with the times that it tells."""

    language: str
    text: str
    pcm: bytes
    words: tuple[Word, ...]


class Errors(NamedTuple):
    """In milliseconds, one for each word: when the whole sentence was there, and of words said in the last 0.3 s while
    it still came."""

    at_the_end: list[float]
    on_the_way: list[float]


async def spoken() -> tuple[list[Spoken], int]:
    """All sentences, and the rate in hertz."""
    tts = installed().create("tts", "espeak-ng", {})
    await tts.start()
    try:
        said = []
        for language, texts in SENTENCES.items():
            for text in texts:
                pieces = [piece async for piece in tts.speak(text, TtsOptions("alloy", language=language))]
                words = tuple(word for piece in pieces for word in piece.words)
                said.append(Spoken(language, text, b"".join(piece.pcm for piece in pieces), words))
        return said, tts.rate_hz
    finally:
        await tts.close()


def errors(sentence: Spoken, rate_hz: int) -> Errors:
    """Raises AssertionError when other words are found."""
    samples = np.frombuffer(sentence.pcm, "<i2").astype(np.float32) / 32768
    times = WordTimes(sentence.text, rate_hz)
    step = int(STEP_S * rate_hz)
    on_the_way: list[float] = []
    for start in range(0, len(samples), step):
        times.push(samples[start : start + step])
        now_s = (start + step) / rate_hz
        pairs = zip(sentence.words, times.so_far(), strict=False)
        on_the_way += [_ms(*pair) for pair in pairs if now_s - JUST_SAID_S <= pair[0].start_s < now_s]
    found = times.finish()
    assert [word.text for word in found] == [word.text for word in sentence.words]
    return Errors([_ms(*pair) for pair in zip(sentence.words, found, strict=True)], on_the_way)


def _ms(told: Word, found: Word) -> float:
    return 1000 * abs(told.start_s - found.start_s)


def measure() -> Iterator[tuple[str, Errors]]:
    """The errors of each sentence, with its language."""
    said, rate_hz = asyncio.run(spoken())
    for sentence in said:
        yield sentence.language, errors(sentence, rate_hz)
