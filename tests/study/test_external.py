"""Rollouts from a file have the scores of the emulator that made them."""

import h5py
import numpy as np
import pytest

from xpde.core import tree_map
from xpde.errors import InvalidInput
from xpde.metrics import gmean
from xpde.study import reference_data, scenario, score
from xpde.study.experiment import Experiment
from xpde.study.external import score_file, write_start
from xpde.study.predictions import first_frame, predictions
from xpde.study.store import read_table
from xpde.study.well import Layout, create, write_states

STEPS = 12
SMALL = {"points": 24, "test_samples": 3, "test_horizon": STEPS}
SMALL |= {"metrics": "correlation,mean_fourier_nRMSE;0;3;1,mean_nRMSE", "train_samples": 2}
KINDS = ("plain", "with the initial state", "two seeds", "The Well")


@pytest.fixture(scope="module")
def own(bk):
    """An untrained emulator that decays: problem, its test set, its scores."""
    config = Experiment("diff_burgers", SMALL, network="Conv;3;1;tanh")
    test = reference_data(config.problem, bk, "test")
    params = tree_map(bk.asarray, config.initial_weights())
    return config.problem, bk.to_numpy(test), score(config, bk, params, test, warm=False)


def well(path, problem, states):
    plan = Layout(
        "mine",
        (("u", 0),),
        problem.grid,
        states.shape[0],
        np.arange(float(states.shape[1])),
        "float64",
        {},
        {},
    )
    create(path, plan)
    with h5py.File(path, "r+") as file:
        write_states(file, plan, 0, 0, states.copy())


@pytest.mark.parametrize("kind", KINDS)
def test_the_scores_are_those_of_the_emulator(bk, own, tmp_path, kind):
    """Every metric and every sample, bit for bit."""
    problem, test, scores = own
    states, path = bk.to_numpy(scores.states), tmp_path / "mine"
    whole = np.concatenate([test[:, :1], states], axis=1)
    if kind == "The Well":
        well(path, problem, whole)
    else:
        choices = {
            "plain": states,
            "with the initial state": whole,
            "two seeds": np.stack([test[:, 1:], states]),
        }
        with path.open("wb") as file:
            np.save(file, choices[kind])
    found = score_file(problem, bk, path)
    assert list(found.metrics) == ["mean_nRMSE", "mean_correlation", "mean_fourier_nRMSE;0;3;1"]
    assert found.metrics.keys() == scores.metrics.keys()
    for name, values in scores.metrics.items():
        np.testing.assert_array_equal(found.metrics[name][-1], values)
    np.testing.assert_array_equal(found.samples[-1], scores.samples)
    assert found.nonfinite() is None
    (note,) = found.notes
    assert ("the initial state and 12 predictions" in note) == (kind in KINDS[1::2])
    expected = gmean(scores.metrics["mean_nRMSE"], upto=STEPS)
    np.testing.assert_array_equal(found.gmean[-1], expected)
    if kind == "two seeds":
        assert np.all(found.samples[0] == 0)
        assert found.gmean[0] == 0


NUMPY = scenario("diff_adv", points=16, test_samples=2, test_horizon=5)


@pytest.fixture
def host(backends):
    return backends["numpy"]


@pytest.fixture
def reference(host):
    return reference_data(NUMPY, host, "test")


@pytest.fixture
def judged(host, tmp_path):
    """Score an array as a file."""

    def call(states, first="auto"):
        np.save(tmp_path / "u.npy", states)
        return score_file(NUMPY, host, tmp_path / "u.npy", first)

    return call


def said(notes, *words):
    return all(any(word in note for note in notes) for word in words)


def test_fewer_steps_are_scored_as_far_as_they_go(judged, reference):
    """The first frame is compared: predictions, or the initial state and predictions."""
    guess = 1.1 * reference[:, 1:]
    whole = judged(guess)
    for states in (guess[:, :3], np.concatenate([reference[:, :1], guess[:, :3]], axis=1)):
        found = judged(states)
        assert found.steps == 3
        np.testing.assert_array_equal(found.samples, whole.samples[:, :, :3])
        assert said(found.notes, "3 of the 5 steps", "assumed")
    np.testing.assert_allclose(whole.gmean, 0.1, rtol=1e-14)  # 1.1 is not a float


def test_persistence_can_say_what_it_is(judged, reference):
    """The initial state again and again: predictions, though the first looks like the start."""
    still = np.repeat(reference[:, :1], 3, axis=1)
    assert judged(still).steps == 2
    assert judged(still, "prediction").steps == 3
    full = judged(np.repeat(reference[:, :1], 5, axis=1))
    assert (full.steps, len(full.notes)) == (5, 2)
    assert said(full.notes, "equals the initial state")
    assert judged(np.repeat(reference[:, :1], 5, axis=1), "initial").steps == 4


def test_a_start_rounded_to_half_precision_is_the_start(judged, reference):
    assert judged(reference.astype(np.float16)).steps == 5
    assert judged(reference[:, :4].astype(np.float16)).steps == 3


