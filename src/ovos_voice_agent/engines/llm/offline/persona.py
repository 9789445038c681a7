"""The offline persona as a function: the messages so far and the time -> what to say, or which tools to call (pure).

It knows nothing but what stands in the prompt, understands a few kinds of request, and says so when it does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ovos_voice_agent.engines.interface import Message, Prompt
from ovos_voice_agent.engines.llm.offline import memory
from ovos_voice_agent.engines.llm.offline.arithmetic import find_sum
from ovos_voice_agent.engines.llm.offline.clock import answer_time
from ovos_voice_agent.engines.llm.offline.memory import Said
from ovos_voice_agent.engines.llm.offline.results import say_result
from ovos_voice_agent.engines.llm.offline.tool_use import Ask, Call, answer_question, choose, must_call

HOW_TO_CONNECT = (
    "I am a small offline assistant, not a language model. To connect a real one, set name to openai, with a base_url"
    " and a model, under [engines.llm] in the server's configuration."
)
WHAT_I_DO = (
    "I can tell the time and date, do sums, repeat after you, remember what you tell me in this conversation,"
    " and use the tools I am given."
)

NOT_CAUGHT = "I did not catch that. Could you say it again?"
STILL_THERE = "Are you still there?"
_MARK = re.compile(r"[(\[<*][^\W\d][\w\s'-]*[)\]>*]")

_MOST_CHARS = 1_000
_MOST_MESSAGES = 200
"""With these a long conversation takes 5-7 ms, the worst input found (a hundred lines of full length) 0.1 s."""

_POLITE = re.compile(
    r"^(?:(?:hello|hi|hey|hiya|good (?:morning|afternoon|evening|day)|greetings|please|so|well"
    r"|okay|ok|um|uh|er|and|now|then|listen|computer|assistant"
    r"|excuse me|there|(?:can|could|would|will) you(?: please| kindly)?|i(?:'d"
    r"| would) like you to|i want you to|do me a favou?r and)\b[\s,.!:-]*)+",
    re.IGNORECASE,
)
_GREETING = re.compile(r"\b(?:hello|hi|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))\b")
_SAY = re.compile(
    r"^(?:just |please )?(?:say|repeat(?: after me)?|echo|read (?:this )?(?:aloud|out(?: loud)?)|speak|pronounce)"
    r"(?: (?:the )?(?:words?|phrase|sentence|following)\b| after me\b| this\b)*\s*[:,]*\s+(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_AFTER_ME = re.compile(r"\b(?:repeat after me|say after me)\b\s*[:,.]*\s*(.+)$", re.IGNORECASE | re.DOTALL)
_AGAIN = re.compile(
    r"^(?:say|repeat) (?:that|it|this|yourself|what you (?:just )?said)(?: again| please"
    r"| once more| slowly| louder| for me)*$"
    r"|^(?:pardon|sorry|what|huh|eh|come again|what was that|what did you (?:just )?say|once more|again"
    r"|repeat|i did(?:n't| not) (?:hear|catch|get) (?:that|you|it))(?: please| me)?$"
    r"|^(?:say|repeat)(?: that| it)? (?:again|once more)\b"
)
_THANKS = re.compile(r"\b(?:thanks|thank you|thank u|cheers|much appreciated)\b")
_BYE = re.compile(r"\b(?:good ?bye|bye|see you|see ya|good ?night|farewell|talk to you later)\b")
_WHO = re.compile(
    r"\b(?:who|what) are you\b|\byour name\b|\bwhat can (?:you|i) (?:do|say|ask)\b"
    r"|\bwhat do you do\b|\bhelp\b$|\bhelp me$|^help\b"
    r"|\bare you (?:a |an )?(?:robot|human|real|ai|person|machine|computer|bot|chat ?gpt|gpt)\b"
    r"|\bintroduce yourself\b|\babout yourself\b"
    r"|\bwhat are your (?:skills|abilities|features|capabilities)\b|\bwho (?:made|built|created) you\b"
)
_HOW = re.compile(
    r"\bhow(?:'s| is| are) (?:you|it going|things|your day)\b|\bhow do you do\b|\bwhat'?s up\b"
    r"|\bare you (?:ok|okay|well|fine)\b"
)
_HEAR = re.compile(
    r"\b(?:can|do) you hear me\b|\bare you (?:there|listening)\b|\banybody there\b|^(?:test"
    r"|testing)\b|\bis (?:this|it) (?:on|working)\b"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say, or what to call."""

    text: str = ""
    calls: tuple[Call, ...] = ()


