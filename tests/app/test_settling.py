"""What a server that is ready asks of the interpreter."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import gc
from ovos_voice_agent.app.settling import settle_down
settle_down()
print(gc.isenabled(), gc.get_threshold()[0] > 700, gc.get_freeze_count() > 10_000)
class Loop: pass
class Watched(Loop):
    gone = 0
    def __del__(self): Watched.gone += 1
for _ in range(30_000):
    one = Watched(); one.itself = one
print(Watched.gone > 0)
"""


def test_what_is_loaded_is_kept_and_what_is_not_needed_still_goes() -> None:
    """In a process of its own: it changes the whole interpreter."""
    ran = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["True"] * 4
