"""Data sets block by block: the same as in memory, bounded, resumable, honest about failures."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import tracemalloc

import h5py
import numpy as np
import pytest

import xpde
from xpde.errors import InvalidInput, XpdeError
from xpde.pde import navier_stokes_velocity
from xpde.study import Scenario, initial_states, reference_data, scenario
from xpde.study import generate as generate_
from xpde.study.data import unchecked_data
from xpde.study.generate import generate
from xpde.study.invariants import divergence
from xpde.study.read import read_well

SMALL = {"test_samples": 3, "test_horizon": 12}
CASES = {
    "nonlinear": ("diff_burgers", {"points": 48, "warmup": 5}),
    "linear": ("diff_adv", {"points": 45, "warmup": 7}),
    "no warm-up": ("diff_kdv", {"points": 48, "warmup": 0}),
    "two axes": ("diff_burgers", {"points": 18, "warmup": 3, "dims": 2}),
}
MIB = 2**20


def state_bytes(problem, itemsize=8):
    return problem.channels * problem.grid.size * itemsize


def small_memory(problem, samples, steps, itemsize=8):
    """MiB that hold groups of ``samples`` for blocks of about ``steps``."""
    return max(40 * samples, 6 * samples * steps) * state_bytes(problem, itemsize) / MIB


def stored(path):
    """Everything that a run decides: datasets and attributes, by name."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: found.update(
                {name: item[()].tobytes() if isinstance(item, h5py.Dataset) else dict(item.attrs)}
            )
        )
    return {name: str(value) for name, value in found.items()}


@pytest.mark.parametrize("name", CASES)
def test_streamed_is_what_is_computed_in_memory(bk, relative, tmp_path, name):
    """Two groups of two samples, six steps a block, against one rollout of all."""
    key, more = CASES[name]
    problem = scenario(key, **SMALL | more | {"test_samples": 4})
    expected = bk.to_numpy(reference_data(problem, bk, "test"))
    memory = small_memory(problem, 2, 6)
    generate(problem, bk, tmp_path / "a.h5", memory=memory)
    with read_well(tmp_path / "a.h5") as data:
        states = data[:]
        np.testing.assert_allclose(data.times(), problem.dt * np.arange(13), rtol=1e-15)
    if bk.capabilities.compiles:
        # XLA fuses programs of another length differently: some ulps a step over 19 steps at most
        assert relative(states, expected) < 1e-12
    elif name == "linear":
        # a rollout takes powers of the factor of a step: 19 products in another order, 5 eps each
        assert relative(states, expected) < 100 * np.finfo(np.float64).eps
    else:
        np.testing.assert_array_equal(states, expected)


def test_a_velocity_is_one_vector_field(backends, relative, tmp_path):
    """Components come last in the file, and its divergence is in the report."""
    problem = Scenario(
        key="flow",
        summary="Navier-Stokes velocity",
        parameters={},
        build=lambda s: navier_stokes_velocity(s.dims),
        dims=2,
        points=18,
        dt=0.01,
        **SMALL,
    )
    bk = backends["numpy"]
    report = generate(problem, bk, tmp_path / "a.h5", memory=small_memory(problem, 2, 7))
    expected = reference_data(problem, bk, "test")
    with h5py.File(tmp_path / "a.h5") as file:
        stored_ = file["t1_fields/velocity"][:]
        np.testing.assert_array_equal(np.moveaxis(stored_, -1, 2), expected)
        table = file["invariants/velocity/divergence"][:]
    # the same sums over blocks of another shape
    assert relative(table, divergence(expected, problem.grid)) < 1e-14
    assert report.fields[0].divergence == np.max(table)


@pytest.mark.parametrize("samples", [1, 2, 3])
@pytest.mark.parametrize("steps", [7, 9, 12])
def test_blocks_of_any_shape_give_the_same_bits(backends, tmp_path, samples, steps):
    """Three samples and twelve steps do not divide evenly."""
    problem, bk = scenario("diff_ks", points=32, **SMALL, warmup=8), backends["numpy"]
    memory = small_memory(problem, samples, steps)
    generate(problem, bk, tmp_path / "a.h5", memory=memory)
    with read_well(tmp_path / "a.h5") as data:
        np.testing.assert_array_equal(data[:], reference_data(problem, bk, "test"))