def answer(prompt: Prompt, now: datetime, name: str = "the offline assistant") -> Answer:
    """The reply to a prompt. `tool_choice` is obeyed to the letter."""
    messages = prompt.messages[-_MOST_MESSAGES:]
    text = _last_words(messages)
    if prompt.tools and prompt.tool_choice in {"required", "function"}:
        wanted = prompt.tool_name if prompt.tool_choice == "function" else None
        if call := must_call(text, prompt.tools, now, wanted):
            return Answer(calls=(call,))
    if _ends_with_results(messages):
        return Answer(_say_results(messages))
    past = _past(messages)
    if not _audible(text):
        return Answer(_break_silence(messages, past, name))
    return _answer_words(prompt, text, past, now, name)


def _audible(text: str) -> bool:
    """Whether there are words: marks of a recogniser, such as "(inaudible)" or "[noise]", and bare signs are none."""
    return bool(re.search(r"\w", _MARK.sub("", text)))


def _break_silence(messages: tuple[Message, ...], past: list[Said], name: str) -> str:
    """Greet when nobody has spoken; else ask once what was meant, then whether somebody is there."""
    spoken = next((message.text for message in reversed(messages) if message.role == "user"), None)
    if spoken is None:
        return "I am listening." if past else f"Hello! I am {name}. {WHAT_I_DO}"
    asked = bool(past) and past[-1].text == NOT_CAUGHT
    return STILL_THERE if asked or not spoken.strip() else NOT_CAUGHT


def _answer_words(prompt: Prompt, text: str, past: list[Said], now: datetime, name: str) -> Answer:
    if said := _talk_about_talk(text, past):
        return Answer(said)
    if prompt.tools and prompt.tool_choice == "auto":
        chosen = _use_tools(prompt, text, past, now)
        if isinstance(chosen, Ask):
            return Answer(chosen.question)
        if chosen:
            return Answer(calls=tuple(chosen if prompt.parallel_tool_calls is not False else chosen[:1]))
    answers = [one for part in _sentences(text) if (one := _answer_sentence(part, past, now, name))]
    return Answer(" ".join(answers) or _do_not_know(text, past))


def _use_tools(prompt: Prompt, text: str, past: list[Said], now: datetime) -> list[Call] | Ask | None:
    known = memory.recall(text, past)
    if (known and not _is_unknown(known)) or (memory.acknowledge(_start(text)) and not _orders(text)):
        return None
    if len(past) >= 2 and past[-1].role == "assistant":
        before = next((said.text for said in reversed(past[:-1]) if said.role == "user"), "")
        if continued := answer_question(past[-1].text, before, text, prompt.tools, now):
            return continued
    return choose(_start(text), prompt.tools, now)


def _orders(text: str) -> bool:
    return bool(re.search(r"\b(?:remind me|note|write down|remember)\b", text.lower()))


def _talk_about_talk(text: str, past: list[Said]) -> str | None:
    """Repeating, and questions about what was said: these come before any tool."""
    bare = _start(text)
    low = bare.lower().rstrip(" .!?")
    if _AGAIN.search(low):
        last = next((said.text for said in reversed(past) if said.role == "assistant" and said.text), "")
        return last or "I have not said anything yet."
    found = _AFTER_ME.search(text) or _SAY.match(bare)
    if found and (words := found[1].strip().strip("\"'“”‘’ ")):
        if low.endswith(" something") and len(low.split()) <= 3:
            return f"Something! {WHAT_I_DO}"
        return words[:1].upper() + words[1:]
    return memory.who_said(bare, past)


