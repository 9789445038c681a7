"""Bodies of the calls that prepare sessions."""

from __future__ import annotations

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.rest_sessions import (
    CLIENT_SECRET,
    PLAIN_SESSION,
    flat_tools,
    in_preview_words,
    life_s,
    preview_request,
)


def test_a_key_lives_ten_minutes_unless_asked_otherwise() -> None:
    assert [life_s(None), life_s({}), life_s({"anchor": "created_at"}), life_s({"seconds": 10})] == [600, 600, 600, 10]


def test_null_is_as_absent() -> None:
    assert CLIENT_SECRET({"session": None, "expires_after": None}, "") == {"session": None, "expires_after": None}


def test_plain_sessions_ignore_what_nobody_knows_and_check_the_rest() -> None:
    assert PLAIN_SESSION({"name": "Ann", "theme": "dark"}, "") == {"name": "Ann"}
    with pytest.raises(ClientError) as refused:
        PLAIN_SESSION({"metadata": {"a": 1}}, "")
    assert refused.value.param == "metadata"


def test_the_preview_is_translated_with_its_own_name_for_the_life_of_a_key() -> None:
    body = {"voice": "ash", "client_secret": {"expires_at": {"seconds": 30}, "unknown": 1}}
    request = preview_request(body, "realtime")
    assert request.session == {"type": "realtime", "audio": {"output": {"voice": "ash"}}}
    assert request.life_s == 30
    assert preview_request({"client_secret": {"expires_after": {"seconds": 40}}}, "transcription").life_s == 40


@pytest.mark.parametrize(
    ("body", "session"),
    [
        ({"voice": "default", "model": "default"}, {}),
        ({"turn_detection": True}, {}),
        ({"turn_detection": False}, {"audio": {"input": {"turn_detection": None}}}),
        ({"language": "de"}, {"audio": {"input": {"transcription": {"language": "de"}}}}),
        (
            {"language": "de", "input_audio_transcription": {"model": "m", "language": "fr"}},
            {"audio": {"input": {"transcription": {"model": "m", "language": "fr"}}}},
        ),
    ],
)
def test_plain_forms(body: dict[str, object], session: dict[str, object]) -> None:
    assert preview_request(body, "realtime").session == {"type": "realtime", **session}


def test_errors_are_told_in_the_words_of_the_flat_body() -> None:
    path = "session.audio.input.turn_detection.threshold"
    error = in_preview_words(ClientError(f"Invalid '{path}'.", code="c", param=path, status=400))
    assert (error.param, error.message) == ("turn_detection.threshold", "Invalid 'turn_detection.threshold'.")
    other = in_preview_words(ClientError("No.", status=503))
    assert (other.param, other.message, other.status) == (None, "No.", 503)


def test_tools_of_the_chat_api_are_unfolded() -> None:
    flat = {"type": "function", "name": "lamp"}
    assert flat_tools([{"type": "function", "function": {"name": "lamp"}}, flat, 5]) == [flat, flat, 5]
    assert flat_tools("x") == "x"
