"""The reader: lazy indexing like an array's, files of others, refusals in one line."""

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.space import Grid
from xpde.study.read import read_well
from xpde.study.well import Layout, create, write_states

SHAPE = (3, 7, 3, 4, 5)


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A scalar and a vector on 4 x 5 points: the path and what was written."""
    path = tmp_path_factory.mktemp("well") / "a.h5"
    grid = Grid((4, 5), (1.0, 1.0))
    plan = Layout("a", (("p", 0), ("v", 1)), grid, 3, np.arange(7.0), "float64", {"nu": 0.5}, {})
    create(path, plan)
    states = np.random.default_rng(0).standard_normal(SHAPE)
    with h5py.File(path, "r+") as file:
        write_states(file, plan, 0, 0, states.copy())
    return path, states


def entries(n):
    bound = st.none() | st.integers(-n - 2, n + 2)
    return st.integers(-n, n - 1) | st.builds(slice, bound, bound, st.none() | st.integers(1, 3))


@given(
    index=st.lists(st.integers(0, 4), max_size=1).flatmap(
        lambda _: st.integers(1, 5).flatmap(lambda k: st.tuples(*map(entries, SHAPE[:k])))
    )
)
def test_it_is_indexed_like_an_array(ours, index):
    path, states = ours
    with read_well(path) as data:
        assert len(data) == 3
        assert data.shape == states.shape
        np.testing.assert_array_equal(data[index], states[index])
        if len(index) == 1:
            np.testing.assert_array_equal(data[index[0]], states[index[0]])


def test_states_are_placed_on_a_backend(bk, ours):
    path, states = ours
    with read_well(path, bk) as data:
        u = data[1, 2:4]
    assert bk.owns(u)
    np.testing.assert_array_equal(bk.to_numpy(u), states[1, 2:4])


def test_fields_by_name_in_the_order_asked_for(ours):
    path, states = ours
    with read_well(path, fields=["v", "p"]) as data:
        assert data.fields == (("v", 1), ("p", 0))
        np.testing.assert_array_equal(data[:, 0], states[:, 0][:, [1, 2, 0]])
    with pytest.raises(InvalidInput, match="did you mean v"):
        read_well(path, fields=["V"])


@pytest.mark.parametrize("index", [3, -4, (0, 7), (0, -8)])
def test_an_index_outside_is_an_index_error(ours, index):
    with read_well(ours[0]) as data, pytest.raises(IndexError, match="below"):
        data[index]


@pytest.mark.parametrize("index", [slice(None, None, -1), [0, 1], None, (0, "a")])
def test_other_indices_are_refused(ours, index):
    with read_well(ours[0]) as data, pytest.raises(InvalidInput, match="integers and slices"):
        data[index]


def test_only_what_is_asked_for_is_read(tmp_path):
    """A file of 8 GiB that was never written to: one state of it is read in no time."""
    grid = Grid((64, 64, 64), (1.0, 1.0, 1.0))
    plan = Layout("big", (("u", 0),), grid, 1, np.arange(8192.0), "float32", {}, {})
    create(tmp_path / "big.h5", plan)
    assert plan.size == 2**33
    with read_well(tmp_path / "big.h5") as data:
        assert data[0, 8000, 0, 1, 2, 3] == 0
        assert data.finite_steps.tolist() == [0]


@pytest.fixture
def foreign(tmp_path):
    """A file of another program with everything that ours do not have."""
    path, rng = tmp_path / "foreign.hdf5", np.random.default_rng(1)
    parts = {
        "constant": rng.standard_normal((2, 3, 4)),
        "shared": rng.standard_normal((5, 3, 4)),
        "profile": rng.standard_normal((2, 5, 3, 1)),
        "short": rng.standard_normal((2, 5, 4)),
        "stress": rng.standard_normal((2, 5, 3, 4, 2, 2)).astype(np.float32),
    }
    with h5py.File(path, "w") as file:
        file.attrs.update({"dataset_name": "foreign", "grid_type": "cartesian"})
        file.attrs.update({"n_spatial_dims": 2, "n_trajectories": 2, "a": 0.25})
        dimensions = file.create_group("dimensions")
        dimensions.attrs["spatial_dims"] = ["x", "y"]
        dimensions["time"] = np.arange(10.0).reshape(2, 5)
        dimensions["x"], dimensions["y"] = np.arange(3.0), np.arange(8.0).reshape(2, 4)
        scalars = file.create_group("scalars")
        scalars.attrs["field_names"] = ["a", "varying"]
        scalars["a"], scalars["varying"] = 0.25, np.arange(5.0)
        axes = {"profile": [True, False], "short": [False, True]}
        for rank, names in enumerate((["constant", "shared", "profile", "short"], [], ["stress"])):
            group = file.create_group(f"t{rank}_fields")
            group.attrs["field_names"] = names
            for name in names:
                group[name] = parts[name]
                group[name].attrs["dim_varying"] = axes.get(name, [True, True])
                group[name].attrs["sample_varying"] = name != "shared"
                group[name].attrs["time_varying"] = name != "constant"
    return path, parts


def test_files_of_others_are_read_too(foreign):
    """What does not vary over samples, time or an axis is repeated; a constant field if asked."""
    path, parts = foreign
    with read_well(path) as data:
        assert data.shape == (2, 5, 7, 3, 4)
        assert data.dtype == "float64"
        assert data.scalars == {"a": 0.25}
        assert data.finite_steps.tolist() == [5, 5]
        assert data.times(1).tolist() == [5, 6, 7, 8, 9]
        assert [len(axis) for axis in data.coordinates()] == [3, 4]
        states = data[:]
        np.testing.assert_array_equal(states[:, :, 0], np.stack([parts["shared"]] * 2))
        np.testing.assert_array_equal(states[:, :, 1], np.repeat(parts["profile"], 4, axis=-1))
        wide = np.repeat(parts["short"][:, :, None], 3, axis=2)
        np.testing.assert_array_equal(states[:, :, 2], wide)
        for i in range(2):
            for j in range(2):
                part = parts["stress"][..., i, j]
                np.testing.assert_array_equal(states[:, :, 3 + 2 * i + j], part)
        np.testing.assert_array_equal(data[1, 2:4], states[1, 2:4])
        np.testing.assert_array_equal(data[:, 3], states[:, 3])
    with read_well(path, fields=["constant"]) as data:
        assert data.shape == (2, 5, 1, 3, 4)
        np.testing.assert_array_equal(data[:, 4, 0], parts["constant"])
        np.testing.assert_array_equal(data[1, :, 0], np.stack([parts["constant"][1]] * 5))


def spoil(path, change):
    with h5py.File(path, "r+") as file:
        change(file)


DAMAGE = {
    "no name": lambda f: f.attrs.__delitem__("dataset_name"),
    "no time": lambda f: f["dimensions"].__delitem__("time"),
    "no fields": lambda f: f.__delitem__("t2_fields"),
    "a field that is missing": lambda f: f["t0_fields"].__delitem__("shared"),
    "an axis too many": lambda f: f["dimensions"].attrs.__setitem__("spatial_dims", ["x"]),
    "fewer samples": lambda f: f.attrs.__setitem__("n_trajectories", 3),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_file_without_the_layout_is_named_and_left_alone(foreign, name):
    path, _ = foreign
    spoil(path, DAMAGE[name])
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match="layout of The Well") as caught:
        read_well(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"not what it says", None])
def test_a_damaged_file_is_named_and_left_alone(tmp_path, content):
    path = tmp_path / "a.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        read_well(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert content is None or path.read_bytes() == content
