"""The HTTP routes: health, readiness, metrics and models; every error in OpenAI's shape (protocol.md 2.2).

Further routes come as routers: `http_app(..., routers=[...])`. The page at `/` comes from web.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ovos_voice_agent import __version__
from ovos_voice_agent.errors import ClientError, TransportClosed
from ovos_voice_agent.personas.catalogue import Catalogue
from ovos_voice_agent.transports.docs_http import docs_routes
from ovos_voice_agent.transports.front import unknown_url
from ovos_voice_agent.transports.guard import Guard
from ovos_voice_agent.transports.lifecycle import Lifecycle
from ovos_voice_agent.transports.refusal import Refusal
from ovos_voice_agent.transports.web import page_routes

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
HUNG_UP = 499
"""What proxies write down for a client that did not wait."""
MODELS_CREATED = 1_756_271_701
"""Unix seconds. Clients only want a number: a configured name has no birthday."""


def http_app(
    lifecycle: Lifecycle,
    guard: Guard,
    catalogue: Callable[[], Catalogue],
    render_metrics: Callable[[], Awaitable[bytes]],
    routers: Sequence[APIRouter] = (),
    session_routers: Sequence[APIRouter] = (),
    open_routers: Sequence[APIRouter] = (),
) -> FastAPI:
    """The application. `catalogue` raises ClientError while there is none; `render_metrics` gives Prometheus' text.

    All routers are for those who have a key; those of `session_routers` also see short-lived keys, and judge them;
    `open_routers` are for everybody.
    """
    app = FastAPI(title="ovos-voice-agent", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    _add_error_handlers(app)
    app.include_router(_state_routes(lifecycle))
    for router in (_metrics_routes(render_metrics), _model_routes(catalogue), *routers):
        app.include_router(router, dependencies=[Depends(guard)])
    for router in open_routers:
        app.include_router(router)
    app.include_router(page_routes(), include_in_schema=False)
    app.include_router(docs_routes(app))
    for router in session_routers:
        app.include_router(router, dependencies=[Depends(guard.admit)])
    return app


# -------------------------------------------------------------------------------------------------------------- routes


def _state_routes(lifecycle: Lifecycle) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def health() -> dict[str, Any]:
        """The process lives, in whatever state. `capacity` is how many sessions it bears, by what they stream."""
        uptime_s = round(lifecycle.uptime_s, 3)
        state = {"state": lifecycle.state, "version": __version__, "uptime_s": uptime_s}
        return {**state, "capacity": lifecycle.capacity} if lifecycle.capacity else state

    @router.get("/ready")
    async def ready() -> dict[str, Any]:
        """200 only when every engine is loaded and warm and the server is not shutting down."""
        lifecycle.check_stages()
        return {"state": lifecycle.state}

    return router


def _metrics_routes(render: Callable[[], Awaitable[bytes]]) -> APIRouter:
    router = APIRouter()

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        return Response(await render(), media_type=METRICS_TYPE)

    return router


def _model_routes(catalogue: Callable[[], Catalogue]) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get("/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [_model(name) for name in sorted(catalogue().model_names)]}

    @router.get("/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        if not catalogue().has_model(name):
            message = f"The model '{name}' does not exist"
            raise ClientError(message, code="model_not_found", param="model", status=404)
        return _model(name)

    @router.get("/realtime", include_in_schema=False)
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

    @app.exception_handler(TransportClosed)
    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, error: Exception) -> Response:  # noqa: ARG001 - nobody reads this any more
        return Response(status_code=HUNG_UP)

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
