"""The page's files: types, policy, caching, and what is not given away."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from starlette.testclient import TestClient

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.auth import Credential
from ovos_voice_agent.transports.handshake import Handshake
from ovos_voice_agent.transports.opening import Opening
from ovos_voice_agent.transports.outbox import Outbox
from ovos_voice_agent.transports.web import POLICY, TYPES, choice_routes, page_routes, reason_routes

CHOICES = {"models": ["fast", "good"], "recording": True}


async def guard(request: Request) -> None:
    if request.headers.get("authorization") != "Bearer sk-page":
        raise ClientError("Who are you?", status=401)


class Session:
    """One that is opened only to see whether it can be."""

    closed = 0

    def post(self, input: Any) -> None:
        raise AssertionError(input)

    def hold(self, append: Any) -> bool:
        raise AssertionError(append)

    async def caught_up(self) -> None:
        raise AssertionError

    async def ready_for_more(self) -> None:
        raise AssertionError

    async def close(self) -> None:
        Session.closed += 1


async def admit(handshake: Handshake) -> Opening:
    if handshake.headers.get("authorization") != "Bearer sk-page":
        raise ClientError("Who are you?", code="invalid_api_key", status=401)
    return Opening("realtime", handshake.query.get("model", ""), "ga", Credential())


async def open_session(opening: Opening, _: Outbox) -> Any:
    if opening.model == "busy":
        raise ClientError("Full.", code="rate_limit_exceeded", status=429)
    return Session()


@pytest.fixture(name="client", scope="module")
def a_client() -> TestClient:
    app = FastAPI()
    app.include_router(choice_routes(guard, lambda: CHOICES))
    app.include_router(reason_routes(admit, open_session))
    app.include_router(page_routes())

    @app.exception_handler(ClientError)
    async def refused(_: Request, error: ClientError) -> Response:
        return Response(status_code=error.status)

    return TestClient(app)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/admin", "text/html; charset=utf-8"),
        ("/web/app.js", "text/javascript; charset=utf-8"),
        ("/web/player-worklet.js", "text/javascript; charset=utf-8"),
        ("/web/style.css", "text/css; charset=utf-8"),
        ("/web/icon.svg", "image/svg+xml"),
    ],
)
def test_each_file_comes_with_its_type_and_the_policy(client: TestClient, path: str, media_type: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_other_host_is_in_the_policy() -> None:
    assert set(re.findall(r"'(?:self|none)'|data:|blob:", POLICY)) == {"'self'", "'none'", "data:", "blob:"}
    assert "://" not in POLICY
    assert "*" not in POLICY
    assert "unsafe" not in POLICY


def test_an_unchanged_file_is_not_sent_twice(client: TestClient) -> None:
    first = client.get("/web/app.js")
    second = client.get("/web/app.js", headers={"if-none-match": first.headers["etag"]})
    assert (second.status_code, second.content) == (304, b"")
    other = client.get("/web/app.js", headers={"if-none-match": '"older"'})
    assert other.content == first.content


@pytest.mark.parametrize("name", ["types.d.ts", "nothing.js", "..%2f__init__.py", "%2e%2e%2ferrors.py"])
def test_what_is_not_the_page_is_not_there(client: TestClient, name: str) -> None:
    assert client.get(f"/web/{name}").status_code == 404


def test_the_page_learns_what_the_server_offers(client: TestClient) -> None:
    answer = client.get("/web/config.json", headers={"authorization": "Bearer sk-page"})
    assert answer.json() == CHOICES


def test_who_may_not_know_is_told_so_without_an_error_in_the_browser(client: TestClient) -> None:
    answer = client.get("/web/config.json")
    assert (answer.status_code, answer.json()) == (200, {"refused": 401})


@pytest.mark.parametrize(
    ("query", "key", "refusal"),
    [
        ("", "sk-nobody", {"status": 401, "code": "invalid_api_key", "message": "Who are you?"}),
        ("?model=busy", "sk-page", {"status": 429, "code": "rate_limit_exceeded", "message": "Full."}),
    ],
)
def test_the_page_learns_why_no_session_was_opened(client: TestClient, query: str, key: str, refusal: object) -> None:
    answer = client.get(f"/web/why.json{query}", headers={"authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()) == (200, refusal)


def test_a_session_that_can_be_opened_after_all_is_given_up_at_once(client: TestClient) -> None:
    before = Session.closed
    assert client.get("/web/why.json", headers={"authorization": "Bearer sk-page"}).json() == {"status": 200}
    assert Session.closed == before + 1


def test_every_file_that_the_page_names_is_served(client: TestClient) -> None:
    folder = resources.files("ovos_voice_agent") / "web"
    served = [entry for entry in folder.iterdir() if "." + entry.name.rpartition(".")[2] in TYPES]
    named = set()
    for entry in served:
        text = entry.read_text(encoding="utf-8")
        named |= set(re.findall(r'(?:from "\./|(?:href|src)="web/)([\w.-]+)"', text))
    assert {"app.js", "style.css", "player.js"} <= named
    assert named <= {entry.name for entry in served}
