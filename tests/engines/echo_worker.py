"""A worker for tests: says back what it gets, and misbehaves on request."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ovos_voice_agent.engines.worker_loop import Desk, Task, Wait, serve


class Echo:
    def __init__(self, options: Mapping[str, Any]) -> None:
        if options.get("broken"):
            raise RuntimeError("no model")
        if "one_breaks" in options:  # the first to make that file; the others never get ready
            try:
                Path(options["one_breaks"]).touch(exist_ok=False)
            except FileExistsError:
                time.sleep(600)
            raise RuntimeError("no model")
        self._greeting = options.get("greeting")
        if "loads" in options:  # a file with a line for each time that this was loaded
            with Path(options["loads"]).open("a", encoding="utf-8") as loads:
                loads.write(f"{os.getpid()}\n")

    def describe(self) -> Any:
        return self._greeting

    def begin(self, body: Any, desk: Desk) -> Task:
        return self._echo(body, desk)

    def _echo(self, body: Any, desk: Desk) -> Task:
        if body == "raise":
            raise ValueError("as asked")
        if body == "exit":
            os._exit(3)
        if body == "hang":
            time.sleep(600)
        if body == "long":
            time.sleep(0.5)
        if isinstance(body, dict):  # so many slices of a millisecond
            for _ in range(body["slices"]):
                time.sleep(0.001)
                yield Wait.TURN
            return body
        while (item := desk.take()) != "end":
            if item is None:
                yield Wait.INPUT
            else:
                desk.emit(item)
        return body


if __name__ == "__main__":
    serve(Echo)
