"""How many sessions this process bears: as it was configured, or as it is found out at the start; told in one line."""

from __future__ import annotations

import logging
import os

from ovos_voice_agent.config import ServerConfig
from ovos_voice_agent.engines.interface import Vad
from ovos_voice_agent.runtime.calibrating import calibrate
from ovos_voice_agent.runtime.capacity import Capacity, configured

log = logging.getLogger(__name__)


async def capacity_here(server: ServerConfig, vad: Vad) -> Capacity:
    """On the event loop that is to serve; `vad` is started. Whatever goes wrong, nothing is known then."""
    if server.capacity:
        return configured(server.capacity)
    try:
        capacity = Capacity(await calibrate(vad), cores_for(server.workers))
    except Exception:
        log.exception("what a session costs could not be found out")
        return Capacity({}, 1.0)
    told = {kind: round(100 * cost.process, 3) for kind, cost in capacity.costs.items()}
    log.info("capacity found out", extra={"sessions": capacity.sessions, "percent_of_a_core_each": told})
    return capacity


def cores_for(workers: int) -> float:
    """Those that this process may count on when so many serve together."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return usable / workers
