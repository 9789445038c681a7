"""Blocks of a fixed size from chunks of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.audio.blocks import Blocks


@given(st.lists(st.integers(0, 25), max_size=30), st.integers(1, 12), st.integers(0, 10**12))
def test_every_sample_is_in_one_block_at_its_place(sizes: list[int], size: int, start_sample: int) -> None:
    stream = np.arange(sum(sizes), dtype=np.float32)
    blocks, seen, at = Blocks(size, start_sample=start_sample), 0, 0
    for chunk in sizes:
        cut = blocks.push(stream[at : at + chunk])
        at += chunk
        assert cut.start_sample == start_sample + seen
        assert cut.blocks.shape == ((at - seen) // size, size)
        np.testing.assert_array_equal(cut.blocks.ravel(), stream[seen : seen + cut.blocks.size])
        seen += cut.blocks.size
    assert blocks.next_sample == start_sample + seen
    assert blocks.held_samples == at - seen < size


def test_reset_forgets_the_rest_and_counts_on_from_there() -> None:
    blocks = Blocks(4)
    blocks.push(np.ones(6, np.float32))
    blocks.reset(100)
    cut = blocks.push(np.zeros(4, np.float32))
    assert (cut.start_sample, cut.blocks.tolist()) == (100, [[0.0] * 4])


def test_a_rest_does_not_keep_its_chunk_alive() -> None:
    blocks, chunk = Blocks(512), np.zeros(512 * 300 + 1, np.float32)
    blocks.push(chunk)
    chunk[-1] = 1.0
    assert blocks.push(np.zeros(511, np.float32)).blocks[0, 0] == 0.0


def test_a_block_has_a_size() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Blocks(0)
