"""Time and date in a sentence, here or in a city of the time zone list (pure: the time is an argument)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_NOT_THE_CLOCK = re.compile(
    r"\b(?:last|first|next|every|each|many|any|some|good|long|another|this|full|part|real|right"
    r"|bed|lunch|dinner|run|all|"
    r"save|spend|waste|spent|had|free|over) ?time\b|\btimes\b|\btimer|\btime (?:to|for|off|out"
    r"|zone|travel|machine|of (?!day|the day))"
)
_CLOCK = re.compile(
    r"\b(?:what(?:'s| is|s)?|tell|know|got|have|give|current|right|check|say)\b.*\btime\b"
    r"|\btime (?:is|it|at|now|please|of day)\b"
    r"|^(?:the )?(?:current )?time(?: now| please)?$|\bwhat o'?clock|\bhow late is it\b"
    r"|\b(?:what|which) hour(?: is it| do you have|$)"
    r"|\b(?:what(?:'s| is|s)|which is|tell (?:me|us)|know|got|give me|say)(?: what(?: is|'s)?)?"
    r" the (?:current |exact )?hour(?: is it| it is| is|(?: right)? now| please){0,3}(?: in [a-z .'-]+)?$"
)
_DATE = re.compile(
    r"\b(?:what|which|tell|know|give|say|current)\b.*\b(?:date|day of the (?:week|month))\b|\btoday'?s date\b"
    r"|\b(?:what|which) (?:day|month|year|weekday)\b(?! (?:did|do|does|was|were|will|would|should))"
    r"|\bwhat(?:'s| is|s) (?:the (?:day|month|year)|today|tomorrow)\b|\bthe date\b.*\b(?:today|please|now)\b"
    r"|^(?:the )?date(?: today| please)?$|\bwhat year\b"
)
_PLACE = re.compile(r"\bin (?:the )?([a-z][a-z .'-]+?)(?: right now| now| please| today| at the moment)?$")

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def answer_time(text: str, now: datetime) -> str | None:
    """The answer when `text` (lower case, no full stop) asks for time or date, else None."""
    wants_date = bool(_DATE.search(text))
    wants_time = bool(_CLOCK.search(text)) and not _NOT_THE_CLOCK.search(text)
    if not wants_date and not wants_time:
        return None
    found = _PLACE.search(text)
    place = found[1] if found else ""
    zone = _zone_of(place) if place else None
    there = now.astimezone(zone) if zone else now
    where = f" in {place.title()}" if zone else ""
    unknown = place and zone is None and place not in {"morning", "evening", "afternoon", "month", "year", "week"}
    sentence = _sentence(text, there, where, wants_time=wants_time, wants_date=wants_date)
    return (
        f"I do not know the time zone of {place.title()}. Here, {sentence[0].lower()}{sentence[1:]}"
        if unknown
        else sentence
    )


def _sentence(text: str, there: datetime, where: str, *, wants_time: bool, wants_date: bool) -> str:
    if wants_time and wants_date:
        return f"It is {say_time(there)}{where}, on {say_date(there)}."
    if wants_time:
        return f"It is {say_time(there)}{where}."
    for word, days in (("tomorrow", 1), ("yesterday", -1)):
        if word in text:
            verb = "is" if days > 0 else "was"
            return f"{word.title()} {verb} {say_date(there + timedelta(days=days))}."
    return f"Today is {say_date(there)}{where}."


def say_time(now: datetime) -> str:
    """ "5 past 3" is hard to hear right; "3:05 PM" is read well by every voice."""
    return f"{(now.hour - 1) % 12 + 1}:{now.minute:02} {'AM' if now.hour < 12 else 'PM'}"


def say_date(now: datetime) -> str:
    return f"{_WEEKDAYS[now.weekday()]}, {_MONTHS[now.month - 1]} {now.day}, {now.year}"


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """City names of the time zone list, such as `new york`."""
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return {name.rsplit("/", 1)[1].replace("_", " ").lower(): name for name in names}


def _zone_of(place: str) -> ZoneInfo | None:
    name = _cities().get(place.strip().lower())
    try:
        return ZoneInfo(name) if name else None
    except ZoneInfoNotFoundError:
        return None