def test_one_block_of_the_training_set(backends, tmp_path):
    problem = scenario("diff_burgers", points=32, train_samples=2, train_horizon=4)
    generate(problem, backends["numpy"], tmp_path / "a.h5", split="train")
    with read_well(tmp_path / "a.h5") as data:
        expected = reference_data(problem, backends["numpy"], "train")
        np.testing.assert_array_equal(data[:], expected)


def test_any_sample_can_be_drawn_alone():
    problem = scenario("diff_burgers", points=32)
    whole = initial_states(problem, "test", 9)
    np.testing.assert_array_equal(initial_states(problem, "test", 2, 5), whole[5:7])


@pytest.mark.parametrize(
    ("dtype", "store", "expected"),
    [
        ("float32", None, "float32"),
        ("float64", "float32", "float32"),
        ("float32", "float64", "float64"),
    ],
)
def test_precision_of_the_file(tmp_path, dtype, store, expected):
    """Rounded once when it is written; widening keeps the bits."""
    problem, bk = scenario("diff_burgers", points=32, **SMALL), xpde.backend("numpy", dtype=dtype)
    generate(problem, bk, tmp_path / "a.h5", store=store)
    with read_well(tmp_path / "a.h5") as data:
        assert data.dtype == expected
        np.testing.assert_array_equal(data[:], reference_data(problem, bk, "test").astype(expected))


def test_settings_and_provenance_are_in_the_file(backends, tmp_path):
    problem = scenario("diff_burgers", points=32, **SMALL)
    generate(problem, backends["numpy"], tmp_path / "a.h5")
    with read_well(tmp_path / "a.h5") as data:
        about = data.attributes
        assert data.name == about["xpde_scenario"] == "diff_burgers"
        assert about["xpde_settings"] == json.loads(json.dumps(problem.settings()))
        assert about["xpde_equation"] == problem.equation.formula
        assert about["xpde_conventions"] == "exact"
        assert about["xpde_provenance"]["backend"] == "numpy"
        assert about["xpde_provenance"]["seeds"] == {"test": problem.test_seed}
        unseen = {"batch", "coarse_proportion", "metrics", "optimizer", "vlim"}  # by any state
        decide = {k: v for k, v in about["xpde_settings"].items() if k not in unseen}
        assert about["xpde_config"]["settings"] == decide
        assert data.scalars == {k: about[k] for k in about["simulation_parameters"]}
        assert data.scalars["diffusivity"] == problem.equation.parameters["diffusivity"]
        (axis,) = data.coordinates()
        np.testing.assert_array_equal(axis, problem.grid.coordinates()[0])


def test_a_setting_of_the_training_does_not_make_another_data_set(backends, tmp_path):
    first = scenario("diff_burgers", points=32, **SMALL)
    generate(first, backends["numpy"], tmp_path / "a.h5")
    before = (tmp_path / "a.h5").stat().st_mtime_ns
    other = scenario("diff_burgers", points=32, batch=7, coarse_proportion=0.1, **SMALL)
    generate(other, backends["numpy"], tmp_path / "a.h5")
    assert (tmp_path / "a.h5").stat().st_mtime_ns == before  # complete already


def test_memory_stays_within_the_bound(backends, tmp_path):
    """Three axes, trajectories of three times the bound; NumPy tells tracemalloc what it takes."""
    problem = scenario("diff_burgers", dims=3, points=18, test_samples=2, test_horizon=62)
    bound = 41 * state_bytes(problem) / MIB
    assert 2 * 63 * state_bytes(problem) / MIB > 3 * bound
    problem.stepper(backends["numpy"])  # coefficients and modules are not states
    blocks = []

    def progress(*args):
        blocks.append(args)

    tracemalloc.start()
    generate(problem, backends["numpy"], tmp_path / "a.h5", memory=bound, progress=progress)
    peak = tracemalloc.get_traced_memory()[1] / MIB
    tracemalloc.stop()
    assert len(blocks) > 10
    assert peak < bound


