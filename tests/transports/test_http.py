"""The HTTP routes, and that every error has OpenAI's shape."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from ovos_voice_agent import __version__
from ovos_voice_agent.personas.catalogue import Catalogue, Names
from ovos_voice_agent.transports.cors import Pages
from ovos_voice_agent.transports.front import Front
from ovos_voice_agent.transports.http import http_app
from ovos_voice_agent.transports.lifecycle import Lifecycle
from tests.transports.plain import Gates, counted_ids

CATALOGUE = Catalogue(
    models=Names({"gpt-realtime": "", "org/model:7b": "m"}, dated=["gpt-realtime"]),
    transcription_models=Names({"whisper-1": ""}),
    voices=Names({"v": "v"}),
    default_model="mine",
    default_transcription_model="sphinx",
    default_voice="v",
)


async def three_sessions() -> bytes:
    return b"sessions 3\n"


class House:
    def __init__(self, key: str | None = None, loading: tuple[str, ...] = (), *routers: APIRouter) -> None:
        self.lifecycle = Lifecycle(lambda: 0.0, loading)
        gates = Gates(key)
        app = http_app(self.lifecycle, gates.guard, lambda: CATALOGUE, three_sessions, routers)
        front = Front({}, Pages(gates.origins, app), counted_ids())
        self.client = TestClient(front, base_url="http://127.0.0.1:8000")


def error_of(response: Any) -> tuple[int, str | None]:
    """Status and code; the body must have OpenAI's shape."""
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    assert isinstance(error["type"], str)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"].startswith("req_")
    return response.status_code, error["code"]


def test_health_is_always_well_while_it_lives() -> None:
    house = House(key="sk", loading=("tts",))
    answer = house.client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"state": "starting", "version": __version__, "uptime_s": 0.0}
    house.lifecycle.drain()
    assert house.client.get("/health").json()["state"] == "draining"


def test_ready_means_that_everything_is_loaded_and_nothing_is_ending() -> None:
    house = House(key="sk", loading=("tts",))
    answer = house.client.get("/ready")
    assert error_of(answer) == (503, "model_loading")
    assert int(answer.headers["retry-after"]) > 0
    house.lifecycle.loaded("tts")
    assert house.client.get("/ready").json() == {"state": "ready"}
    house.lifecycle.drain()
    assert error_of(house.client.get("/ready")) == (503, "service_unavailable")


def test_metrics_are_text_for_prometheus() -> None:
    answer = House().client.get("/metrics")
    assert answer.text == "sessions 3\n"
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_models_have_openais_shape() -> None:
    listed = House().client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["gpt-realtime", "org/model:7b", "whisper-1"]
    assert set(listed["data"][0]) == {"id", "object", "created", "owned_by"}


@pytest.mark.parametrize("name", ["whisper-1", "org/model:7b", "gpt-realtime-2025-08-28"])
def test_a_model_by_its_name(name: str) -> None:
    assert House().client.get(f"/v1/models/{name}").json()["id"] == name


def test_a_model_that_does_not_exist() -> None:
    answer = House().client.get("/v1/models/x/y")
    assert error_of(answer) == (404, "model_not_found")
    assert answer.json()["error"]["message"] == "The model 'x/y' does not exist"


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/whisper-1", "/metrics", "/v1/realtime"])
def test_with_keys_only_their_owners_see_anything(path: str) -> None:
    client = House(key="sk-one").client
    assert error_of(client.get(path)) == (401, None)
    assert error_of(client.get(path, headers={"authorization": "Bearer no"})) == (401, "invalid_api_key")
    assert client.get(path, headers={"authorization": "Bearer sk-one"}).status_code in (200, 400)
    assert client.get("/health").status_code == client.get("/").status_code == 200


def test_without_keys_a_foreign_page_sees_nothing() -> None:
    answer = House().client.get("/v1/models", headers={"origin": "https://evil.example"})
    assert error_of(answer) == (403, "permission_denied")


def test_a_socket_that_forgot_the_upgrade_is_told() -> None:
    answer = House().client.get("/v1/realtime?model=gpt-realtime")
    assert error_of(answer) == (400, "invalid_value")
    assert "upgrade" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/nowhere", "/docs/nothing", "/redoc"])
def test_an_unknown_address(path: str) -> None:
    assert error_of(House().client.get(path)) == (404, "unknown_url")


def test_a_wrong_method() -> None:
    assert error_of(House().client.post("/v1/models")) == (405, "method_not_supported")


def test_wrong_bodies_are_a_400_that_names_the_parameter() -> None:
    router = APIRouter()

    @router.post("/v1/echo")
    async def echo(body: dict[str, int]) -> dict[str, int]:
        return body

    @router.get("/v1/count")
    async def count(number: int) -> int:
        return number

    client = House(None, (), router).client
    wrong = client.post("/v1/echo", json={"a": "b"})
    assert error_of(wrong) == (400, "invalid_value")
    assert wrong.json()["error"]["param"] == "a"
    assert error_of(client.post("/v1/echo", content="{", headers={"content-type": "application/json"})) == (
        400,
        "invalid_json",
    )
    assert error_of(client.get("/v1/count")) == (400, "missing_required_parameter")


def test_the_page_asks_no_other_host_for_anything() -> None:
    page = House().client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "//" not in page.text.replace("</", "")
    assert "default-src 'none'" in page.headers["content-security-policy"]
