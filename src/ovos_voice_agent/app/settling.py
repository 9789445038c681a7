"""What the garbage collector does once a server is ready: as little as possible while people speak."""

from __future__ import annotations

import gc

GARBAGE_THRESHOLDS = (20_000, 20, 50)
"""Python's own are 700, 10 and 10. What lives for a turn is gone before it is looked at, so that the search through all
sessions, which stops the event loop for a second when there are a thousand, is seldom needed."""


def settle_down() -> None:
    """What has been loaded by now stays, and need not be looked through again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
