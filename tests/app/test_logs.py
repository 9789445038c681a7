"""Log lines."""

from __future__ import annotations

import io
import json
import logging

from ovos_voice_agent.app import logs
from ovos_voice_agent.app.repeats import MOST_IN_A_WINDOW
from ovos_voice_agent.transports.request_id import REQUEST_ID

log = logging.getLogger("ovos_voice_agent.some.part")


def logged(form: str, level: str = "info") -> str:
    stream = io.StringIO()
    logs.set_up(level, form, stream)  # type: ignore[arg-type]
    log.debug("too quiet")
    log.info("a reply ended", extra={"session": "sess_1", "took_ms": 12})
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("a bug")
    return stream.getvalue()


def test_text_is_for_people() -> None:
    lines = logged("text").splitlines()
    assert lines[0][9:] == "INFO some.part: a reply ended (session=sess_1, took_ms=12)"
    assert lines[1].endswith("ERROR some.part: a bug")
    assert lines[-1] == "ValueError: why"


def test_json_is_for_machines() -> None:
    first, second = (json.loads(line) for line in logged("json").splitlines())
    assert first["message"] == "a reply ended"
    assert (first["level"], first["logger"]) == ("info", "ovos_voice_agent.some.part")
    assert (first["session"], first["took_ms"]) == ("sess_1", 12)
    assert second["trace"].endswith("ValueError: why")


def test_the_level_counts_and_libraries_are_quiet() -> None:
    assert "too quiet" in logged("text", "debug")
    assert not logging.getLogger("uvicorn.error").isEnabledFor(logging.INFO)
    assert "a reply ended" not in logged("text", "error")


def test_a_value_that_is_no_json_is_shown_as_text() -> None:
    stream = io.StringIO()
    logs.set_up("info", "json", stream)
    log.info("odd", extra={"value": {1, 2}, "other": object})
    assert json.loads(stream.getvalue())["other"] == "<class 'object'>"


def test_lines_of_a_request_have_its_name() -> None:
    token = REQUEST_ID.set("req_7")
    try:
        text, line = logged("text").splitlines()[0], json.loads(logged("json").splitlines()[0])
    finally:
        REQUEST_ID.reset(token)
    assert text.endswith("(request_id=req_7, session=sess_1, took_ms=12)")
    assert line["request_id"] == "req_7"


def test_a_flood_of_errors_is_held_back() -> None:
    stream = io.StringIO()
    logs.set_up("info", "text", stream)
    for _ in range(100):
        log.error("the same again")
    assert len(stream.getvalue().splitlines()) == MOST_IN_A_WINDOW
