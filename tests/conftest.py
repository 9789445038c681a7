"""What all tests share: the order (fast ones first) and Hypothesis' profiles."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("fast", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

EXTRAS = {
    "docs/test_engines.py": "sherpa_onnx",
    "engines/ovos": "ovos_plugin_manager",
    "engines/stt/test_sherpa.py": "sherpa_onnx",
    "engines/stt/test_sherpa_worker.py": "sherpa_onnx",
    "engines/stt/test_faster_whisper.py": "faster_whisper",
    "engines/stt/test_faster_whisper_worker.py": "faster_whisper",
    "engines/stt/test_moonshine.py": "moonshine_voice",
    "engines/stt/test_moonshine_worker.py": "moonshine_voice",
    "engines/tts/test_kokoro.py": "kokoro_onnx",
    "engines/tts/test_kokoro_worker.py": "kokoro_onnx",
    "engines/tts/test_sherpa.py": "sherpa_onnx",
    "engines/tts/test_sherpa_worker.py": "sherpa_onnx",
    "engines/tts/test_piper.py": "onnxruntime",
    "engines/tts/test_piper_worker.py": "onnxruntime",
    "engines/turn/test_smart_turn.py": "onnxruntime",
}
"""Tests of engines in extras, and the package that each needs. `make test` runs them in an environment that has all."""

collect_ignore = [name for name, package in EXTRAS.items() if not find_spec(package)]


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test writes where the user's own server keeps its state."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """A log that a test sets up ends with it: its stream is closed then, and servers of other tests would meet it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pure tests first, then real engines, then what builds and installs: a mistake shows as soon as it can."""
    items.sort(
        key=lambda item: (item.get_closest_marker("slow") is not None, item.get_closest_marker("real") is not None)
    )
