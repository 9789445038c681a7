"""What a voice says to be judged by: one sentence in each of many languages."""

from __future__ import annotations

_SENTENCES = """
af Hallo, dit is hoe ek klink.
ar مرحبا، هكذا يبدو صوتي.
bg Здравейте, така звуча аз.
bn হ্যালো, আমার কণ্ঠস্বর এরকম।
ca Hola, així és com sono.
cs Dobrý den, takhle zní můj hlas.
cy Helo, dyma sut rydw i'n swnio.
da Hej, sådan lyder jeg.
de Hallo, so klinge ich.
el Γεια σας, έτσι ακούγομαι.
en Hello, this is how I sound.
eo Saluton, tiel sonas mia voĉo.
es Hola, así es como sueno.
et Tere, nii ma kõlan.
eu Kaixo, horrelakoa da nire ahotsa.
fa سلام، صدای من این‌طور است.
fi Hei, tältä minä kuulostan.
fr Bonjour, voici ma voix.
ga Dia duit, seo é mo ghlór.
he שלום, כך אני נשמע.
hi नमस्ते, मेरी आवाज़ ऐसी है।
hr Bok, ovako zvučim.
hu Jó napot, így hangzom.
id Halo, begini suara saya.
is Halló, svona hljóma ég.
it Ciao, questa è la mia voce.
ja こんにちは、これが私の声です。
ka გამარჯობა, ასეთია ჩემი ხმა.
ko 안녕하세요, 제 목소리는 이렇습니다.
lt Labas, štai taip aš skambu.
lv Sveiki, tā es izklausos.
ms Helo, beginilah suara saya.
nb Hei, slik høres jeg ut.
nl Hallo, zo klink ik.
pl Dzień dobry, tak brzmi mój głos.
pt Olá, é assim que eu soo.
ro Bună, așa sună vocea mea.
ru Здравствуйте, вот так звучит мой голос.
sk Dobrý deň, takto znie môj hlas.
sl Pozdravljeni, takole zvenim.
sq Përshëndetje, kështu tingëlloj.
sr Здраво, овако звучим.
sv Hej, så här låter jag.
sw Habari, hivi ndivyo sauti yangu ilivyo.
ta வணக்கம், என் குரல் இப்படித்தான் இருக்கும்.
tr Merhaba, sesim böyle.
uk Вітаю, ось так звучить мій голос.
ur السلام علیکم، میری آواز ایسی ہے۔
vi Xin chào, đây là giọng nói của tôi.
zh 你好，这就是我的声音。
"""

SENTENCES = {code: text for code, _, text in (line.partition(" ") for line in _SENTENCES.strip().splitlines())}
"""ISO 639 code -> sentence."""

ANY_LANGUAGE = "1, 2, 3, 4, 5."
"""Voices read figures in their own language."""


def sample_text(code: str | None) -> str:
    """What a voice of that language says; English where none is known."""
    return SENTENCES["en"] if code is None else SENTENCES.get("nb" if code == "no" else code, ANY_LANGUAGE)
