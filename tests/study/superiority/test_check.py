"""A pair from end to end: the ratio that theory says, tables, words, and nothing done twice."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from xpde.errors import InvalidInput, NonFinite
from xpde.report.superiority_check import PairRecord, pair_table, write_pair_page
from xpde.study.catalogue import scenario
from xpde.study.data import initial_states
from xpde.study.store import read_json, read_table
from xpde.study.superiority import best_weights, closed_symbol
from xpde.study.superiority.check import Check, check
from xpde.study.superiority.verdict import verdict

POINTS, GAMMA, STEPS = 24, 0.3, 6
LINEAR = {
    "points": POINTS,
    "advection_gamma": GAMMA,
    "initial": "fourier;5;true;true",
    "train_samples": 16,
    "train_horizon": 1,
    "test_samples": 6,
    "test_horizon": STEPS,
    "batch": 16,
}
ASKED = Check(
    "diff_adv",
    "fd;1;1",
    "etdrk",
    overrides=LINEAR,
    nets=("Pure;2;identity",),
    optimizer="adam;1200;constant;1e-2",
    train_initial="fourier;1;true;true",
)


@pytest.fixture(scope="module")
def silent():
    return lambda *args, **kwargs: None


@pytest.fixture(scope="module")
def done(tmp_path_factory, silent):
    folder = tmp_path_factory.mktemp("pair")
    return check(ASKED, folder, silent), folder


def predicted_errors():
    """Mean nRMSE of emulator and teacher by their symbols; a_{-k} is the conjugate of a_k."""
    start = initial_states(scenario("diff_adv", **LINEAR), "test")
    modes = np.arange(1, 6)
    phi = modes / POINTS
    u_hat = np.fft.rfft(start[:, 0])[:, modes]
    exact, teacher = (closed_symbol("advection", s, phi, GAMMA) for s in ("analytic", "implicit"))
    theta = best_weights("advection", "implicit", 1 / POINTS, GAMMA)
    steps = np.arange(1, STEPS + 1)[:, None]
    size = np.linalg.norm(u_hat, axis=1)

    def mean(symbol):
        gap = symbol**steps - exact**steps
        return np.mean(np.linalg.norm(u_hat[:, None] * gap, axis=2) / size[:, None], axis=0)

    return theta, mean, teacher, phi


def test_forward_superiority_is_that_of_theory(done):
    found, _ = done
    theta, mean, teacher, phi = predicted_errors()
    ratio = found.nets["Pure;2;identity"].ratio
    # both solvers are linear and known mode by mode: rounding of transforms and of 6 steps
    assert ratio.denominator == pytest.approx(mean(teacher), rel=1e-12)
    # the kernel has the taps i and i + 1, the mirror image of the ansatz
    away = np.exp(2j * np.pi * phi)
    emulator = mean(theta[1] + theta[0] * away)
    # the training ends where the loss is 1e-9 or so of what it was; its gradient is no smaller
    assert ratio.value == pytest.approx(emulator / mean(teacher), rel=5e-3)
    assert ratio.kind == "state-space"
    assert ratio.value[0] < 0.9


def test_tables(done):
    found, folder = done
    ratios, errors = read_table(folder / "ratios.parquet"), read_table(folder / "errors.parquet")
    net = found.nets["Pure;2;identity"]
    assert np.array_equal(ratios["ratio"], net.ratio.value)
    means = errors.groupby(["of", "step"])["value"].mean()
    for of, column in (("teacher", "teacher"), ("Pure;2;identity", "emulator")):
        assert means[of].to_numpy() == pytest.approx(ratios[column].to_numpy(), rel=1e-13)
    parts = read_table(folder / "parts.parquet").set_index(["of", "part", "step"])["value"]
    states = pd.Series({of: parts[of].unstack("part") for of in ("teacher", "Pure;2;identity")})
    for table in states:
        kinds = table[["magnitude", "phase", "noise"]].sum(axis=1)
        origin = table[["one_step", "carried", "cross"]].sum(axis=1)
        # two ways to the same mean square error
        assert kinds.to_numpy() == pytest.approx(origin.to_numpy(), rel=1e-11)
    assert states["teacher"].loc[1, "carried"] == 0


def test_spectra_add_up_to_errors(done):
    found, folder = done
    spectra = read_table(folder / "spectra.parquet")
    sums = spectra[spectra["of"] == "teacher"].groupby("step")["value"].sum()
    # energy is half the mean square, and all modes of the circle are in its shells
    whole = np.mean(found.teacher.parts.whole, axis=0)
    assert 2 * sums.to_numpy() == pytest.approx(whole, rel=1e-11)


def test_the_judge_is_exact_and_the_words_say_so(done):
    found, folder = done
    said = verdict(found)
    assert said.good
    assert "Pure;2;identity is superior to its teacher fd;1;1 at steps 1 to 6" in said.headline
    text = " ".join(said.sentences)
    assert "The judge is fine enough" in text
    assert "state-space" in text
    assert "Pure;2;identity removed" in text
    # trained on mode 1 alone it does not imitate its teacher on the others: that is its advantage
    assert "longer training may change all" in text
    stored = read_json(folder / "findings.json")
    assert stored["headline"] == said.headline
    assert stored["about"]["teacher"] == "fd;1;1"


def test_the_page_has_everything_and_asks_nobody(done):
    found, folder = done
    page = write_pair_page(folder).read_text(encoding="utf-8")
    record = PairRecord.read(folder)
    assert verdict(found).headline in page
    assert page.count("<svg") == 8
    assert "http" not in page.replace("http-equiv", "")
    assert pair_table(record).row_count == 6
    with pytest.raises(InvalidInput, match="with findings"):
        PairRecord.read(folder / "nets")


def test_nothing_is_done_twice(done, silent):
    first, folder = done
    labels = []
    weights = next((folder / "nets").glob("*/weights.safetensors"))
    solvers = {path: path.stat().st_mtime_ns for path in (folder / "solvers").iterdir()}
    before = weights.stat().st_mtime_ns
    again = check(ASKED, folder, lambda label, *rest: labels.append(label))
    assert weights.stat().st_mtime_ns == before
    assert {path: path.stat().st_mtime_ns for path in (folder / "solvers").iterdir()} == solvers
    assert set(labels) == {"solvers", "ratios"}
    name = "Pure;2;identity"
    assert np.array_equal(again.nets[name].ratio.high, first.nets[name].ratio.high)
    # a further seed is the only one that is trained
    labels.clear()
    more = dataclasses.replace(ASKED, seeds=(0, 1))
    both = check(more, folder, lambda label, *rest: labels.append(label))
    assert f"{name} seed 1" in labels
    assert f"{name} seed 0" not in labels
    assert both.nets[name].errors.shape == (2, 6, STEPS)


def test_an_interrupted_training_goes_on(tmp_path, silent, done):
    class Enough(Exception):
        pass

    def stop(label, count=0, total=0, note=""):
        if label.startswith("Pure") and 0 < count < total and count >= 600:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(ASKED, tmp_path, stop)
    assert list((tmp_path / "nets").glob("*/checkpoint.safetensors"))
    found = check(ASKED, tmp_path, silent)
    name = "Pure;2;identity"
    assert np.array_equal(found.nets[name].errors, done[0].nets[name].errors)


TINY = {**LINEAR, "train_samples": 2, "batch": 2, "test_samples": 2, "test_horizon": 3}


def tiny(teacher, judge, **more):
    settings = {"overrides": TINY, "nets": ("Pure;3;identity",), "updates": 3} | more
    return Check("diff_adv", teacher, judge, **settings)


def test_a_changed_function_is_another_teacher(tmp_path, silent):
    def run(factor):
        check(tiny(lambda u: factor * u, "etdrk"), tmp_path, silent)
        return len(list((tmp_path / "nets").iterdir())), len(list((tmp_path / "solvers").iterdir()))

    nets, solvers = run(0.9)
    assert run(0.9) == (nets, solvers)
    more, others = run(0.8)
    assert (more, others) == (nets + 1, solvers + 2)  # its training and its test set


def test_a_teacher_without_an_error(tmp_path, silent):
    found = check(tiny("etdrk", "etdrk"), tmp_path, silent)
    ratio = found.nets["Pure;3;identity"].ratio
    assert ratio.undefined == (1, 2, 3)
    said = verdict(found)
    assert said.headline == "The ratio is undefined at every step."
    assert any("at steps 1 to 3; undefined there" in line for line in said.sentences)
    page = write_pair_page(tmp_path).read_text(encoding="utf-8")
    assert page.count("undefined</td>") == 3


def test_a_judge_that_cannot_judge(tmp_path, silent):
    # a judge of first order and a teacher that is hardly worse
    found = check(tiny("fd;1;1", "fd;1;1,substeps=2"), tmp_path, silent)
    said = verdict(found)
    assert not said.good
    assert "too coarse to judge" in said.headline
    assert "not fine enough at" in said.sentences[0]


def test_a_judge_of_whom_nothing_is_known(tmp_path, silent):
    found = check(tiny("fd;1;1", lambda u: 0.9 * u), tmp_path, silent)
    said = verdict(found)
    assert said.good
    assert "is not known: give a second, finer one" in said.sentences[0]


def test_channels_and_planes(tmp_path, silent):
    small = {"dims": 2, "points": 8, "train_samples": 2, "train_horizon": 1, "batch": 2}
    small |= {"test_samples": 2, "test_horizon": 2, "initial": "fourier;2;true;true"}
    asked = Check(
        "diff_burgers",
        "fd;0.5;1",
        "etdrk,order=4,substeps=2",
        overrides=small,
        nets=("Conv;2;1;relu",),
        updates=2,
        metric="RMSE",
    )
    found = check(asked, tmp_path, silent)
    assert found.states["judge"].shape == (3, 2, 8, 8)
    assert write_pair_page(tmp_path).exists()


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"metric": "nRMSSE"}, "did you mean nRMSE"),
        ({"nets": ()}, "at least one"),
        ({"nets": ("Conv;2;1;relu",) * 2}, "expected different ones"),
        ({"seeds": (1, 1)}, "expected different ones"),
        ({"nets": ("Conc;2;1;relu",)}, "did you mean Conv"),
        ({"training": "div;2"}, "one or sup;T"),
        ({"train_initial": "furier;2;true;true"}, "did you mean fourier"),
    ],
)
def test_refusals(more, text):
    with pytest.raises(InvalidInput) as caught:
        tiny("fd;1;1", "etdrk", **more)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_training_that_diverges_is_one_line(tmp_path, silent):
    asked = tiny("fd;1;1", "etdrk", updates=None, optimizer="sgd;200;constant;1e6")
    with pytest.raises(NonFinite, match="Pure;3;identity seed 0: "):
        check(asked, tmp_path, silent)


def test_a_rollout_that_is_lost_is_a_result(tmp_path, silent):
    long = {**TINY, "test_horizon": 300}
    wild = tiny("fd;1;1", "etdrk", overrides=long, updates=None, optimizer="sgd;2;constant;30")
    found = check(wild, tmp_path, silent)
    ratio = found.nets["Pure;3;identity"].ratio
    assert ratio.value[-1] == np.inf
    assert ratio.undefined == ()
    assert any("a rollout is not finite from step" in line for line in verdict(found).sentences)
    assert "inf" in write_pair_page(tmp_path).read_text(encoding="utf-8")