SCRIPT = """
import sys, xpde
from xpde.study import scenario
from xpde.study.generate import generate
problem = scenario("diff_burgers", points=48, warmup=9, test_samples=4, test_horizon=60)
def progress(label, done, total, note):
    print(done, total, flush=True)
bk = xpde.backend("numpy", dtype="float64")
generate(problem, bk, sys.argv[1], memory=float(sys.argv[2]), progress=progress)
"""


def test_killed_at_any_moment_it_goes_on_with_the_same_bits(backends, tmp_path):
    """SIGKILL three times, each a moment after some block: no finished block is computed again."""
    problem = scenario("diff_burgers", points=48, warmup=9, test_samples=4, test_horizon=60)
    memory = small_memory(problem, 2, 6)
    straight, path = tmp_path / "straight.h5", tmp_path / "killed.h5"
    generate(problem, backends["numpy"], straight, memory=memory)
    reached = 0
    for wanted, delay in ((3, 0.0), (9, 0.003), (14, 0.011)):
        words = [sys.executable, "-c", SCRIPT, str(path), str(memory)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as run:
            for line in run.stdout:
                done, total = map(int, line.split())
                assert done == reached + 1
                reached = done
                if done >= wanted:
                    time.sleep(delay)
                    os.kill(run.pid, signal.SIGKILL)
                    break
            for line in run.stdout:  # blocks that were finished before the signal came
                reached = int(line.split()[0])
        assert run.returncode == -signal.SIGKILL
        assert not path.exists()
        with h5py.File(f"{path}.part.state") as record, h5py.File(f"{path}.part") as part:
            assert record.attrs["done"] - reached in (0, 1)  # the line may not have been printed
            reached = int(record.attrs["done"])
            assert part["t0_fields/u"].shape == (4, 61, 48)
    assert reached < total
    calls = []
    generate(
        problem,
        backends["numpy"],
        path,
        memory=memory,
        progress=lambda *args: calls.append(args[1]),
    )
    assert calls == list(range(reached + 1, total + 1))
    assert stored(path) == stored(straight)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["killed.h5", "straight.h5"]


class Stop(Exception):
    pass


def interrupted(problem, bk, path, memory, blocks):
    def progress(label, done, total, note):
        if done == blocks:
            raise Stop

    with pytest.raises(Stop):
        generate(problem, bk, path, memory=memory, progress=progress)


def test_a_resumed_run_has_the_same_bits_on_every_backend(bk, tmp_path):
    problem = scenario("diff_burgers", points=30, warmup=4, **SMALL)
    memory = small_memory(problem, 3, 6)
    generate(problem, bk, tmp_path / "a.h5", memory=memory)
    interrupted(problem, bk, tmp_path / "b.h5", memory, 1)
    interrupted(problem, bk, tmp_path / "b.h5", memory, 2)
    generate(problem, bk, tmp_path / "b.h5", memory=memory)
    assert stored(tmp_path / "a.h5") == stored(tmp_path / "b.h5")


def test_an_unfinished_file_of_another_configuration_is_refused(backends, tmp_path):
    problem, path, bk = (
        scenario("diff_adv", points=32, **SMALL),
        tmp_path / "a.h5",
        backends["numpy"],
    )
    memory = small_memory(problem, 1, 6)
    interrupted(problem, bk, path, memory, 2)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    other = scenario("diff_adv", points=32, **SMALL | {"test_seed": 5})
    with pytest.raises(InvalidInput, match=r"a\.h5\.part .* in test_seed; run its own") as caught:
        generate(other, bk, path, memory=memory)
    assert "\n" not in str(caught.value)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_what_others_wrote_is_left_alone(backends, tmp_path):
    problem, bk = scenario("diff_adv", points=32, **SMALL), backends["numpy"]
    (tmp_path / "a.h5").write_text("mine")
    (tmp_path / "b.h5.part").write_text("mine too")
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["x"] = 1.0
    for name, said in (("a", "did not write"), ("b", "without a record"), ("c", "did not write")):
        with pytest.raises(InvalidInput, match=said):
            generate(problem, bk, tmp_path / f"{name}.h5")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.h5", "b.h5.part", "c.h5"]
    assert (tmp_path / "a.h5").read_text() == "mine"
    assert (tmp_path / "b.h5.part").read_text() == "mine too"


def test_a_complete_set_is_not_computed_again(backends, tmp_path, monkeypatch):
    problem, bk = scenario("diff_adv", points=32, **SMALL), backends["numpy"]
    first = generate(problem, bk, tmp_path / "a.h5")
    monkeypatch.setattr(generate_, "_compute", None)
    again = generate(problem, bk, tmp_path / "a.h5")
    assert str(again) == str(first)
    with pytest.raises(InvalidInput, match="in points"):
        generate(scenario("diff_adv", points=33, **SMALL), bk, tmp_path / "a.h5")


def test_a_blow_up_stops_its_sample_and_keeps_the_rest(bk, tmp_path):
    """Step and sample are those of the rollout in memory; NaN from there and nowhere before."""
    more = {"diffusion_gamma": 0.0, "convection_delta": -20.0, "points": 32}
    problem = scenario("diff_burgers", **more, **SMALL | {"test_samples": 2, "test_horizon": 30})
    report = generate(problem, bk, tmp_path / "a.h5", memory=small_memory(problem, 2, 7))
    assert len(report.stopped) == 2
    with h5py.File(tmp_path / "a.h5") as file, read_well(tmp_path / "a.h5") as data:
        for step, sample in report.stopped:
            assert 0 < step < 31
            assert data.finite_steps[sample] == step
            assert np.isfinite(data[sample, :step]).all()
            assert np.isnan(data[sample, step:]).all()
        assert report.fields[0].nonfinite == np.sum(file["invariants/u/nonfinite"])
        expected = sum((31 - step) * 32 for step, _ in report.stopped)
        assert report.fields[0].nonfinite == expected
        with np.errstate(over="ignore", invalid="ignore"):
            states = bk.to_numpy(unchecked_data(problem, bk, "test"))
        finite = np.isfinite(states).all(axis=(2, 3))
        assert report.stopped == tuple(sorted((int(np.argmin(f)), i) for i, f in enumerate(finite)))


def test_a_blow_up_in_the_warm_up_leaves_nothing_finite(backends, tmp_path):
    more = {"diffusion_gamma": 0.0, "convection_delta": -20.0, "points": 32, "warmup": 40}
    problem = scenario("diff_burgers", **more, **SMALL)
    report = generate(problem, backends["numpy"], tmp_path / "a.h5")
    assert [step for step, _ in report.stopped] == [0, 0, 0]


def test_a_full_disk_is_one_line_and_keeps_what_was_written(backends, tmp_path):
    """The limit on a file's size, lowered after the third block, refuses writes as a disk does."""
    problem, bk = scenario("diff_burgers", points=512, **SMALL), backends["numpy"]
    memory, path = small_memory(problem, 1, 7), tmp_path / "a.h5"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full(label, done, total, note):
        if done == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, hard))

    try:
        with pytest.raises(
            XpdeError, match=r"could not write \(File too large\); 3 of 6 blocks"
        ) as caught:
            generate(problem, bk, path, memory=memory, progress=full)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "\n" not in str(caught.value)
    calls = []
    generate(problem, bk, path, memory=memory, progress=lambda *args: calls.append(args[1]))
    assert calls == [4, 5, 6]
    with read_well(path) as data:
        np.testing.assert_array_equal(data[:], reference_data(problem, bk, "test"))


def test_a_disk_that_is_too_small_is_refused_before_anything(backends, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("U", (), {"free": 1000})())
    with pytest.raises(InvalidInput, match="MiB free on its disk"):
        generate(scenario("diff_adv", points=32, **SMALL), backends["numpy"], tmp_path / "a.h5")
    assert list(tmp_path.iterdir()) == []


def test_bad_words_are_refused(backends, tmp_path):
    problem = scenario("diff_adv", points=32, **SMALL)
    with pytest.raises(InvalidInput, match="store: expected"):
        generate(problem, backends["numpy"], tmp_path / "a.h5", store="float16")
    with pytest.raises(InvalidInput, match="memory: expected"):
        generate(problem, backends["numpy"], tmp_path / "a.h5", memory=1e-3)
    assert list(tmp_path.iterdir()) == []
