"""Windows and batches are bookkeeping: every window once an epoch, none copied."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.train import Windows, batch_plan


@given(samples=st.integers(1, 4), snapshots=st.integers(2, 9), steps=st.integers(1, 8))
def test_windows_are_all_slices_in_order(samples, snapshots, steps):
    if steps >= snapshots:
        with pytest.raises(InvalidInput, match="snapshots"):
            Windows(samples, snapshots, steps)
        return
    windows = Windows(samples, snapshots, steps)
    data = np.arange(samples * snapshots).reshape(samples, snapshots)
    slices = [data[s, i : i + steps + 1] for s in range(samples) for i in range(snapshots - steps)]
    assert windows.count == len(slices)
    rows = windows.rows(np.arange(windows.count))
    found = windows.gather(data.reshape(-1, 1, 1), rows)
    assert np.array_equal(found[..., 0, 0].T, slices)


def test_gather_on_every_backend(bk):
    data = np.random.default_rng(0).standard_normal((2, 5, 3, 4))
    windows = Windows(2, 5, 2)
    numbers = np.array([5, 0, 3])
    flat = bk.asarray(data.reshape(10, 3, 4))
    found = bk.to_numpy(windows.gather(flat, bk.asarray(windows.rows(numbers))))
    for b, (sample, start) in enumerate([(1, 2), (0, 0), (1, 0)]):
        assert np.array_equal(found[:, b], data[sample, start : start + 3])


@given(
    count=st.integers(1, 30),
    size=st.integers(1, 12),
    updates=st.integers(1, 20),
    first=st.integers(0, 20),
    seed=st.integers(0, 99),
)
def test_every_window_once_an_epoch(count, size, updates, first, seed):
    plan = list(batch_plan(count, size, updates, seed))
    assert len(plan) == updates
    per_epoch = -(-count // size)
    for e in range(updates // per_epoch):
        epoch = plan[e * per_epoch : (e + 1) * per_epoch]
        assert sorted(np.concatenate(epoch)) == list(range(count))
        assert [len(b) for b in epoch[:-1]] == [size] * (per_epoch - 1)
    tail = list(batch_plan(count, size, updates, seed, first))
    assert all(np.array_equal(a, b) for a, b in zip(tail, plan[first:], strict=True))


def test_seven_windows_in_batches_of_three():
    assert [len(b) for b in batch_plan(7, 3, 5, 0)] == [3, 3, 1, 3, 3]