def _answer_sentence(text: str, past: list[Said], now: datetime, name: str) -> str | None:
    bare = _start(text)
    low = bare.lower().rstrip(" .!?").replace("’", "'")
    known = (
        memory.acknowledge(text if memory.is_question(bare) else bare) or memory.recall(bare, past) if bare else None
    )
    if known and not _is_unknown(known):
        return known
    if found := find_sum(bare):
        return found.sentence
    if said := answer_time(low, now):
        return said
    return _small_talk(text.lower().replace("’", "'").rstrip(" .!?"), name) or known


def _is_unknown(known: str) -> bool:
    return known.startswith("You have not told me about")


def _small_talk(low: str, name: str) -> str | None:
    few = len(low.split()) <= 8
    if _HOW.search(low):
        return "I am well, thank you. How can I help?"
    if _WHO.search(low):
        return f"I am {name}. {WHAT_I_DO} I am not a language model, but I can be connected to one."
    if _HEAR.search(low):
        return "Yes, I hear you."
    if _THANKS.search(low) and few:
        return "You are welcome."
    if _BYE.search(low) and few:
        return "Goodbye!"
    if _GREETING.search(low) and (few or _GREETING.match(low)):
        return "Hello! What can I do for you?"
    return None


def _do_not_know(text: str, past: list[Said]) -> str:
    """Kind, short, and how to get a better mind; the long form only once in a conversation."""
    heard = re.sub(r"\s+", " ", text).strip().rstrip(" .,;:")
    heard = heard if len(heard) <= 120 else heard[:120].rsplit(" ", 1)[0] + " and so on"
    heard += "" if heard.endswith(("?", "!", "…")) else "."
    if any(HOW_TO_CONNECT in said.text for said in past if said.role == "assistant"):
        return f"I heard: {heard} I cannot answer that. {WHAT_I_DO}"
    return f"I heard: {heard} I do not know what to say to that. {HOW_TO_CONNECT}"


def _start(text: str) -> str:
    """Without the greeting and politeness before a request; all of it when nothing else is there."""
    return _POLITE.sub("", text.strip()).strip()


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()]


def _last_words(messages: tuple[Message, ...]) -> str:
    """What the person said last, cut to a length that is quick to work on."""
    spoken = next((message.text for message in reversed(messages) if message.role == "user"), "")
    return spoken.strip()[:_MOST_CHARS]


def _past(messages: tuple[Message, ...]) -> list[Said]:
    """Everything said before the person's last words."""
    last = max((place for place, message in enumerate(messages) if message.role == "user"), default=len(messages))
    return [
        Said(message.role, message.text[:_MOST_CHARS])
        for message in messages[:last]
        if (message.role == "assistant" and message.text) or (message.role == "user" and _audible(message.text))
    ]


def _ends_with_results(messages: tuple[Message, ...]) -> bool:
    """Tools have answered since anybody spoke. What the system adds behind (the time) is nobody's word."""
    return next((message.role for message in reversed(messages) if message.role != "system"), "") == "tool"


def _say_results(messages: tuple[Message, ...]) -> str:
    """The outputs at the end of the prompt, each with the call it belongs to."""
    calls = {call.call_id: call for message in messages for call in message.calls}
    outputs: list[Message] = []
    for message in reversed(messages):
        if message.role == "user":
            break
        if message.role == "tool":
            outputs.append(message)
    said = []
    for output in reversed(outputs[:5]):
        call = calls.get(output.call_id or "")
        said.append(say_result(call.name if call else "", call.arguments if call else "", output.text))
    return " ".join(said)
