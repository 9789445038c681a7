"""The page of all cases is what the case files say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ovos_voice_agent.conformance.suite import load

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date() -> None:
    path = ROOT / "scripts" / "document_cases.py"
    spec = importlib.util.spec_from_file_location("document_cases", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(load()), "run scripts/document_cases.py"
