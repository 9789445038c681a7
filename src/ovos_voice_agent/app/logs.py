"""Log lines: for people as text, for machines as one JSON object each. A record's extra attributes are its values."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import msgspec

from ovos_voice_agent.app.repeats import Repeats
from ovos_voice_agent.transports.request_id import REQUEST_ID

_NOT_VALUES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_LIBRARIES = ("uvicorn", "websockets", "aiohttp", "asyncio", "httptools")
"""Their lines below a warning tell of their insides, and may hold addresses with keys in them."""


def set_up(level: str, form: Literal["text", "json"], stream: TextIO | None = None) -> None:
    """Send the log of this process to `stream` (standard error), replacing what was set up before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    handler.addFilter(Repeats())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


class TextLines(logging.Formatter):
    """`12:00:00 WARNING runtime.runner: what happened (session=sess_1)`."""

    def format(self, record: logging.LogRecord) -> str:
        values = ", ".join(f"{name}={value}" for name, value in _values(record).items())
        name = record.name.removeprefix("ovos_voice_agent.")
        line = f"{_time(record):%H:%M:%S} {record.levelname} {name}: {record.getMessage()}"
        line += f" ({values})" if values else ""
        return line + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")


class JsonLines(logging.Formatter):
    """One object with `time`, `level`, `logger`, `message`, the values, and `trace` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_values(record),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


def _values(record: logging.LogRecord) -> dict[str, Any]:
    values = {name: value for name, value in vars(record).items() if name not in _NOT_VALUES}
    request_id = REQUEST_ID.get()
    return {"request_id": request_id, **values} if request_id else values


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC).astimezone()
