"""Keys before the routes: who passes, what is counted, and what answers tell of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.testclient import TestClient

from ovos_voice_agent.stores.interface import PreparedSession, Rate
from ovos_voice_agent.transports.front import Front
from ovos_voice_agent.transports.guard import credential_of, needs
from ovos_voice_agent.transports.http import _add_error_handlers
from ovos_voice_agent.transports.limits import Quota
from tests.transports.plain import Gates, counted_ids


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/who")
    async def who(request: Request) -> str:
        return credential_of(request).name

    @router.get("/chat", dependencies=[needs("chat")])
    async def chat() -> str:
        return "hello"

    @router.post("/mint")
    async def mint(request: Request) -> str:
        now = request.state.limiter._clock()
        prepared = PreparedSession(id="s", owner="kitchen", settings=b"{}", created_at=now, expires_at=now + 60)
        secret: str = await request.app.state.gates.secrets.mint(prepared)
        return secret

    return router


def client(gates: Gates) -> TestClient:
    app = FastAPI()
    app.state.gates = gates
    _add_error_handlers(app)
    app.include_router(routes(), dependencies=[Depends(gates.guard)])
    app.include_router(routes(), prefix="/sessions", dependencies=[Depends(gates.guard.admit)])
    return TestClient(Front({}, app, counted_ids()))


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def code_of(answer: Any) -> tuple[int, str | None]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_key_passes_and_its_owner_is_known() -> None:
    kitchen = client(Gates("sk-one"))
    assert kitchen.get("/who", headers=bearer("sk-one")).json() == "kitchen"
    assert code_of(kitchen.get("/who")) == (401, None)
    assert code_of(kitchen.get("/who", headers=bearer("sk-two"))) == (401, "invalid_api_key")


def test_a_key_needs_the_scope_of_the_route() -> None:
    assert client(Gates("sk-one")).get("/chat", headers=bearer("sk-one")).status_code == 200
    limited = client(Gates("sk-one", scopes=["realtime"]))
    assert code_of(limited.get("/chat", headers=bearer("sk-one"))) == (403, "permission_denied")


def test_short_lived_keys_come_to_the_routes_of_sessions_alone() -> None:
    kitchen = client(Gates("sk-one"))
    secret = kitchen.post("/mint", headers=bearer("sk-one")).json()
    assert code_of(kitchen.get("/who", headers=bearer(secret))) == (403, "permission_denied")
    assert kitchen.get("/sessions/who", headers=bearer(secret)).json() == "kitchen"
    assert code_of(kitchen.get("/sessions/chat", headers=bearer(secret))) == (403, "permission_denied")


def test_every_answer_tells_what_is_left_and_the_next_is_refused_with_a_time_to_come_back() -> None:
    quota = Quota(requests=Rate("requests", 2, "minute"), tokens=Rate("tokens", 1000, "minute"))
    kitchen = client(Gates(quota=quota))
    first, _, third = (kitchen.get(path) for path in ("/who", "/nowhere", "/chat"))
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert first.headers["x-ratelimit-remaining-tokens"] == "1000"
    assert third.status_code == 200
    refused = kitchen.get("/who")
    assert code_of(refused) == (429, "rate_limit_exceeded")
    assert refused.json()["error"]["type"] == "requests"
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-reset-requests"]) == ("60", "1m0s")


def test_a_route_is_closed_to_a_key_that_has_nothing_left_of_what_it_takes() -> None:
    gates = Gates(quota=Quota(tokens=Rate("tokens", 0, "day")))
    kitchen = client(gates)
    refused = kitchen.get("/chat")
    assert code_of(refused) == (429, "rate_limit_exceeded")
    assert refused.json()["error"]["type"] == "tokens"
    assert kitchen.get("/who").status_code == 200
