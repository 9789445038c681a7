"""The OpenAPI document tells of every error, and of nothing that does not happen."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request

from ovos_voice_agent.transports.openapi import describe

BODY = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = FastAPI(title="t", version="1")
    router = APIRouter()

    @router.get("/health")
    async def health() -> str:
        return ""

    @router.post("/v1/things", openapi_extra=BODY)
    async def make(request: Request) -> str:
        return ""

    @router.get("/v1/things/{name}")
    async def thing(name: str) -> str:
        return name

    app.include_router(router)
    return describe(app)


def test_every_operation_lists_its_errors_in_their_one_shape(document: dict[str, Any]) -> None:
    responses = {path: next(iter(found.values()))["responses"] for path, found in document["paths"].items()}
    assert list(responses["/health"]) == ["200", "403", "500"]
    assert list(responses["/v1/things"]) == ["200", "400", "401", "403", "404", "413", "415", "429", "500", "503"]
    assert list(responses["/v1/things/{name}"]) == ["200", "400", "401", "403", "404", "429", "500", "503"]
    schema = responses["/v1/things"]["400"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Error"}
    assert "error" in document["components"]["schemas"]["Error"]["properties"]


def test_what_fastapi_supposes_is_left_out(document: dict[str, Any]) -> None:
    assert set(document["components"]["schemas"]) == {"Error"}


def test_a_key_is_possible_and_not_always_needed(document: dict[str, Any]) -> None:
    assert "security" not in document["paths"]["/health"]["get"]
    assert document["paths"]["/v1/things"]["post"]["security"] == [{}, {"key": []}]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
