"""Sessions over HTTP: keys that open them, and sessions shown, changed and ended."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.transports.sessions_http import ENDED
from tests.transports.desk import Office, PlainLive, entry
from tests.transports.plain import Gates

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "client_secret.json").read_text())
SECRETS = "/v1/realtime/client_secrets"
SESSIONS = "/v1/realtime/sessions"
TRANSCRIPTION = "/v1/realtime/transcription_sessions"


def keys_of(value: Any, path: str = "") -> set[str]:
    if not isinstance(value, dict):
        return {path}
    return {path} | {found for key, inner in value.items() for found in keys_of(inner, f"{path}.{key}")}


# -------------------------------------------------------------------------------------------------------------- making


def test_the_recorded_exchange_of_the_hosted_service() -> None:
    answer = Office().post(SECRETS, RECORDED["request"])
    expected = RECORDED["response"]
    assert keys_of(answer) == keys_of(expected)
    assert answer["value"].startswith("ek_")
    assert answer["expires_at"] == 1_000_060
    differs = {"id": answer["session"]["id"]}
    theirs = {**expected["session"], **differs}
    theirs["audio"]["input"]["turn_detection"]["silence_duration_ms"] = 500  # theirs by model, ours by configuration
    assert answer["session"] == theirs


@pytest.mark.parametrize("body", [b"", b"{}", b'{"session": null}', b'{"session": {}, "expires_after": null}'])
def test_all_is_optional(body: bytes) -> None:
    answer = Office().client.post(SECRETS, content=body).json()
    assert answer["expires_at"] == 1_000_600
    session = answer["session"]
    assert (session["type"], session["model"], session["audio"]["output"]["voice"]) == ("realtime", "mine", "amy")
    assert session["expires_at"] == 0


def test_a_transcription_session_can_be_prepared() -> None:
    session = Office().post(SECRETS, {"session": {"type": "transcription"}})["session"]
    assert (session["type"], session["object"]) == ("transcription", "realtime.transcription_session")
    assert session["audio"]["input"]["transcription"]["model"] == "whisper-1"
    assert "model" not in session


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        ({"sessions": {}}, 400, "unknown_parameter", "sessions"),
        ({"session": []}, 400, "invalid_type", "session"),
        ({"session": {"voice": "amy"}}, 400, "unknown_parameter", "session.voice"),
        ({"session": {"type": "live"}}, 400, "invalid_value", "session.type"),
        ({"session": {"model": "gpt-9"}}, 404, "model_not_found", "session.model"),
        (
            {"session": {"audio": {"input": {"transcription": {"model": "x"}}}}},
            400,
            "model_not_found",
            "session.audio.input.transcription.model",
        ),
        ({"session": {"audio": {"output": {"voice": "x"}}}}, 400, "invalid_value", "session.audio.output.voice"),
        ({"session": {"tools": [{}] * 2}}, 400, "missing_required_parameter", "session.tools[0].name"),
        ({"expires_after": {"seconds": 9}}, 400, "integer_below_min_value", "expires_after.seconds"),
        ({"expires_after": {"seconds": 7201}}, 400, "integer_above_max_value", "expires_after.seconds"),
        ({"expires_after": {"anchor": "now"}}, 400, "invalid_value", "expires_after.anchor"),
        ([], 400, "invalid_type", "body"),
    ],
)
def test_what_is_wrong_is_named(body: Any, status: int, code: str, param: str) -> None:
    assert Office().refused("POST", SECRETS, body) == (status, code, param)


def test_bodies_that_are_no_json_are_refused() -> None:
    post = Office().client.post
    assert post(SECRETS, content=b"{").json()["error"]["code"] == "invalid_json"
    assert (
        post(SECRETS, content=b"a=b", headers={"content-type": "application/x-www-form-urlencoded"}).status_code == 415
    )
    assert post(SECRETS, content=b" " * (5 * 1024 * 1024)).status_code == 413
    assert post(SECRETS, content=b"{}", headers={"content-type": "application/json; charset=utf-8"}).status_code == 200


def test_the_previews_form() -> None:
    answer = Office().post(
        SESSIONS,
        {
            "model": "gpt-realtime",
            "voice": "marin",
            "modalities": ["text", "audio"],
            "instructions": "Be brief.",
            "unknown": 1,
            "client_secret": {"expires_after": {"anchor": "created_at", "seconds": 30}},
        },
    )
    assert answer["client_secret"] == {"value": answer["value"], "expires_at": 1_000_030}
    assert (answer["object"], answer["model"], answer["voice"]) == ("realtime.session", "gpt-realtime", "marin")
    assert (answer["modalities"], answer["temperature"], answer["expires_at"]) == (["audio", "text"], 0.8, 0)
    assert answer["input_audio_format"] == "pcm16"
    assert answer["turn_detection"]["silence_duration_ms"] == 200
    assert "audio" not in answer


def test_typed_clients_of_the_preview_see_a_voice_that_they_know() -> None:
    assert Office().post(SESSIONS, {})["voice"] == "alloy"
    assert Office().post(SESSIONS, {"voice": "amy"})["voice"] == "amy"


def test_plain_forms_of_the_preview() -> None:
    answer = Office().post(
        SESSIONS, {"turn_detection": False, "language": "de", "voice": "default", "model": "default"}
    )
    assert answer["turn_detection"] is None
    assert answer["input_audio_transcription"] == {"model": "whisper-1", "language": "de", "prompt": None}
    assert answer["model"] == "mine"
    assert Office().post(SESSIONS, {"turn_detection": True})["turn_detection"]["type"] == "server_vad"


def test_transcription_sessions_of_the_preview() -> None:
    secret = {"expires_at": {"anchor": "created_at", "seconds": 45}}
    asked = {"input_audio_transcription": {"model": "whisper-1"}, "client_secret": secret, "modalities": ["text"]}
    answer = Office().post(TRANSCRIPTION, asked)
    assert answer["object"] == "realtime.transcription_session"
    assert answer["input_audio_transcription"] == {"model": "whisper-1", "language": None, "prompt": None}
    assert answer["client_secret"]["expires_at"] == 1_000_045
    assert set(answer["turn_detection"]) == {"type", "threshold", "prefix_padding_ms", "silence_duration_ms"}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"voice": "x"}, "voice"),
        ({"turn_detection": {"threshold": 3}}, "turn_detection.threshold"),
        ({"input_audio_format": "mp3"}, "input_audio_format"),
        ({"client_secret": {"expires_after": {"seconds": 1}}}, "client_secret.expires_after.seconds"),
        ({"language": 5}, "language"),
    ],
)
def test_errors_of_the_preview_are_in_its_words(body: Any, param: str) -> None:
    status, _, found = Office().refused("POST", SESSIONS, body)
    assert (status, found) == (400, param)


def test_a_session_in_a_few_words() -> None:
    tool = {"type": "function", "function": {"name": "lamp", "description": "Light.", "parameters": {"type": "object"}}}
    body = {"name": "Ann", "instructions": "Be Ann.", "model": "mine", "tools": [tool], "metadata": {"a": "b"}, "x": 1}
    office = Office()
    answer = office.post("/api/session", body)
    assert answer["url"] == "ws://127.0.0.1:8000/v1/realtime"
    assert (answer["name"], answer["metadata"]) == ("Ann", {"a": "b"})
    assert answer["client_secret"]["value"].startswith("ek_")
    assert answer["session"]["instructions"] == "Be Ann."
    assert answer["session"]["tools"][0]["name"] == "lamp"
    known = office.client.get(f"{SESSIONS}/{answer['id']}").json()
    assert (known["name"], known["metadata"], known["session"]) == ("Ann", {"a": "b"}, answer["session"])


# ------------------------------------------------------------------------------------------------------------- showing


def test_a_prepared_session_is_shown_until_it_is_forgotten() -> None:
    office = Office()
    made = office.post(SECRETS, {"session": {"instructions": "Be brief."}})
    path = f"{SESSIONS}/{made['session']['id']}"
    shown = office.client.get(path).json()
    assert (shown["state"], shown["key_expires_at"], shown["session"]) == ("prepared", 1_000_600, made["session"])
    assert "ek_" not in office.client.get(path).text
    office.gates.now += 600
    assert office.client.get(path).json()["state"] == "expired"
    assert office.refused("GET", f"{SESSIONS}/sess_nope") == (404, "session_not_found", "session_id")


def test_a_live_session_is_shown_as_it_is_now() -> None:
    office = Office()
    enter(office, "sess_live")
    office.here["sess_live"] = PlainLive("sess_live")
    shown = office.client.get(f"{SESSIONS}/sess_live").json()
    assert (shown["state"], shown["dialect"], shown["started_at"]) == ("live", "ga", 1_000_000)
    assert shown["session"]["id"] == "sess_live"
    assert shown["key_expires_at"] is None


def enter(office: Office, session_id: str, **more: Any) -> None:
    async def note() -> None:
        await office.gates.store.enter(entry(session_id, **more), per_owner=0, in_all=0, lease_s=60)

    asyncio.run(note())


def test_the_operator_sees_all_and_others_what_is_theirs() -> None:
    admin = Office("sk-one")
    mine = admin.post(SECRETS)["session"]["id"]
    enter(admin, "sess_kitchen", owner="kitchen")
    enter(admin, "sess_car", owner="car")
    listed = {found["id"]: found["state"] for found in admin.client.get(SESSIONS).json()["data"]}
    assert listed == {mine: "prepared", "sess_kitchen": "live", "sess_car": "live"}
    assert admin.client.get(SESSIONS).json()["server"] == {"sessions": 2}


def answered_orders(office: Office, worker: str) -> list[tuple[str, bytes]]:
    """The orders of another process, which tells how its sessions go."""

    async def obey() -> list[tuple[str, bytes]]:
        orders = await office.gates.store.renew(worker, 60)
        for session_id, _ in orders:
            await office.gates.store.tell(session_id, b'{"turns": 5}')
        return list(orders)

    return asyncio.run(obey())


def test_a_live_session_says_who_it_is_with_and_how_it_goes() -> None:
    office = Office()
    enter(office, "sess_here", address="10.0.0.7", agent="a browser", started_at=office.gates.now - 75)
    enter(office, "sess_elsewhere", worker="there")
    office.here["sess_here"] = PlainLive("sess_here")
    listed = {found["id"]: found["live"] for found in office.client.get(SESSIONS).json()["data"]}
    own = {"kind": "realtime", "model": "mine", "worker": "here", "duration_s": 75.0}
    client = {"address": "10.0.0.7", "agent": "a browser"}
    assert listed["sess_here"] == own | {"client": client} | PlainLive("sess_here").report()
    assert listed["sess_elsewhere"]["worker"] == "there"
    assert "turns" not in listed["sess_elsewhere"], "another process knows"
    assert answered_orders(office, "there") == [("sess_elsewhere", b'{"report":true}')]
    listed = {found["id"]: found["live"] for found in office.client.get(SESSIONS).json()["data"]}
    assert listed["sess_elsewhere"]["turns"] == 5
    prepared = office.post(SECRETS)["session"]["id"]
    assert office.client.get(f"{SESSIONS}/{prepared}").json()["live"] is None


def test_what_belongs_to_another_key_is_not_there() -> None:
    office = Office("sk-one", Gates("sk-one", scopes=["realtime"]))
    enter(office, "sess_kitchen", owner="kitchen")
    enter(office, "sess_car", owner="car")
    listed = office.client.get(SESSIONS).json()
    assert [found["id"] for found in listed["data"]] == ["sess_kitchen"]
    assert "server" not in listed
    for method in ("GET", "PATCH", "DELETE"):
        assert office.refused(method, f"{SESSIONS}/sess_car", {})[0] == 404


def test_a_key_needs_the_scope() -> None:
    office = Office("sk-one", Gates("sk-one", scopes=["audio"]))
    assert office.refused("POST", SECRETS, {}) == (403, "permission_denied", None)


def test_a_short_lived_key_sees_its_own_session_and_does_nothing_more() -> None:
    office = Office("sk-one")
    own, other = office.post(SECRETS), office.post(SECRETS)
    office.client.headers["Authorization"] = f"Bearer {own['value']}"
    path = f"{SESSIONS}/{own['session']['id']}"
    assert office.client.get(path).json()["state"] == "prepared"
    assert office.refused("GET", f"{SESSIONS}/{other['session']['id']}")[0] == 404
    assert office.refused("PATCH", path, {})[0] == 403
    assert office.refused("DELETE", path)[0] == 403
    assert office.refused("GET", SESSIONS)[0] == 403
    assert office.refused("POST", SECRETS, {})[0] == 403
    assert office.refused("GET", "/v1/models")[0] == 403


# ---------------------------------------------------------------------------------------------------- changing, ending


def test_what_a_key_opens_can_be_changed() -> None:
    office = Office()
    session_id = office.post(SECRETS, {"session": {"instructions": "Be brief."}})["session"]["id"]
    change = {"session": {"instructions": "Be long."}, "name": "Ann", "metadata": {"a": "b"}}
    changed = office.client.patch(f"{SESSIONS}/{session_id}", json=change).json()
    assert (changed["name"], changed["metadata"]) == ("Ann", {"a": "b"})
    assert changed["session"]["instructions"] == "Be long."
    assert office.client.patch(f"{SESSIONS}/{session_id}", json={}).json() == changed


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"session": {"type": "transcription"}}, None),
        ({"session": {"model": "gpt-realtime"}}, "session.model"),
        ({"session": {"nope": 1}}, "session.nope"),
        ({"nope": 1}, "nope"),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(change: Any, param: str | None) -> None:
    office = Office()
    session_id = office.post(SECRETS)["session"]["id"]
    before = office.client.get(f"{SESSIONS}/{session_id}").json()
    status, _, found = office.refused("PATCH", f"{SESSIONS}/{session_id}", {"name": "Ann", **change})
    assert (status, found) == (400, param)
    assert office.client.get(f"{SESSIONS}/{session_id}").json() == before


def test_a_live_session_is_told_of_a_change_or_refuses_it() -> None:
    office = Office()
    enter(office, "sess_live")
    live = office.here["sess_live"] = PlainLive("sess_live")
    path = f"{SESSIONS}/sess_live"
    assert office.client.patch(path, json={"session": {"instructions": "x"}}).json()["session"]["updates"] == 1
    assert live.updates == [{"type": "realtime", "instructions": "x"}]
    voice = {"session": {"audio": {"output": {"voice": "marin"}}}}
    assert office.refused("PATCH", path, voice) == (400, "cannot_update_voice", None)
    assert len(live.updates) == 1


def test_ending_a_session_revokes_its_key_and_closes_what_it_opened() -> None:
    office = Office("sk-one")
    made = office.post(SECRETS)
    session_id = made["session"]["id"]
    for name, prepared_id in ((session_id, session_id), ("sess_second", session_id), ("sess_other", None)):
        enter(office, name, owner="kitchen", prepared_id=prepared_id)
        office.here[name] = PlainLive(name)
    ended = office.client.delete(f"{SESSIONS}/{session_id}").json()
    assert (ended["id"], ended["deleted"]) == (session_id, True)
    assert {name: live.ended for name, live in office.here.items()} == {
        session_id: [ENDED],
        "sess_second": [ENDED],
        "sess_other": [],
    }
    office.client.headers["Authorization"] = f"Bearer {made['value']}"
    assert office.refused("GET", f"{SESSIONS}/{session_id}") == (401, "invalid_api_key", None)


def test_sessions_of_other_processes_get_orders() -> None:
    office = Office()
    enter(office, "sess_far", worker="there")
    path = f"{SESSIONS}/sess_far"
    assert office.client.patch(path, json={"session": {"instructions": "x"}}).json()["session"] is None
    assert office.client.delete(path).json()["deleted"]

    async def orders() -> list[Any]:
        return [json.loads(order) for _, order in await office.gates.store.renew("there", 60)]

    assert asyncio.run(orders()) == [{"update": {"type": "realtime", "instructions": "x"}}, {"end": ENDED}]
