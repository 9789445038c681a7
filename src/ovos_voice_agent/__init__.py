"""A self-hosted server for OpenAI's Realtime API, with engines you choose."""

from __future__ import annotations

__version__ = "0.1.0"
