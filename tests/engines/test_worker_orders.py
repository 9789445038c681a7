from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from ovos_voice_agent.engines.worker_orders import Check, Hire, Hired, Refused, hear, tell
from ovos_voice_agent.engines.worker_process import WorkerSpec

SPEC = WorkerSpec("the voice", "some.module", {"threads": 2, "names": ["a"]}, 60.0, brief=True)


@pytest.mark.parametrize(
    ("message", "kind"),
    [(Hire(SPEC, 3), Hire), (Check(0.5), Check), (Hired("/run/1.sock"), Hired | Refused), (Refused("no"), Refused)],
)
def test_what_is_told_is_heard_as_it_was(message: Hire | Check | Hired | Refused, kind: Any) -> None:
    async def run() -> tuple[Any, Any]:
        one, other = socket.socketpair()
        _, ours = await asyncio.open_connection(sock=one)
        reader, theirs = await asyncio.open_connection(sock=other)
        tell(ours, message)
        heard = await hear(reader, kind)
        ours.close()
        gone = await hear(reader, kind)
        theirs.close()
        await asyncio.gather(ours.wait_closed(), theirs.wait_closed(), return_exceptions=True)
        tell(ours, message)  # nobody is there, and that is no error
        return heard, gone

    assert asyncio.run(run()) == (message, None)
