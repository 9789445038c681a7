"""The life of an engine whose work is done by an OpenAI-compatible server, and what it says of that server."""

from __future__ import annotations

from ovos_voice_agent.engines.http import HttpBackend, ServerOptions


class HttpEngine:
    """Implements what `Engine` asks for, but `info`. Sessions share the server's connections."""

    def __init__(self, server: ServerOptions, stage: str) -> None:
        """`stage` names the engine in messages, such as `speech recognition`."""
        self.backend = HttpBackend(server, stage=stage)

    @property
    def server(self) -> ServerOptions:
        return self.backend.options

    @property
    def quality(self) -> str:
        """The model, where it is, and whether it answered."""
        silent = "" if self.backend.reachable is not False else "; it did not answer when this server started"
        return f"the model {self.server.model} at {self.server.host}{silent}"

    async def start(self) -> None:
        """Open a connection, so that the first request finds it warm. A server that is away is no failure."""
        await self.backend.start()

    async def close(self) -> None:
        await self.backend.close()
