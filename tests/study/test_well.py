"""The layout of The Well, attribute by attribute, and states that come back as they were."""

import h5py
import numpy as np
import pytest

from xpde.space import Grid
from xpde.study.invariants import divergence, energy
from xpde.study.read import read_well
from xpde.study.well import Layout, create, read_report, write_report, write_states

FIELDS = (("stress", 2), ("p", 0), ("velocity", 1), ("s", 0))


def layout(dims, dtype="float32", fields=FIELDS, samples=3, steps=5):
    grid = Grid((6, 5, 4)[:dims], (1.0, 2.0, 3.0)[:dims])
    parameters = {"nu": 0.25, "c_0": 1.0, "c_1": -2.0}
    times = 0.5 * np.arange(steps)
    return Layout("made_up", fields, grid, samples, times, dtype, parameters, {"xpde_note": "n"})


def states_of(plan, seed=0):
    channels = sum(plan.grid.dims**rank for _, rank in plan.fields)
    shape = (plan.samples, len(plan.times), channels, *plan.grid.points)
    return np.random.default_rng(seed).standard_normal(shape).astype(plan.dtype)


def plain(attributes):
    return {k: v.tolist() if hasattr(v, "tolist") else v for k, v in attributes.items()}


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_layout_is_that_of_the_well(tmp_path, dims, dtype):
    plan, path = layout(dims, dtype), tmp_path / "a.h5"
    create(path, plan)
    axes = ["x", "y", "z"][:dims]
    fixed = {"sample_varying": False, "time_varying": False}
    with h5py.File(path) as file:
        assert plain(file.attrs) == {
            "dataset_name": "made_up",
            "grid_type": "cartesian",
            "n_spatial_dims": dims,
            "n_trajectories": 3,
            "simulation_parameters": ["nu", "c_0", "c_1"],
            "nu": 0.25,
            "c_0": 1.0,
            "c_1": -2.0,
            "xpde_note": "n",
        }
        assert plain(file["dimensions"].attrs) == {"spatial_dims": axes}
        assert set(file["dimensions"]) == {"time", *axes}
        assert plain(file["dimensions/time"].attrs) == {"sample_varying": False}
        assert file["dimensions/time"][:].tolist() == [0.0, 0.5, 1.0, 1.5, 2.0]
        for axis, n, length in zip(axes, plan.grid.points, plan.grid.extent, strict=True):
            assert plain(file["dimensions"][axis].attrs) == fixed
            expected = (np.arange(n) * (length / n)).astype(dtype)
            np.testing.assert_array_equal(file["dimensions"][axis][:], expected)
        assert set(file["boundary_conditions"]) == {f"{axis}_periodic" for axis in axes}
        for axis, n in zip(axes, plan.grid.points, strict=True):
            boundary = file[f"boundary_conditions/{axis}_periodic"]
            about = {"associated_dims": [axis], "associated_fields": [], "bc_type": "PERIODIC"}
            assert plain(boundary.attrs) == about | fixed
            assert boundary["mask"].dtype == bool
            assert np.flatnonzero(boundary["mask"][:]).tolist() == [0, n - 1]
        assert plain(file["scalars"].attrs) == {"field_names": ["nu", "c_0", "c_1"]}
        for name, value in plan.parameters.items():
            assert plain(file["scalars"][name].attrs) == fixed
            assert (file["scalars"][name].shape, file["scalars"][name][()]) == ((), value)
        for rank, names in enumerate((["p", "s"], ["velocity"], ["stress"])):
            group = file[f"t{rank}_fields"]
            assert plain(group.attrs) == {"field_names": names}
            assert set(group) == set(names)
            for name in names:
                assert group[name].shape == (3, 5, *plan.grid.points, *(dims,) * rank)
                assert group[name].dtype == dtype
                assert plain(group[name].attrs) == {
                    "dim_varying": [True] * dims,
                    "sample_varying": True,
                    "time_varying": True,
                }


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_states_come_back_in_the_order_of_the_file(tmp_path, dims):
    """Written in four blocks; t0, t1, t2 hold channels (1, D, D²), the last axes the components."""
    plan, path = layout(dims, "float64"), tmp_path / "a.h5"
    states = states_of(plan)
    create(path, plan)
    with h5py.File(path, "r+") as file:
        for sample, step in ((0, 0), (0, 3), (2, 0), (2, 3)):
            rows = slice(sample, sample + 2 - sample // 2)
            write_states(file, plan, sample, step, states[rows, step : step + 3].copy())
        first = dims**2
        assert file["t0_fields/p"][1, 2].tolist() == states[1, 2, first].tolist()
        for i in range(dims):
            vector = file["t1_fields/velocity"][..., i]
            np.testing.assert_array_equal(vector, states[:, :, first + 1 + i])
            tensor = file["t2_fields/stress"][..., i, dims - 1]
            np.testing.assert_array_equal(tensor, states[:, :, i * dims + dims - 1])
    with read_well(path, fields=[name for name, _ in FIELDS]) as data:
        np.testing.assert_array_equal(data[:], states)
    with read_well(path) as data:
        assert [name for name, _ in data.fields] == ["p", "s", "velocity", "stress"]
        assert data.shape == (3, 5, 2 + dims + dims**2, *plan.grid.points)


def test_invariants_are_of_the_stored_values(tmp_path):
    """Tables of float32 states equal the functions of those states in float64, bit for bit."""
    plan, path = layout(2, fields=(("velocity", 1), ("p", 0))), tmp_path / "a.h5"
    states = states_of(plan)
    create(path, plan)
    with h5py.File(path, "r+") as file:
        write_states(file, plan, 0, 0, states.copy())
        write_report(file, plan)
        report = read_report(file)
        velocity = states[:, :, :2].astype(np.float64)
        table = file["invariants/velocity"]
        assert set(table) == {"mean", "energy", "largest", "divergence", "nonfinite"}
        assert set(file["invariants/p"]) == {"mean", "energy", "largest", "nonfinite"}
        expected = energy(velocity, 2)
        # the same sums over blocks of another shape
        np.testing.assert_allclose(table["energy"][:], expected, rtol=1e-14)
        np.testing.assert_allclose(
            table["divergence"][:], divergence(velocity, plan.grid), rtol=1e-13
        )
        assert table["mean"].shape == (3, 5, 2)
        assert table.attrs["energy_first"] == pytest.approx(expected[:, 0].mean(), rel=1e-14)
    assert [row.field for row in report.fields] == ["p", "velocity"]
    assert report.fields[1].largest == np.max(np.abs(velocity))
    assert report.stopped == ()


def test_a_stopped_sample_is_nan_from_there_on(tmp_path):
    plan, path = layout(1, fields=(("u", 0),)), tmp_path / "a.h5"
    states = states_of(plan)
    states[1, 3, 0, 2] = np.inf
    create(path, plan)
    with h5py.File(path, "r+") as file:
        write_states(file, plan, 0, 0, states[:, :2].copy())
        write_states(file, plan, 0, 2, states[:, 2:4].copy())
        write_states(file, plan, 0, 4, states[:, 4:].copy())
        write_report(file, plan)
        assert file["invariants/finite_steps"][:].tolist() == [5, 3, 5]
        stored = file["t0_fields/u"][:]
        np.testing.assert_array_equal(stored[1, :3], states[1, :3, 0])
        assert np.isnan(stored[1, 3:]).all()
        np.testing.assert_array_equal(stored[[0, 2]], states[[0, 2], :, 0])
        report = read_report(file)
    assert report.stopped == ((3, 1),)
    assert report.fields[0].nonfinite == 2 * 6


def test_large_states_are_cut_into_chunks_that_hdf5_allows(tmp_path):
    """A chunk ends at 4 GiB; made without writing: the places of a sparse file cost nothing."""
    grid = Grid((1024, 1024, 1024), (1.0, 1.0, 1.0))
    plan = Layout("big", (("u", 1),), grid, 1, np.arange(1.0), "float64", {}, {})
    from xpde.study.well import chunks

    assert plan.size == 3 * 2**33
    rows = chunks(1, (*grid.points, 3), 8)
    assert np.prod(rows) * 8 <= 2**32 - 1
    assert chunks(200, (160,), 4) == (1, 200, 160)
