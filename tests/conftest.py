"""What all tests share: the order (fast ones first) and Hypothesis' profiles."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("fast", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

EXTRAS = {
    "engines/stt/test_sherpa.py": "sherpa_onnx",
    "engines/stt/test_sherpa_worker.py": "sherpa_onnx",
    "engines/stt/test_faster_whisper.py": "faster_whisper",
    "engines/stt/test_faster_whisper_worker.py": "faster_whisper",
    "engines/tts/test_kokoro.py": "kokoro_onnx",
    "engines/tts/test_kokoro_worker.py": "kokoro_onnx",
    "engines/tts/test_piper.py": "onnxruntime",
    "engines/tts/test_piper_worker.py": "onnxruntime",
}
"""Tests of engines in extras, and the package that each needs. `make test` runs them in an environment that has all."""

collect_ignore = [name for name, package in EXTRAS.items() if not find_spec(package)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pure tests first, then real engines, then what builds and installs: a mistake shows as soon as it can."""
    items.sort(
        key=lambda item: (item.get_closest_marker("slow") is not None, item.get_closest_marker("real") is not None)
    )
