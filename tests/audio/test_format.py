"""The wire's names of formats, and exact conversions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.audio.format import EXTENDED_PCM_RATES_HZ, AudioFormat, convert_samples
from ovos_voice_agent.errors import ClientError

PCM = AudioFormat("pcm16", 24_000)


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ({"type": "audio/pcm", "rate": 24_000}, PCM),
        ({"type": "audio/pcm"}, PCM),
        ({"type": "audio/pcm", "rate": None}, PCM),
        ({"type": "audio/pcmu"}, AudioFormat("pcmu", 8_000)),
        ({"type": "audio/pcma"}, AudioFormat("pcma", 8_000)),
        ({"type": "audio/pcma", "rate": 8_000}, AudioFormat("pcma", 8_000)),
    ],
)
def test_reads_the_wire(wire: dict[str, object], expected: AudioFormat) -> None:
    assert AudioFormat.from_wire(wire) == expected


@pytest.mark.parametrize(
    "wire", [{"type": "audio/pcm", "rate": 24_000}, {"type": "audio/pcmu"}, {"type": "audio/pcma"}]
)
def test_writes_what_it_reads(wire: dict[str, object]) -> None:
    assert AudioFormat.from_wire(wire).to_wire() == wire


@pytest.mark.parametrize(
    ("wire", "code", "param"),
    [
        ({}, "missing_required_parameter", "here.type"),
        ({"type": "audio/opus"}, "invalid_value", "here.type"),
        ({"type": ["audio/pcm"]}, "invalid_value", "here.type"),
        ({"type": "audio/pcm", "rate": 16_000}, "integer_below_min_value", "here.rate"),
        ({"type": "audio/pcm", "rate": 48_000}, "integer_above_max_value", "here.rate"),
        ({"type": "audio/pcmu", "rate": 16_000}, "integer_above_max_value", "here.rate"),
        ({"type": "audio/pcm", "rate": "24000"}, "invalid_type", "here.rate"),
        ({"type": "audio/pcm", "rate": True}, "invalid_type", "here.rate"),
    ],
)
def test_refuses_by_name(wire: dict[str, object], code: str, param: str) -> None:
    with pytest.raises(ClientError) as caught:
        AudioFormat.from_wire(wire, param="here")
    assert (caught.value.code, caught.value.param) == (code, param)


def test_other_rates_are_an_extension() -> None:
    wire = {"type": "audio/pcm", "rate": 16_000}
    assert AudioFormat.from_wire(wire, pcm_rates_hz=EXTENDED_PCM_RATES_HZ) == AudioFormat("pcm16", 16_000)
    with pytest.raises(ClientError, match="Supported values are: '8000', '16000', '24000', '48000'"):
        AudioFormat.from_wire({"type": "audio/pcm", "rate": 22_050}, pcm_rates_hz=EXTENDED_PCM_RATES_HZ)


def test_bytes_and_milliseconds() -> None:
    assert (PCM.bytes_in_ms(20), PCM.ms_of_bytes(961), PCM.samples_in_bytes(961)) == (960, 20, 480)
    g711 = AudioFormat("pcmu", 8_000)
    assert (g711.bytes_in_ms(20), g711.ms_of_bytes(160), g711.bytes_of_samples(7)) == (160, 20, 7)


@given(st.integers(0, 10**9), st.sampled_from(EXTENDED_PCM_RATES_HZ))
def test_milliseconds_survive_samples(ms: int, rate_hz: int) -> None:
    pcm = AudioFormat("pcm16", rate_hz)
    assert pcm.ms_of_samples(pcm.samples_in_ms(ms)) == ms


@given(st.integers(0, 10**12), st.sampled_from(EXTENDED_PCM_RATES_HZ), st.sampled_from(EXTENDED_PCM_RATES_HZ))
def test_positions_at_another_rate_are_within_half_a_sample(samples: int, from_hz: int, to_hz: int) -> None:
    converted = AudioFormat("pcm16", from_hz).samples_at(samples, to_hz)
    assert abs(2 * converted * from_hz - 2 * samples * to_hz) <= from_hz
    assert converted == convert_samples(samples, from_hz, to_hz)
