"""The command, as far as it needs no server."""

from __future__ import annotations

from pathlib import Path

import pytest

from ovos_voice_agent.benchmarks.__main__ import main


@pytest.mark.parametrize("arguments", [["nothing"], ["density", "--kinds", "nothing"]])
def test_what_does_not_exist_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*arguments, "--speech", str(Path("x.wav"))])
    assert "there is no 'nothing'" in capsys.readouterr().err
