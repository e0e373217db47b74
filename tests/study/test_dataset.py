"""Windows of a file as a PyTorch data set, and the file in the eyes of The Well's own loader."""

import pickle
import subprocess
import sys

import h5py
import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.space import Grid
from xpde.study.read import read_well
from xpde.study.well import Layout, create, write_states

torch = pytest.importorskip("torch")


@pytest.fixture
def file(tmp_path):
    """Three samples of nine states, the second stopped after four: the path and the states."""
    path = tmp_path / "data" / "test" / "a.h5"
    path.parent.mkdir(parents=True)
    grid = Grid((4, 5), (1.0, 2.0))
    plan = Layout(
        "a", (("p", 0), ("v", 1)), grid, 3, 0.5 * np.arange(9), "float32", {"nu": 0.5}, {}
    )
    create(path, plan)
    states = np.random.default_rng(0).standard_normal((3, 9, 3, 4, 5)).astype(np.float32)
    states[1, 4] = np.nan
    with h5py.File(path, "r+") as handle:
        write_states(handle, plan, 0, 0, states)
    return path, states


@pytest.mark.parametrize(
    ("window", "stride", "every"), [(2, 1, 1), (4, 1, 1), (3, 2, 1), (2, 1, 3)]
)
def test_every_finite_window_comes_once(file, window, stride, every):
    from xpde_backends.dataset import TrajectoryDataset

    path, states = file
    data = TrajectoryDataset(path, window, stride=stride, every=every)
    span = (window - 1) * every + 1
    starts = [(s, t) for s, n in ((0, 9), (1, 4), (2, 9)) for t in range(0, n - span + 1, stride)]
    assert [data.locate(i) for i in range(len(data))] == starts
    for i, (s, t) in enumerate(starts):
        assert data[i].dtype == torch.float32
        np.testing.assert_array_equal(data[i].numpy(), states[s, t : t + span : every])
    np.testing.assert_array_equal(data[-1].numpy(), data[len(data) - 1].numpy())
    with pytest.raises(IndexError):
        data[len(data)]
    assert len(list(data)) == len(data)


def test_fields_and_transform(file):
    from xpde_backends.dataset import TrajectoryDataset

    path, states = file
    data = TrajectoryDataset(path, fields=["v"], transform=lambda w: (w[0], w[1] - w[0]))
    before, change = data[3]
    np.testing.assert_array_equal(before.numpy(), states[0, 3, 1:])
    np.testing.assert_array_equal(change.numpy(), states[0, 4, 1:] - states[0, 3, 1:])


def test_a_copy_opens_the_file_for_itself(file):
    from xpde_backends.dataset import TrajectoryDataset

    data = TrajectoryDataset(file[0])
    first = data[0]
    copy = pickle.loads(pickle.dumps(data))
    np.testing.assert_array_equal(copy[0].numpy(), first.numpy())


def test_a_window_that_never_fits_is_refused(file):
    from xpde_backends.dataset import TrajectoryDataset

    with pytest.raises(InvalidInput, match="at most 9 steps"):
        TrajectoryDataset(file[0], 10)
    with pytest.raises(InvalidInput, match="stride: expected 1 or more"):
        TrajectoryDataset(file[0], stride=0)


WORKERS = """
import sys, torch
from torch.utils.data import DataLoader
from xpde_backends.dataset import TrajectoryDataset
data = TrajectoryDataset(sys.argv[1])
data[0]  # open in this process before the workers are forked
alone = torch.stack([data[i] for i in range(len(data))])
together = torch.cat(list(DataLoader(data, batch_size=4, num_workers=2)))
assert torch.equal(alone, together)
print(tuple(together.shape))
"""


def test_loader_with_workers(file):
    """In a process of its own: two forked workers read what one process reads."""
    words = [sys.executable, "-c", WORKERS, str(file[0])]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "(19, 2, 3, 4, 5)\n"), done.stderr


def test_the_wells_own_loader_opens_it(file):
    datasets = pytest.importorskip("the_well.data.datasets")
    path, states = file
    data = datasets.WellDataset(
        path=str(path.parent.parent.parent), well_split_name="test", n_steps_input=2
    )
    assert data.metadata.field_names == {0: ["p"], 1: ["v_x", "v_y"], 2: []}
    assert data.metadata.boundary_condition_types == ["PERIODIC"]
    assert data.metadata.constant_scalar_names == ["nu"]
    sample = data[3]
    np.testing.assert_array_equal(
        sample["input_fields"].numpy(), np.moveaxis(states[0, 3:5], 1, -1)
    )
    np.testing.assert_array_equal(
        sample["output_fields"].numpy(), np.moveaxis(states[0, 5:6], 1, -1)
    )
    assert (sample["boundary_conditions"] == 2).all()  # periodic on both sides
    assert sample["constant_scalars"].tolist() == [0.5]
    assert len(data) == 3 * 7


def test_the_wells_own_example_is_read(tmp_path):
    dummy = pytest.importorskip("the_well.utils.dummy_data")
    dummy.write_dummy_data(str(tmp_path / "dummy.hdf5"))
    with read_well(tmp_path / "dummy.hdf5") as data, h5py.File(data.path) as raw:
        assert data.shape == (2, 10, 2, 32, 32)
        field = np.moveaxis(raw["t1_fields/field"][1, 3], -1, 0)
        np.testing.assert_array_equal(data[1, 3], field)
