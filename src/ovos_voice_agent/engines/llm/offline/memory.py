"""What was said in this conversation: facts, things to remember, and who said what (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ovos_voice_agent.engines.llm.offline.words import join_words, stems

_QUESTION = re.compile(
    r"^(?:(?:so|and|then|but|ok|okay|well|please|now)\s+)*(?:what|whats|what's|who|who's|whose"
    r"|where|where's|when|when's|which|why|how|is|are|am|do"
    r"|does|did|can|could|will|would|have you|has|tell me|remind me|(?:do )?you (?:know|remember))\b"
)
_NAME = re.compile(
    r"\b(?:my name is|my name's|my names|they call me|you can call me|please call me|call me"
    r"|i am called|i'm called|i go by)"
    r"\s+([^\W\d_][\w'-]*(?:\s+[A-Z][\w'-]*)*)",
)
_I_AM = re.compile(r"^(?:(?:hi|hello|hey)[,!.]?\s+)?(?:I am|I'm|i am|i'm|This is|this is)\s+([A-Z][\w'-]+)\s*$")
_REMEMBER = re.compile(
    r"\b(?:remember|memori[sz]e|keep in mind|don't forget|do not forget|note|make a note|write down|take a note)"
    r"(?:\s+(?:that|this|of))?\s*[:,]?\s+(.{3,})$", re.IGNORECASE
)  # fmt: skip
_TOLD = re.compile(
    r"^(?:well |so |and |but )?(?:my|our|the|his|her|their|i)\b.*\b(?:is|are|was|were|am|'m"
    r"|have|had|like|love|hate|prefer|live|lives|work|works|put|left|parked|'s)\b",
    re.IGNORECASE,
)
_ASKING = frozenset(
    stems("remember told said remind put left leave keep kept called find located recall again currently")
)
_LIKING = frozenset(stems("favourite favorite best prefer preferred love loved most"))
_LIKED = stems("favourite")[0]
_CATEGORY = re.compile(r"\b(?:what|which)\s+([a-z]+)\s+(?:is|are|was|were)\s+(?:my|our)\b")
_STATES = re.compile(r"^(?:well |so |and |but )?(?:my|our|the|his|her|their|i)\b", re.IGNORECASE)
_ASKED_NAME = re.compile(r"\b(?:my name|who (?:am i|i am)|what am i called|what i am called|call me)\b")

_PERSON = {
    "my": "your", "mine": "yours", "i": "you", "me": "you", "i'm": "you're", "i've": "you've", "i'll": "you'll",
    "i'd": "you'd", "am": "are", "myself": "yourself", "our": "your", "your": "my", "yours": "mine", "you": "I",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """One thing somebody said."""

    role: str
    text: str


def is_question(text: str) -> bool:
    return text.rstrip().endswith("?") or bool(_QUESTION.match(text.lower().strip()))


def turn_round(text: str) -> str:
    """ "my key" as the other one says it: "your key"."""
    words = re.split(r"(\s+|[,.;!?])", text.strip())
    return "".join(_PERSON.get(word.lower(), word) for word in words)


# ------------------------------------------------------------------------------------------------------ being told


def acknowledge(text: str) -> str | None:
    """The answer to something told that is worth keeping, or None."""
    if name := _name_in(text):
        return f"Nice to meet you, {name}."
    if is_question(text):
        return None
    if found := _REMEMBER.search(text):
        return f"I will remember that {turn_round(_bare(found[1]))}."
    if _TOLD.match(text) and len(stems(text)) >= 2 and len(text.split()) <= 25:
        return f"All right: {turn_round(_bare(text))}."
    return None


def _name_in(text: str) -> str:
    if is_question(text):
        return ""
    found = _NAME.search(text) or _NAME.search(text.lower()) or _I_AM.match(text.rstrip(" .!"))
    if not found:
        return ""
    words = [word for word in found[1].split() if word.lower() not in {"and", "please", "is", "not"}]
    return " ".join(word[:1].upper() + word[1:] for word in words)


# ------------------------------------------------------------------------------------------------------ being asked


def recall(text: str, past: Sequence[Said]) -> str | None:
    """The answer to a question about what was told before, or None when it is no such question.

    `past` is everything before this utterance, oldest first.
    """
    low = text.lower()
    told = [said.text for said in past if said.role == "user"]
    if _ASKED_NAME.search(low) and is_question(text):
        return _recall_name(told)
    if re.search(
        r"\b(?:what|which|anything|things?|everything)\b.*\b(?:remember|memori[sz]e|keep in mind|note)\b", low
    ):
        return _recall_notes(told)
    return _recall_fact(text, told) if is_question(text) else None


def _recall_name(told: Sequence[str]) -> str:
    names = [name for text in told if (name := _name_in(text))]
    return f"Your name is {names[-1]}." if names else "You have not told me your name yet."


def _recall_notes(told: Sequence[str]) -> str:
    notes = [
        turn_round(_bare(found[1])) for text in told if (found := _REMEMBER.search(text)) and not is_question(text)
    ]
    if not notes:
        return "You have not asked me to remember anything yet."
    return f"You asked me to remember that {join_words(notes[-5:])}."


def _recall_fact(text: str, told: Sequence[str]) -> str | None:
    """The statement that shares most words with the question; the newest of equals."""
    asked = _meant(text) - _ASKING
    asked = asked - _category(text) or asked
    needed = asked - {_LIKED} or asked  # a liking alone does not tell what is liked
    best, best_score = "", 0.0
    for statement in told:
        fact = _statement(statement)
        shared = asked & _meant(fact)
        score = len(shared) / max(1, len(asked))
        if shared & needed and score > 0.5 and score >= best_score:
            best, best_score = fact, score
    if best:
        return f"You told me: {turn_round(_bare(best))}."
    mine = re.search(r"\b(?:what|who|where|when|which)(?:'s|s| is| are| was| were)\s+(my [\w' ]+)", text.lower())
    return f"You have not told me about {turn_round(mine[1])} yet." if mine else None


def _meant(text: str) -> set[str]:
    """The stems of a text, with all words for what somebody likes best as one."""
    return {_LIKED if word in _LIKING else word for word in stems(text)}


def _category(text: str) -> set[str]:
    """What kind of answer is wanted ("what colour is my car"): the fact names the thing, seldom the kind."""
    found = _CATEGORY.search(text.lower())
    return _meant(found[1]) if found else set()


def _statement(text: str) -> str:
    """What of an utterance is a fact; empty for a question."""
    parts = [part for part in re.split(r"(?<=[.!?])\s+", text) if not is_question(part)]
    kept = " ".join(parts)
    found = _REMEMBER.search(kept)
    return found[1] if found else kept if _STATES.match(kept) or _name_in(kept) else ""


# ------------------------------------------------------------------------------------------------- who said what

_ABOUT_SAYING = re.compile(
    r"\b(?:what|which|repeat|tell me|remind me|quote)\b.*\b(?:i|you|we|me)\b.*\b(?:say|said"
    r"|saying|ask|asked|tell|told|talk|talked|talking|mention|mentioned|discuss|discussed"
    r"|message|question|answer|sentence|words)\b"
    r"|\b(?:my|your) (?:first|last|previous|latest|second|third) (?:question|message|sentence"
    r"|words?|answer|reply|thing)\b"
)
_SPEAKER = re.compile(
    r"\b(i|we|me|my|you|your)(?:'(?:ve|d))?\s+(?:(?:just|have|had|actually|really|first|last|previous|latest|second"
    r"|third|very|been|were|was)\s+)*(?:say|said|saying|ask|asked|tell|told|talk|talked|talking|mention|mentioned"
    r"|answer|answered|reply|replied|message|question|sentence|words?|thing)\b"
)
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4}


def who_said(text: str, past: Sequence[Said]) -> str | None:
    """ "What did I say first?", "what was my last question?", "what have we talked about?", or None for other words."""
    low = text.lower()
    if not _ABOUT_SAYING.search(low) or re.search(r"\b(?:remember|memori[sz]e|keep in mind|note)\b", low):
        return None
    mine = _asks_for_own(low)
    about = re.search(r"\b(?:say|said|tell you|told you|mention|mentioned)\s+about\s+(.+)", low)
    lines = [said.text for said in past if said.role == ("assistant" if mine else "user") and said.text.strip()]
    if about:
        return (
            _recall_fact(f"what about {about[1]}?", lines)
            or f"I do not recall anything about {turn_round(_bare(about[1]))}."
        )
    who = "I" if mine else "You"
    if not lines:
        return f"{who} {'have' if mine else 'had'} not said anything before{'' if mine else ' that'}."
    if re.search(r"\b(?:talk|talked|talking|discuss|discussed|everything|so far)\b", low):
        return f"You said: {join_words([_bare(line) for line in lines[-5:]])}."
    return f"{who} said: {_bare(_pick(low, lines))}."


def _asks_for_own(low: str) -> bool:
    """Whether the assistant's words are meant: "can you tell me what I said" means the person's."""
    speakers = _SPEAKER.findall(low)
    return speakers[-1].startswith("you") if speakers else bool(re.search(r"\byour\b|\bdid you\b", low))


def _pick(low: str, lines: Sequence[str]) -> str:
    for word, place in _ORDINALS.items():
        if re.search(rf"\b{word}\b", low):
            return lines[min(place, len(lines) - 1)]
    if re.search(r"\bbefore (?:that|the last|my last)\b|\bsecond to last\b", low) and len(lines) > 1:
        return lines[-2]
    if re.search(r"\b(?:at the (?:beginning|start)|initially|to begin with|begin|start)\b", low):
        return lines[0]
    return lines[-1]


def _bare(text: str) -> str:
    """Without its closing mark."""
    return text.strip().rstrip(".!?,;: ")
