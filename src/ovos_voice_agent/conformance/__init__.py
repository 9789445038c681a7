"""Judges any Realtime server by its traffic: exchanges are played, and named cases are checked on what was seen.

Rules:

- Nothing of our server is imported; what is known of the protocol stands in `cases/*.toml` and `data/`.
- An exchange talks and records; a case only reads recordings. So one fault fails the case that is named for it: a case
  whose precondition is missing is `not reached`, because the case of the missing thing has failed already.
- A case marked `P` alone is advice: a difference from this project's choices is reported, never counted as a failure.
"""

from __future__ import annotations
