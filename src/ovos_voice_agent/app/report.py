"""What a person reads when the server starts: where it is, what hears, thinks and speaks, and how well."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

from ovos_voice_agent import __version__
from ovos_voice_agent.app.engines import Started
from ovos_voice_agent.app.qr import qr_lines
from ovos_voice_agent.config import is_loopback

_DOES = {
    "vad": "notices",
    "stt": "understands",
    "llm": "thinks",
    "tts": "speaks",
    "frontend": "cleans",
    "turn": "waits",
}
_WIDTH = 100
_INDENT = " " * 14


def opening_lines(host: str, port: int, *, secure: bool = False) -> list[str]:
    """Before the engines are loaded."""
    return [f"ovos-voice-agent {__version__} is starting on {address(host, port, secure=secure)}"]


def ready_lines(started: Sequence[Started], host: str, port: int, *, keyed: bool, secure: bool = False) -> list[str]:
    """When everything is loaded."""
    base = address(host, port, secure=secure)
    lines = [line for engine in started for line in _engine_lines(engine)]
    lines.append(f"Ready. Clients connect to {base}/v1 or {base.replace('http', 'ws', 1)}/v1/realtime")
    if not keyed:
        lines.append("No key is needed: server.api_keys is empty.")
    return [*lines, "Ctrl-C stops the server."]


def self_signed_lines(certificate: Path) -> list[str]:
    """What a certificate of our own means for those who connect."""
    return [
        f"The certificate is our own: {certificate}",
        "  Browsers warn of it once. Programs trust it by NODE_EXTRA_CA_CERTS (Node) or SSL_CERT_FILE (Python).",
    ]


def network_lines(host: str, port: int, local_address: str | None, path: str = "/") -> list[str]:
    """How phones in the local network reach the page; they give the microphone to https pages only."""
    if local_address is None:
        return ["This machine is in no network: nobody else can reach it."]
    page = f"{address(local_address, port, secure=True)}{path}"
    if is_loopback(host):
        how = "Phones reach it once it listens in the network: serve --host 0.0.0.0, with a key (server.api_keys)."
        return [how, f"Then scan this, or open {page}", *qr_lines(page)]
    return [f"In the local network: {page}", *qr_lines(page)]


def address(host: str, port: int, *, secure: bool = False) -> str:
    """The URL of the server. An address that stands for all of them is shown as this machine's own."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  nothing is bound here
    scheme = "https" if secure else "http"
    return f"{scheme}://[{shown}]:{port}" if ":" in shown else f"{scheme}://{shown}:{port}"


def problem_lines(problems: Iterable[str]) -> list[str]:
    """When engines could not start."""
    return ["The server cannot start:", *(f"  {problem}" for problem in problems)]


def _engine_lines(engine: Started) -> list[str]:
    info = engine.info
    persona, _, stage = engine.kind.rpartition(".")
    whose = f" for {persona}" if persona else ""
    place = "" if info.local else " [not on this machine]"
    head = f"  {_DOES[stage]:<12}{info.name}{whose}{place}, ready in {engine.seconds:.2f} s: {info.quality}"
    lines = textwrap.wrap(head, _WIDTH, subsequent_indent=_INDENT)
    if info.better:
        lines += textwrap.wrap(f"better: {info.better}", _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
    return lines
