"""Light requests over HTTP: how many a server answers in a minute, and how quickly each."""

from __future__ import annotations

import asyncio
import time

import aiohttp

from ovos_voice_agent.benchmarks.report import Measure, Report

CLIENTS = 8
"""At once, each with a connection that it keeps."""
REQUESTS = 4_000
TARGET_MS = 60_000 / 10_000 * CLIENTS
"""Ten thousand a minute, by so many clients at once."""
PATHS = ("/v1/models", "/health", "/v1/models/gpt-realtime", "/ready")


async def requests(report: Report, many: int = REQUESTS) -> None:
    """Ask `many` times. Whatever is not answered with 200 counts as lost."""
    base, samples_ms = report.url.removesuffix("/v1"), list[float]()
    began = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        results = await asyncio.gather(*(_client(session, base, many // CLIENTS, samples_ms) for _ in range(CLIENTS)))
    seconds = time.perf_counter() - began
    report.lost += sum(results)
    per_minute = len(samples_ms) / seconds * 60
    report.measures.append(Measure("requests", "answered in", "ms", tuple(samples_ms), TARGET_MS))
    report.measures.append(Measure("requests", "answered a minute", "1/min", (per_minute,), note="10,000 are wanted"))


async def _client(session: aiohttp.ClientSession, base: str, many: int, samples_ms: list[float]) -> int:
    """Returns how many were lost."""
    lost = 0
    for number in range(many):
        began = time.perf_counter()
        async with session.get(base + PATHS[number % len(PATHS)]) as answer:
            await answer.read()
            lost += answer.status != 200
        samples_ms.append((time.perf_counter() - began) * 1000)
    return lost
