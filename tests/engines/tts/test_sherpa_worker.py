from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.models.voices import RATE_HZ, make_sherpa

pytestmark = pytest.mark.extra


def options(folder: Path, **changes: Any) -> dict[str, Any]:
    files = {"model": str(folder / "voice.onnx"), "tokens": str(folder / "tokens.txt")}
    return {"kind": "vits", "files": files, "threads": 1, "language": "en-us"} | changes


def test_pronunciation_follows_the_language(tmp_path: Path) -> None:
    from ovos_voice_agent.engines.tts.sherpa_worker import Voices

    voices = Voices(options(make_sherpa(tmp_path / "voice")))
    body = {"text": "Lange Zeit", "voice": "voice", "speed": 1.0}
    ((english, rate_hz),) = voices.synthesise(body | {"language": None})
    ((german, _),) = voices.synthesise(body | {"language": "de"})
    assert rate_hz == RATE_HZ
    assert len(english) != len(german) or not np.array_equal(english, german)


def test_files_that_do_not_belong_together(tmp_path: Path) -> None:
    from ovos_voice_agent.engines.tts.sherpa_worker import Voices

    folder = make_sherpa(tmp_path / "voice")
    with pytest.raises(RuntimeError, match="do not belong together"):
        Voices(options(folder, files={"model": str(folder / "voice.onnx"), "tokens": str(folder / "gone.txt")}))
