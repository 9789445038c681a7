"""Languages by code and by the English name that `verbose_json` calls them (protocol.md 2.11)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TABLE = """
af afrikaans, am amharic, ar arabic, as assamese, az azerbaijani, ba bashkir, be belarusian, bg bulgarian, bn bengali,
bo tibetan, br breton, bs bosnian, ca catalan, cs czech, cy welsh, da danish, de german, el greek, en english,
eo esperanto, es spanish, et estonian, eu basque, fa persian, fi finnish, fo faroese, fr french, ga irish, gl galician,
gu gujarati, ha hausa, haw hawaiian, he hebrew, hi hindi, hr croatian, ht haitian creole, hu hungarian, hy armenian,
id indonesian, is icelandic, it italian, ja japanese, jw javanese, jv javanese, ka georgian, kk kazakh, km khmer,
kn kannada, ko korean, la latin, lb luxembourgish, ln lingala, lo lao, lt lithuanian, lv latvian, mg malagasy, mi maori,
mk macedonian, ml malayalam, mn mongolian, mr marathi, ms malay, mt maltese, my myanmar, ne nepali, nl dutch,
nb norwegian, nn nynorsk, no norwegian, oc occitan, pa punjabi, pl polish, ps pashto, pt portuguese, ro romanian,
ru russian, sa sanskrit, sd sindhi, si sinhala, sk slovak, sl slovenian, sn shona, so somali, sq albanian, sr serbian,
su sundanese, sv swedish, sw swahili, ta tamil, te telugu, tg tajik, th thai, tk turkmen, tl tagalog, tr turkish,
tt tatar, uk ukrainian, ur urdu, uz uzbek, vi vietnamese, yi yiddish, yo yoruba, yue cantonese, zh chinese, zu zulu
"""

NAMES: Mapping[str, str] = {
    code: name for code, _, name in (entry.strip().partition(" ") for entry in _TABLE.replace("\n", " ").split(","))
}
"""ISO 639 code -> English name in lower case."""

AUTO = "auto"
"""Stands for a language where it is to be found out, for each utterance."""

_CODES = {name: code for code, name in NAMES.items()}
_TAG = re.compile(r"([A-Za-z]{2,3})([-_][A-Za-z0-9]+)*")


def language_code(named: str) -> str | None:
    """`en`, `en-US`, `en_us` and `English` are all `en`; None for what is no language. A code need not be in the table:
    recognisers may know more."""
    named = named.strip()
    if named.lower() in _CODES:
        return _CODES[named.lower()]
    tag = _TAG.fullmatch(named)
    return tag[1].lower() if tag else None


def language_name(code: str | None) -> str:
    """The English name; the code itself where there is none, and `unknown` without a code."""
    primary = (language_code(code) if code else None) or ""
    return NAMES.get(primary, primary) or "unknown"
