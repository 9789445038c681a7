"""The document and the page that shows it, without another host."""

from __future__ import annotations

import base64
import hashlib
import re

from tests.transports.desk import Office


def test_the_document_has_our_routes() -> None:
    document = Office().client.get("/openapi.json").json()
    assert {"/health", "/v1/models", "/v1/realtime/client_secrets", "/api/session"} <= set(document["paths"])
    assert not {"/docs", "/openapi.json", "/"} & set(document["paths"])
    shape = document["paths"]["/v1/realtime/client_secrets"]["post"]["requestBody"]["content"]["application/json"]
    assert set(shape["schema"]["properties"]) == {"expires_after", "session"}


def test_the_page_loads_nothing_from_elsewhere_and_may_run_its_own_script() -> None:
    client = Office().client
    answer = client.get("/docs")
    assert "//" not in answer.text
    files = re.findall(r'(?:src|href)="(docs/[^"]+)"', answer.text)
    assert len(files) == 2
    for file in files:
        for encoding in ("gzip", "identity"):
            found = client.get(f"/{file}", headers={"accept-encoding": encoding})
            assert found.status_code == 200
            assert len(found.content) > 100_000
    [script] = re.findall(r"<script>(.+?)</script>", answer.text)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{digest}'" in policy
    assert "http" not in policy


def test_other_files_are_not_there() -> None:
    assert Office().refused("GET", "/docs/NOTICE.swagger-ui") == (404, "unknown_url", None)
