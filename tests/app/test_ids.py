"""Ids."""

from __future__ import annotations

import re

from ovos_voice_agent.app.ids import Ids


def test_an_id_is_a_prefix_and_its_letters() -> None:
    new_id = Ids()
    assert re.fullmatch(r"item_[0-9A-Za-z]{21}", new_id("item"))
    assert re.fullmatch(r"call_[0-9A-Za-z]{16}", new_id("call"))


def test_no_id_comes_twice_and_all_letters_come() -> None:
    new_id = Ids()
    ids = {new_id("event") for _ in range(5_000)}
    assert len(ids) == 5_000
    assert len(set("".join(ids).replace("event_", ""))) == 62


def test_two_servers_make_different_ids() -> None:
    assert Ids()("sess") != Ids()("sess")
