"""Blocks: every state once, in order, and never more than the memory holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.study.blocks import cut


@given(
    samples=st.integers(1, 30),
    steps=st.integers(1, 40),
    warmup=st.integers(0, 20),
    room=st.floats(1.0, 50.0),
    whole=st.booleans(),
)
def test_blocks_tile_the_set_within_the_memory(samples, steps, warmup, room, whole):
    """``room`` counts how many samples a step could hold; a block holds at most half of it."""
    state = 2**16
    memory = room * 40 * state / 2**20
    blocks = cut(samples, steps, warmup, state, memory, whole)
    advanced = np.zeros((samples, warmup + steps), dtype=int)
    reached = {}
    for block in blocks:
        rows = slice(block.sample, block.sample + block.count)
        advanced[rows, warmup + block.first : warmup + block.last] += 1
        assert reached.get(block.sample, -warmup) == block.first < block.last
        assert not block.first < 0 < block.last
        reached[block.sample] = block.last
        assert 20 * block.count * state <= memory * 2**20 / 2
        if block.first >= 0:
            assert 3 * block.count * (block.last - block.first) * state <= memory * 2**20 / 2
    assert (advanced == 1).all()
    if whole and warmup:
        assert sum(b.first < 0 for b in blocks) == len(reached)


def test_a_state_that_does_not_fit_says_what_would():
    with pytest.raises(InvalidInput, match=r"expected 40 MiB or more, got 39"):
        cut(1, 1, 0, 2**20, 39, False)
    assert len(cut(1, 1, 0, 2**20, 40, False)) == 1
