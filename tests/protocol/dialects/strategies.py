"""Hypothesis strategies for sessions, items and responses, as far as beta can express them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET

from ovos_voice_agent.protocol import objects as o
from ovos_voice_agent.protocol import settings as s

NAMES = st.text(min_size=1, max_size=8)
TEXTS = st.text(max_size=12)
MAYBE_TEXTS = st.none() | TEXTS
SIZES = st.just("inf") | st.integers(1, 4096)
JSON = st.dictionaries(NAMES, st.booleans() | st.integers(-9, 9) | TEXTS, max_size=2)

formats = st.sampled_from([s.PCM_24K, s.WireFormat("audio/pcmu"), s.WireFormat("audio/pcma")])
modalities = st.sampled_from([("audio",), ("text",)])
choices: st.SearchStrategy[Any] = st.sampled_from(["auto", "none", "required"]) | st.builds(
    lambda name: {"type": "function", "name": name}, NAMES
)
transcriptions = st.builds(s.Transcription, model=NAMES, language=MAYBE_TEXTS, prompt=MAYBE_TEXTS)
server_vads = st.builds(
    s.ServerVad,
    threshold=st.floats(0, 1),
    prefix_padding_ms=st.integers(0, 5000),
    silence_duration_ms=st.integers(0, 10_000),
    idle_timeout_ms=st.none(),
    create_response=st.booleans(),
    interrupt_response=st.booleans(),
)
semantic_vads = st.builds(
    s.SemanticVad,
    eagerness=st.sampled_from(["auto", "low", "medium", "high"]),
    create_response=st.booleans(),
    interrupt_response=st.booleans(),
)
noise_reductions = st.builds(
    s.NoiseReduction, type=st.sampled_from(["near_field", "far_field"]), strength=st.just(UNSET)
)
inputs = st.builds(
    s.InputAudioSettings,
    format=formats,
    transcription=st.none() | transcriptions,
    noise_reduction=st.none() | noise_reductions,
    turn_detection=st.none() | server_vads | semantic_vads,
)
outputs = st.builds(s.OutputAudioSettings, voice=NAMES, format=formats, speed=st.floats(0.25, 1.5))
tools = st.builds(s.FunctionTool, name=st.text(min_size=1, max_size=64), description=MAYBE_TEXTS, parameters=JSON)
sessions = st.builds(
    s.RealtimeSettings,
    model=NAMES,
    instructions=st.text(min_size=1, max_size=12),
    audio=st.builds(s.AudioSettings, inputs, outputs),
    output_modalities=modalities,
    tools=st.lists(tools, max_size=2).map(tuple),
    tool_choice=choices,
    max_output_tokens=SIZES,
    tracing=st.none() | st.just("auto"),
    truncation=st.just("auto"),
    prompt=st.none(),
    include=st.none() | st.just(("item.input_audio_transcription.logprobs",)),
    parallel_tool_calls=st.just(UNSET),
    reasoning=st.just(UNSET),
    temperature=st.floats(0.6, 1.2),
    x_ovos=st.just(UNSET),
)
listeners = st.builds(
    s.TranscriptionSettings,
    audio=st.builds(
        s.AudioSettings,
        st.builds(
            s.InputAudioSettings,
            format=formats,
            transcription=transcriptions,
            noise_reduction=st.none() | noise_reductions,
            turn_detection=st.none()
            | st.builds(s.ServerVad, st.floats(0, 1), st.integers(0, 5000), st.integers(0, 10_000), st.none()),
        ),
        st.just(UNSET),
    ),
    include=st.none() | st.just(("item.input_audio_transcription.logprobs",)),
    x_ovos=st.just(UNSET),
)

ids = st.text("0123456789abcdef", min_size=1, max_size=32)
user_parts = st.builds(o.InputText, TEXTS) | st.builds(o.InputAudio, MAYBE_TEXTS, st.binary(max_size=6))
assistant_parts = st.builds(o.OutputText, TEXTS) | st.builds(o.OutputAudio, TEXTS, st.just(UNSET))
statuses = st.just("completed")
items: st.SearchStrategy[Any] = st.one_of(
    st.builds(o.MessageItem, ids, statuses, st.just("user"), st.lists(user_parts, max_size=3).map(tuple)),
    st.builds(o.MessageItem, ids, statuses, st.just("assistant"), st.lists(assistant_parts, max_size=3).map(tuple)),
    st.builds(
        o.MessageItem,
        ids,
        statuses,
        st.just("system"),
        st.lists(st.builds(o.InputText, TEXTS), max_size=2).map(tuple),
    ),
    st.builds(o.FunctionCallItem, ids, statuses, NAMES, ids, TEXTS),
    st.builds(o.FunctionCallOutputItem, ids, ids, TEXTS),
)
