"""`/openapi.json`, and `/docs` to read and try it: Swagger UI from the package, which needs no other host."""

from __future__ import annotations

import base64
import gzip
import hashlib
from functools import cache
from importlib import resources
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from ovos_voice_agent.transports.front import unknown_url
from ovos_voice_agent.transports.openapi import describe

_START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#ui", validatorUrl: null, deepLinking: true})'
_PAGE = f"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ovos-voice-agent: HTTP API</title>
<link rel="icon" href="web/icon.svg">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script>{_START}</script>
</html>
"""
_HASH = base64.b64encode(hashlib.sha256(_START.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; script-src 'self' 'sha256-{_HASH}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""No other host, whatever Swagger UI would like to load; it writes its styles into the page."""

_TYPES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


def docs_routes(app: FastAPI) -> APIRouter:
    """The routes, which are not in the document themselves. `app` is complete once the first request comes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    @router.get("/docs")
    async def page() -> Response:
        return Response(_PAGE, media_type="text/html", headers={"content-security-policy": _POLICY})

    @router.get("/docs/{name}")
    async def file(request: Request, name: str) -> Response:
        if name not in _TYPES:
            raise unknown_url("GET", request.url.path)
        packed = "gzip" in request.headers.get("accept-encoding", "")
        headers = {"vary": "Accept-Encoding", "cache-control": "max-age=86400"}
        headers |= {"content-encoding": "gzip"} if packed else {}
        content = _packed(name) if packed else gzip.decompress(_packed(name))
        return Response(content, media_type=_TYPES[name], headers=headers)

    return router


@cache
def _packed(name: str) -> bytes:
    return resources.files("ovos_voice_agent.transports").joinpath("swagger_ui", f"{name}.gz").read_bytes()
