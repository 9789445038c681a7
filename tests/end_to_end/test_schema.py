"""Generated requests against every route of the OpenAPI document: no 5xx, and nothing that is not declared."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from ovos_voice_agent.app import running
from tests.end_to_end.talking import Fakes, configured

CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
EXAMPLES = 25
"""Of each route; more finds more, and takes longer."""
LIMIT_S = 240.0


@pytest.mark.real
@pytest.mark.slow
def test_every_route_answers_as_the_document_says(tmp_path: Path) -> None:
    async def script() -> None:
        async with running(configured(), Fakes().by_stage) as server:
            base = server.url.removesuffix("/v1")
            command = [
                str(Path(sys.executable).with_name("schemathesis")),
                *("run", f"{base}/openapi.json", "--url", base, "--checks", ",".join(CHECKS)),
                *("--max-examples", str(EXAMPLES), "--seed", "1", "--generation-database", "none", "--no-color"),
            ]
            pipe = asyncio.subprocess.PIPE
            program = await asyncio.create_subprocess_exec(
                *command, stdout=pipe, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path
            )
            output, _ = await asyncio.wait_for(program.communicate(), LIMIT_S)
            assert program.returncode == 0, output.decode()[-6000:]

    asyncio.run(script())
