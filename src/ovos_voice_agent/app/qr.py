"""An address as a QR code in text, for the camera of a phone."""

from __future__ import annotations

import segno

_QUIET = 2
"""Modules of light around the code: the standard asks for four, every phone is content with two."""

_BLOCKS = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
"""One character for two modules, upper and lower; dark ones are left out, for most terminals are dark."""


def qr_lines(text: str) -> list[str]:
    """The code, two rows of modules a line."""
    rows = [[bool(module) for module in row] for row in segno.make(text, error="l").matrix_iter(border=_QUIET)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    return [
        "".join(_BLOCKS[pair] for pair in zip(*pairs, strict=True)) for pairs in zip(rows[::2], rows[1::2], strict=True)
    ]
