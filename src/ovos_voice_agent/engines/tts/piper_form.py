"""What stands in the JSON file beside a voice in piper's form, and how phonemes become the model's numbers (pure)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAD, BEGIN, END = "_", "^", "$"
SPELLED = ("text", "unicode", "graphemes")
"""These models take the letters themselves."""
PHONEME_TYPES = ("espeak", *SPELLED)
DEFAULT_RATE_HZ = 22_050


@dataclass(frozen=True, slots=True)
class VoiceForm:
    """`scales`: noise, length, noise of the lengths. `speakers`: names -> numbers, empty where there is one alone."""

    language: str
    phoneme_type: str
    espeak_voice: str
    rate_hz: int
    ids: Mapping[str, Sequence[int]]
    scales: tuple[float, float, float] = (0.667, 1.0, 0.8)
    speakers: Mapping[str, int] = field(default_factory=dict)
    takes_speaker: bool = False

    @classmethod
    def read(cls, model: Path) -> VoiceForm:
        """From `model.onnx.json`, else `model.json`. Raises OSError, ValueError, KeyError or TypeError."""
        path = model.with_name(model.name + ".json")
        text = (path if path.is_file() else model.with_suffix(".json")).read_text(encoding="utf-8")
        return cls.parse(json.loads(text))

    @classmethod
    def parse(cls, told: Mapping[str, Any]) -> VoiceForm:
        """Raises KeyError, TypeError or ValueError for what is no such file."""
        inference = told.get("inference", {})
        language = told.get("lang_code") or told.get("language", {}).get("code") or told.get("espeak", {}).get("voice")
        language = str(language or "und").replace("_", "-")
        scales = (
            inference.get("noise_scale", 0.667),
            inference.get("length_scale", 1.0),
            inference.get("noise_w", 0.8),
        )
        return cls(
            language=language,
            phoneme_type=told.get("phoneme_type", "espeak"),
            espeak_voice=str(told.get("espeak", {}).get("voice") or language).lower(),
            rate_hz=int(told.get("audio", {}).get("sample_rate", DEFAULT_RATE_HZ)),
            ids={key: [ids] if isinstance(ids, int) else list(ids) for key, ids in told["phoneme_id_map"].items()},
            scales=(float(scales[0]), float(scales[1]), float(scales[2])),
            speakers={str(name): int(number) for name, number in told.get("speaker_id_map", {}).items()},
            takes_speaker=told.get("num_speakers", 1) > 1,
        )

    def numbers(self, phonemes: str) -> list[int]:
        """A pad stands behind every phoneme, one that the model does not know is left out. Empty: nothing to say."""
        known = [self.ids[one] for one in unicodedata.normalize("NFD", phonemes) if one in self.ids]
        if not known:
            return []
        pad = list(self.ids.get(PAD, ()))
        numbers = [*self.ids.get(BEGIN, ()), *pad]
        for ids in known:
            numbers += [*ids, *pad]
        return [*numbers, *self.ids.get(END, ())]
