"""Ids that nobody can guess and nobody has had: a prefix and 21 of `[0-9A-Za-z]` (protocol.md, annex A)."""

from __future__ import annotations

import os
import string

_ALPHABET = (string.digits + string.ascii_letters).encode()
_LETTER_OF_BYTE = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
_POOL_BYTES = 8192
LENGTH = 21
LENGTHS = {"call": 16}
"""Of those that are shorter."""


class Ids:
    """Makes ids. Random bytes come from the system in large helpings: an id costs a fraction of a microsecond."""

    __slots__ = ("_at", "_pool")

    def __init__(self) -> None:
        self._pool = ""
        self._at = 0

    def __call__(self, prefix: str) -> str:
        """`new_id("item")` -> "item_CcIcN4xA1…"."""
        length = LENGTHS.get(prefix, LENGTH)
        end = self._at + length
        if end > len(self._pool):
            self._pool = os.urandom(_POOL_BYTES).translate(_LETTER_OF_BYTE).decode()
            self._at, end = 0, length
        start, self._at = self._at, end
        return f"{prefix}_{self._pool[start:end]}"
