"""The HTTP routes: health, readiness, metrics and models; every error in OpenAI's shape (protocol.md 2.2).

Further routes come as routers: `http_app(..., routers=[...])`. The page at `/` comes from web.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ovos_voice_agent import __version__
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import Catalogue
from ovos_voice_agent.transports.auth import Keys
from ovos_voice_agent.transports.front import unknown_url
from ovos_voice_agent.transports.handshake import Handshake
from ovos_voice_agent.transports.lifecycle import Lifecycle
from ovos_voice_agent.transports.origins import Origins
from ovos_voice_agent.transports.refusal import Refusal
from ovos_voice_agent.transports.web import page_routes

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MODELS_CREATED = 1_756_271_701
"""Unix seconds. Clients only want a number: a configured name has no birthday."""


def http_app(
    lifecycle: Lifecycle,
    keys: Keys,
    origins: Origins,
    catalogue: Callable[[], Catalogue],
    render_metrics: Callable[[], bytes],
    routers: Sequence[APIRouter] = (),
) -> FastAPI:
    """The application. `catalogue` raises ClientError while there is none; `render_metrics` gives Prometheus' text."""
    app = FastAPI(title="ovos-voice-agent", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    _add_error_handlers(app)
    guard = [Depends(_guard(keys, origins))]
    app.include_router(_state_routes(lifecycle))
    app.include_router(page_routes())
    app.include_router(_metrics_routes(render_metrics), dependencies=guard)
    app.include_router(_model_routes(catalogue), dependencies=guard)
    for router in routers:
        app.include_router(router, dependencies=guard)
    return app


def _guard(keys: Keys, origins: Origins) -> Callable[[Request], None]:
    """Lets a request pass that has a key, and whose page may connect."""

    def check(request: Request) -> None:
        handshake = Handshake.from_scope(request.scope)
        origins.check(handshake)
        request.state.credential = keys.authenticate(handshake.headers, handshake.query)

    return check


# -------------------------------------------------------------------------------------------------------------- routes


def _state_routes(lifecycle: Lifecycle) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def health() -> dict[str, Any]:
        """The process lives, in whatever state."""
        return {"state": lifecycle.state, "version": __version__, "uptime_s": round(lifecycle.uptime_s, 3)}

    @router.get("/ready")
    async def ready() -> dict[str, Any]:
        """200 only when every engine is loaded and warm and the server is not shutting down."""
        lifecycle.check()
        return {"state": lifecycle.state}

    return router


def _metrics_routes(render: Callable[[], bytes]) -> APIRouter:
    router = APIRouter()

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(render(), media_type=METRICS_TYPE)

    return router


def _model_routes(catalogue: Callable[[], Catalogue]) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get("/models")
    async def models() -> dict[str, Any]:
        names = {*catalogue().models, *catalogue().transcription_models}
        return {"object": "list", "data": [_model(name) for name in sorted(names)]}

    @router.get("/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        if name not in catalogue().models and name not in catalogue().transcription_models:
            message = f"The model '{name}' does not exist"
            raise ClientError(message, code="model_not_found", param="model", status=404)
        return _model(name)

    @router.get("/realtime")
    async def realtime() -> None:
        """A client, or a proxy before us, that did not ask for the upgrade."""
        message = "This address is a WebSocket; the request did not ask for the upgrade (a proxy may have dropped it)."
        raise ClientError(message, code="invalid_value", param="upgrade")

    return router


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": MODELS_CREATED, "owned_by": "ovos-voice-agent"}


# -------------------------------------------------------------------------------------------------------------- errors


def _add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(ClientError)
    async def client_error(_: Request, error: ClientError) -> Response:
        return _answer(error)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        return _answer(_in_our_words(request, error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        return _answer(_first_problem(error))


def _answer(error: ClientError) -> Response:
    refusal = Refusal.of(error)
    return Response(refusal.body, status_code=refusal.status, headers=refusal.headers)


def _in_our_words(request: Request, error: HTTPException) -> ClientError:
    if error.status_code == 404:
        return unknown_url(request.method, request.url.path)
    if error.status_code == 405:
        message = f"Not allowed to {request.method} on {request.url.path}."
        return ClientError(message, code="method_not_supported", status=405)
    return ClientError(str(error.detail), status=error.status_code)


def _first_problem(error: RequestValidationError) -> ClientError:
    problem = error.errors()[0]
    path = ".".join(str(step) for step in problem["loc"] if step not in ("body", "query", "path"))
    if problem["type"] == "missing":
        return ClientError(f"Missing required parameter: '{path}'.", code="missing_required_parameter", param=path)
    if problem["type"] == "json_invalid":
        return ClientError("The body could not be parsed as JSON.", code="invalid_json")
    return ClientError(f"Invalid value for '{path}': {problem['msg']}.", code="invalid_value", param=path or None)
