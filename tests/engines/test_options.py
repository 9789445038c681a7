"""Options: every mistake by its key, no value quoted."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.errors import ConfigError


def test_values_and_defaults() -> None:
    reader = OptionReader({"a": " x ", "n": 3, "f": True, "t": {"k": 1}, "i": 4})
    assert (reader.text("a"), reader.text("b", "y"), reader.number("n", 0, 0, 9)) == ("x", "y", 3.0)
    assert (reader.flag("f", default=False), reader.table("t"), reader.maybe_integer("i", 0, 9)) == (True, {"k": 1}, 4)
    assert reader.maybe_number("z", 0, 1) is None
    reader.finish()


def test_every_mistake_is_named_and_no_value_is_shown() -> None:
    reader = OptionReader({"a": 1, "n": "secret", "f": "yes", "t": [], "i": True, "x": 1, "s": {"k": 2}})
    reader.text("a"), reader.number("n", 0, 0, 9), reader.flag("f", default=False), reader.table("t")
    reader.maybe_integer("i", 0, 9), reader.text_table("s")
    with pytest.raises(ConfigError) as caught:
        reader.finish()
    assert [problem.split()[0] for problem in caught.value.problems] == ["a", "n", "f", "t", "i", "s", "x"]
    assert "secret" not in str(caught.value)


def test_a_secret_comes_from_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "k")
    assert OptionReader({"env": "A_KEY"}).secret("key", "env") == "k"
    reader = OptionReader({"env": "A_KEY", "key": "j"})
    reader.secret("key", "env")
    assert reader.problems == ["key and env cannot both be set"]


def test_a_choice_may_be_left_open() -> None:
    reader = OptionReader({"a": True, "b": False, "c": "yes"})
    assert (reader.maybe_flag("a"), reader.maybe_flag("b"), reader.maybe_flag("d")) == (True, False, None)
    reader.maybe_flag("c")
    assert reader.problems == ["c must be true or false"]