def test_nan_and_infinity_are_counted(judged, reference):
    bad = np.stack([reference[:, 1:], 1.1 * reference[:, 1:]])
    bad[0, 1, 3, 0, 7] = np.inf  # a single value, healed a step later
    bad[1, 0, 1] = np.nan
    found = judged(bad)
    assert found.good.tolist() == [[5, 3], [1, 5]]
    line = found.nonfinite()
    assert "in 2 of 4 rollouts, first at step 2 (sample 0 of seed 1)" in line
    curve = found.metrics["mean_nRMSE"]
    assert np.isfinite(curve).tolist() == [[True] * 3 + [False] * 2, [True] + [False] * 4]
    assert np.isfinite(found.samples[0, 0]).all()
    assert np.isnan(found.gmean).all()


def test_a_number_too_large_for_the_precision_is_infinite(backends, tmp_path, reference):
    states = reference[:, 1:].copy()
    states[1, 2] = 1e300
    np.save(tmp_path / "u.npy", states)
    bk = type(backends["numpy"])(dtype="float32")
    found = score_file(NUMPY, bk, tmp_path / "u.npy")
    assert found.good.tolist() == [[5, 2]]
    assert "of seed" not in found.nonfinite()


def test_the_written_start_is_the_first_frame(bk, tmp_path):
    """Bit for bit, after the warm-up too; a rollout that begins with it is accepted."""
    problem = scenario("diff_adv", points=16, test_samples=2, test_horizon=5, warmup=3)
    path = tmp_path / "sub" / "u0.npy"
    assert write_start(problem, bk, path) == (2, 1, 16)
    start, data = np.load(path), bk.to_numpy(reference_data(problem, bk, "test"))
    np.testing.assert_array_equal(start, data[:, 0])
    np.save(path, np.concatenate([start[:, None], data[:, 1:]], axis=1))
    assert np.all(score_file(problem, bk, path).samples == 0)


def test_tables(judged, reference, tmp_path):
    rng = np.random.default_rng(0)
    found = judged(reference[None, :, 1:] + 0.1 * rng.standard_normal((3, 2, 5, 1, 16)))
    found.write(tmp_path / "t")
    metrics, samples = (read_table(tmp_path / "t" / f"{n}.parquet") for n in ("metrics", "samples"))
    assert list(metrics.columns) == ["metric", "seed", "step", "value"]
    assert list(samples.columns) == ["metric", "seed", "sample", "step", "value"]
    assert (len(metrics), len(samples)) == (3 * 5, 3 * 2 * 5)
    for _, row in samples.iterrows():
        assert row["value"] == found.samples[row["seed"], row["sample"], row["step"] - 1]
    for _, row in metrics.iterrows():
        assert row["value"] == found.metrics[row["metric"]][row["seed"], row["step"] - 1]


SHAPES = {
    "samples": (3, 5, 1, 16),
    "too many frames": (2, 7, 1, 16),
    "no frames": (2, 0, 1, 16),
    "channels": (2, 5, 2, 16),
    "points": (2, 5, 1, 17),
    "no channels": (2, 5, 16),
    "no seeds": (0, 2, 5, 1, 16),
    "axes": (1, 1, 2, 5, 1, 16),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_wrong_shape_is_one_line(judged, name):
    with pytest.raises(InvalidInput) as info:
        judged(np.zeros(SHAPES[name]))
    assert "expected shape (2, 5, 1, 16), or 6 frames" in str(info.value)
    assert f"got {SHAPES[name]}" in str(info.value)
    assert "\n" not in str(info.value)


def test_another_start_is_refused(judged, reference):
    for moved in (reference + 0.01, np.where(reference == reference[0, 0], np.nan, reference)):
        with pytest.raises(InvalidInput, match=r"expected the scenario's initial state first"):
            judged(moved)
    with pytest.raises(InvalidInput, match=r"at most 5 frames without the initial state, got 6"):
        judged(reference, "prediction")
    with pytest.raises(InvalidInput, match=r"one frame that equals the initial state"):
        judged(reference[:, :1])
    with pytest.raises(InvalidInput, match=r"did you mean initial"):
        judged(reference, "initals")


@pytest.mark.parametrize(
    ("states", "kind"),
    [
        (np.zeros((2, 5, 1, 16), np.complex128), "complex128"),
        (np.zeros((2, 5, 1, 16), np.int64), "int64"),
        (np.full((2, 5, 1, 16), None), "complete .npy file of numbers"),
    ],
    ids=["complex", "integers", "objects"],
)
def test_other_numbers_are_refused(judged, states, kind):
    with pytest.raises(InvalidInput, match=kind):
        judged(states)


def test_files_that_are_not(host, tmp_path):
    (tmp_path / "text").write_text("no")
    np.save(tmp_path / "cut.npy", np.zeros((2, 5, 1, 16)))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:-8])
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["u"] = np.zeros(3)
    for name, line in (
        ("text", "another kind of file"),
        ("missing", "expected a file at"),
        ("cut.npy", "complete"),
        ("other.h5", "The Well"),
    ):
        with pytest.raises(InvalidInput, match=line) as info:
            score_file(NUMPY, host, tmp_path / name)
        assert "\n" not in str(info.value)


def test_first_frames_of_all_seeds_are_compared(tmp_path, reference):
    """One seed that begins elsewhere is enough."""
    both = np.stack([reference, reference])
    both[1, 0, 0] += 0.5
    np.save(tmp_path / "u.npy", both)
    with (
        predictions(tmp_path / "u.npy", NUMPY) as given,
        pytest.raises(InvalidInput, match="differs by"),
    ):
        first_frame("auto", given, reference[:, 0], 5)
