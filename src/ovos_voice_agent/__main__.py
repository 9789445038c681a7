"""`python -m ovos_voice_agent` is the command `ovos-voice-agent`."""

from __future__ import annotations

import sys

from ovos_voice_agent.cli import main

if __name__ == "__main__":
    sys.exit(main())
