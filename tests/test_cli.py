"""The command line: what it prints, where it writes, how it refuses."""

import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

SMALL = ["--points", "16", "--steps", "3"]


def python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


COMMANDS = tuple(
    "backends list simulate data train study tables score compare report".split()  # noqa: SIM905
)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(run, command):
    code, out, err = run(command, "--help")
    assert (code, err) == (0, "")
    assert f"xpde {command}" in out.split("For example", 1)[1]


def test_help_lists_the_commands(run):
    code, out, _ = run("--help")
    assert code == 0
    assert all(command in out for command in COMMANDS)


def test_version(run):
    import xpde

    assert run("--version") == (0, f"xpde {xpde.__version__}\n", "")


def test_help_loads_nothing_heavy():
    heavy = "('jax', 'torch', 'cupy', 'matplotlib', 'pandas', 'scipy', 'h5py')"
    code = (
        "import io, sys, contextlib; from xpde.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()): main(['--help'])\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    assert python(code) == "[]"


def test_simulate_on_numpy_loads_no_other_framework(tmp_path):
    words = ["simulate", "diff_adv", *SMALL, "--out", str(tmp_path / "run")]
    code = (
        "import io, sys, contextlib; from xpde.cli import main\n"
        f"with contextlib.redirect_stdout(io.StringIO()): code = main({words})\n"
        "print(code, [m for m in ('jax', 'torch', 'cupy') if m in sys.modules])"
    )
    assert python(code) == "0 []"


BAD = {
    "unknown command": (["simulat", "diff_adv"], 'Did you mean "simulate"?'),
    "unknown option": (["simulate", "diff_adv", "--point", "3"], "Did you mean --points?"),
    "missing scenario": (["simulate"], "SCENARIO"),
    "unknown scenario": (["simulate", "diff_burger"], "did you mean diff_burgers"),
    "unknown backend": (["simulate", "diff_adv", "--backend", "numpi"], "did you mean numpy?"),
    "unknown dtype": (["simulate", "diff_adv", "--dtype", "float16"], "float32 or float64"),
    "negative dt": (["simulate", "diff_adv", "--dt", "-0.1"], "dt"),
    "points of words": (["simulate", "diff_adv", "--points", "many"], "many"),
    "four axes": (["simulate", "diff_adv", "--dims", "4"], "expected dims of 1, 2, 3, got 4"),
    "no samples": (["simulate", "diff_adv", "--samples", "0"], "test_samples"),
    "too few points": (["simulate", "diff_adv", "--points", "8"], "more than 10 points"),
    "absent device": (["simulate", "diff_adv", "--device", "tpu"], "tpu"),
    "broken assignment": (["simulate", "diff_adv", "--set", "gamma"], "NAME=VALUE"),
    "unknown setting": (["simulate", "diff_adv", "--set", "orders=2"], "did you mean order?"),
    "unknown network": (["train", "diff_adv", "--net", "Convv;8;2;relu"], "did you mean Conv?"),
    "short network": (["train", "diff_adv", "--net", "Conv;8;relu"], "Conv;WIDTH;DEPTH;ACTIVATION"),
    "unknown activation": (["train", "diff_adv", "--net", "Conv;8;2;rely"], "did you mean relu"),
    "unknown task": (
        ["train", "diff_adv", "--task", "corect;parallel"],
        "did you mean correct?",
    ),
    "unknown training": (["train", "diff_adv", "--train", "two"], "unknown training 'two'"),
    "unknown optimizer": (["train", "diff_adv", "--optim", "adams;5;constant;1"], "adam"),
    "no updates": (["train", "diff_adv", "--updates", "0"], "1 or more"),
    "backend twice": (["compare", "diff_adv", "--backends", "numpy,numpy"], "each name once"),
    "no backends": (["compare", "diff_adv", "--backends", ","], "at least one"),
    "compare unknown backend": (["compare", "diff_adv", "--backends", "numpy,trch"], "torch"),
    "report of nothing": (["report", "nowhere"], "xpde compare"),
    "unknown list": (["list", "scenario"], "did you mean scenarios"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_writes_nothing(run, tmp_path, name):
    words, hint = BAD[name]
    code, out, err = run(*words)
    assert code == 2
    assert out == ""
    assert err.startswith("xpde: ")
    assert err.count("\n") == 1
    assert hint in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_out_may_not_be_a_file(run, tmp_path):
    (tmp_path / "taken").write_text("mine")
    code, _, err = run("simulate", "diff_adv", *SMALL, "--out", "taken")
    assert code == 2
    assert "expected a folder" in err
    assert (tmp_path / "taken").read_text() == "mine"


def test_blow_up_keeps_what_was_computed(run, tmp_path):
    words = ["--set", "convection_delta=-60.0", "--set", "diffusion_gamma=0.0", "--samples", 2]
    code, out, err = run("simulate", "diff_burgers", *words, "--points", 32, "--steps", 20)
    assert code == 1
    assert "trajectory.png" in out
    assert err.count("\n") == 1
    with h5py.File(tmp_path / "out" / "diff_burgers" / "trajectory.h5") as file:
        finite, states = file.attrs["finite_steps"], file["trajectory"][:]
    sample = int(np.argmin(finite))
    assert f"at step {finite[sample]} of sample {sample};" in err
    for values, step in zip(states, finite, strict=True):
        assert 0 < step < 21
        assert np.isfinite(values[:step]).all()
        assert np.isnan(values[step:]).all()


def test_interrupt_is_one_line(run, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("xpde.study.data.unchecked_data", interrupted)
    code, _, err = run("simulate", "diff_adv", *SMALL)
    assert code == 130
    assert err.count("\n") == 1
    assert "again" in err


def test_backends_lists_every_name(run):
    import xpde

    code, out, _ = run("backends")
    assert code == 0
    assert all(name in out for name in xpde.backend_names())
    assert "tape" in out


def test_list_has_one_line_for_each_scenario(run):
    from xpde.study.catalogue import SCENARIOS

    code, out, _ = run("list")
    assert code == 0
    for key, scenario in SCENARIOS.items():
        (line,) = [line for line in out.splitlines() if line.strip().startswith(key + " ")]
        assert scenario.equation.formula[:40] in line  # a long one goes on in the next line
    assert "Conv;WIDTH;DEPTH;ACTIVATION" in out
    assert "mean_nRMSE" in out


def test_list_shows_the_suite(run):
    code, out, _ = run("list", "suite")
    assert code == 0
    assert out.count("1D") == 10
    assert out.count("2D") == 19
    assert out.count("3D") == 17


def test_list_describes_a_scenario(run):
    code, out, _ = run("list", "diff_ks")
    assert code == 0
    assert "warm-up" in out


@pytest.mark.parametrize(("scenario", "shape"), [("diff_adv", (2, 4, 1, 16)), ("diff_ks", None)])
def test_simulate_writes_trajectory_and_picture(run, tmp_path, scenario, shape):
    more = ["--set", "warmup=2"] if scenario == "diff_ks" else []
    code, out, err = run("simulate", scenario, *SMALL, "--samples", 2, *more, "--out", "run")
    assert (code, err) == (0, "")
    assert "run/trajectory.h5" in out
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == [
        "trajectory.h5",
        "trajectory.png",
    ]
    with h5py.File(tmp_path / "run" / "trajectory.h5") as file:
        assert shape is None or file["trajectory"].shape == shape
        assert file.attrs["scenario"] == scenario


def test_simulate_in_two_dimensions_in_double_precision(run, tmp_path):
    words = ["--dims", "2", "--dtype", "float64", "--out", "run"]
    assert run("simulate", "diff_burgers", *SMALL, *words)[0] == 0
    with h5py.File(tmp_path / "run" / "trajectory.h5") as file:
        assert file["trajectory"].dtype == "float64"
        assert file["trajectory"].shape == (1, 4, 2, 16, 16)


TINY = ["--points", 16, "--net", "Conv;4;1;relu", "--updates", 3]
FEW = ["train_samples=2", "train_horizon=4", "test_samples=2", "test_horizon=4"]
TINY += [word for setting in FEW for word in ("--set", setting)]


def test_train_writes_weights_and_losses(run, tmp_path):
    code, out, _ = run("train", "diff_adv", *TINY, "--dtype", "float64", "--out", "run")
    assert code == 0
    names = {p.name for p in (tmp_path / "run").iterdir()}
    assert "weights.safetensors" in names
    assert not any(name.startswith(".") for name in names)
    assert "mean_nRMSE" in out


def test_train_a_correction(run, tmp_path):
    few = [word if word != 3 else 5 for word in TINY]
    words = [*few, "--task", "correct;sequential", "--out", "run"]
    code, out, err = run("train", "diff_adv", *words)
    assert code == 0, err
    assert "mean_nRMSE" in out
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["task"] == "correct;sequential"
    from xpde.train import load_weights

    params, _ = load_weights(tmp_path / "run" / "weights.safetensors")
    assert [sorted(layer) for layer in params] == [["bias", "weight"]] * 2


def test_compare_end_to_end(run, tmp_path):
    pytest.importorskip("array_api_strict")
    code, out, err = run("compare", "diff_adv", *TINY, "--backends", "numpy,strict", "--out", "run")
    assert code == 0, err
    assert "strict agrees with numpy" in out
    assert "run/report.html" in out.replace("\\", "/")
    page = (tmp_path / "run" / "report.html").read_text()
    assert "strict agrees with numpy" in page
    assert "https://" not in page
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["network"] == "Conv;4;1;relu"
    again, out, _ = run("report", "run")
    assert again == 0
    assert "strict agrees with numpy" in out


def test_compare_goes_on_without_a_backend(run, tmp_path, monkeypatch):
    code, out, _ = run("compare", "diff_adv", *TINY, "--backends", "numpy,cupy", "--out", "run")
    assert code in (0, 1)
    assert "cupy" in out
    assert (tmp_path / "run" / "report.html").is_file()
