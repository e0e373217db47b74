"""The main job as a whole: its tables, resuming, and every way in which a backend can end."""

import importlib
import json
import os
import signal

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.report import Record, verdict
from xpde.study import CompareConfig, Comparison, compare
from xpde.study.run import DONE

COLUMNS = {
    "backends": "backend status reason version device dtype precision threads compile_s step_us "
    "rollout_s updates_per_s train_s evaluate_s total_s",
    "agreement": "level level_name quantity backend reference difference bound agrees",
    "growth": "backend step difference bound",
    "losses": "backend update loss",
    "metrics": "backend metric step value",
}
OVERRIDES = {
    "points": 16,
    "initial": "fourier;3;true;true",
    "train_samples": 3,
    "train_horizon": 6,
    "test_samples": 3,
    "test_horizon": 8,
    "batch": 6,
}


def small(*names: str, **more) -> CompareConfig:
    network = more.pop("network", "Conv;4;2;relu")
    return CompareConfig(
        "diff_burgers", OVERRIDES, network, updates=more.pop("updates", 12), backends=names, **more
    )


def quiet(*args, **kwargs):
    """Report to nobody."""


@pytest.fixture(scope="module")
def finished(backends, tmp_path_factory):
    out = tmp_path_factory.mktemp("compare")
    names = ("strict", "numpy", "torch", "jax", "cupy")
    return out, names, compare(small(*names), out, quiet)


def test_tables_keep_the_contract(finished):
    out, names, comparison = finished
    for table, columns in COLUMNS.items():
        assert list(getattr(comparison, table).columns) == columns.split()
    assert tuple(comparison.backends["backend"]) == names
    again = Comparison.load(out)
    for table in COLUMNS:
        assert getattr(again, table).equals(getattr(comparison, table))


def test_everything_installed_agrees_at_every_level(finished, backends):
    _, _, comparison = finished
    table, rows = comparison.backends.set_index("backend"), comparison.agreement
    others = [n for n in ("strict", "torch", "jax") if n in backends]
    assert set(rows["reference"]) == {"numpy"}
    assert list(table.loc[["numpy", *others], "status"]) == ["ok"] * (1 + len(others))
    for name in others:
        own = rows[rows["backend"] == name]
        assert set(own["level"]) == {0, 1, 2, 3, 4}
        assert own["agrees"].all(), own[~own["agrees"]].to_string()
        assert (own["difference"] <= own["bound"]).all()


def test_promises_in_double_precision(finished):
    """What the project states: gradients to 1e-10, the first losses to 1e-8."""
    rows = finished[2].agreement.set_index("quantity")
    assert rows.loc["gradient at the initial weights", "difference"].max() < 1e-10
    assert rows.loc["first 12 losses", "difference"].max() < 1e-8


def test_a_missing_backend_is_a_row(finished, backends):
    if "cupy" in backends:
        pytest.skip("cupy runs here")
    row = finished[2].backends.set_index("backend").loc["cupy"]
    assert row["status"] == "missing"
    assert "cupy" in row["reason"]
    assert np.isnan(row["total_s"])


def test_losses_and_metrics_are_long_tables(finished):
    losses, metrics = finished[2].losses, finished[2].metrics
    own = losses[losses["backend"] == "numpy"]
    assert own["update"].tolist() == list(range(12))
    own = metrics[(metrics["backend"] == "numpy") & (metrics["metric"] == "mean_nRMSE")]
    assert own["step"].tolist() == list(range(1, 9))  # step 1 is the first prediction
    assert np.isfinite(own["value"]).all()


def test_the_report_reads_it(finished):
    out, names, _ = finished
    record = Record.read(out)
    assert tuple(record.names) == names
    fields = record.fields("numpy")
    assert fields.reference.shape == (9, 1, 16)
    assert fields.emulator.shape == (8, 1, 16)
    assert record.attributes["scenario"] == "diff_burgers"
    assert verdict(record).good


def test_provenance_is_plain(finished):
    out, _, _ = finished
    folder = out / "runs" / small("numpy").name / "numpy"
    facts = json.loads((folder / "provenance.json").read_text())
    assert facts["seeds"] == {"weights": 0, "train": 0, "test": 773}
    assert {"version", "device", "dtype", "precision", "threads", "python", "platform"} <= set(
        facts
    )
    assert not list(out.rglob("*.pkl"))
    assert not [p for p in out.rglob(".*") if p.is_file()]  # no temporary file stayed


def test_finished_runs_are_not_repeated(finished, monkeypatch):
    out, names, comparison = finished
    ran = [n for n in names if comparison.backends.set_index("backend").loc[n, "status"] == "ok"]
    monkeypatch.setattr(_module().subprocess, "Popen", None)
    assert compare(small(*ran), out, quiet).losses.shape == comparison.losses.shape


def _module():
    """The module, which its function hides in the package."""
    return importlib.import_module("xpde.study.compare")


def _catch_process(monkeypatch):
    """Return a list that will hold every process that a comparison starts."""
    started, popen = [], _module().subprocess.Popen

    def start(*args, **kwargs):
        started.append(popen(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(_module().subprocess, "Popen", start)
    return started


def test_killed_in_the_middle_then_resumed(tmp_path, monkeypatch):
    """A process that dies of SIGKILL is a row; the next comparison does that backend again."""
    config = small("numpy", "strict", updates=300)
    started = _catch_process(monkeypatch)

    def kill_first(label, done=0, total=0, note=""):
        if label == "numpy: training" and len(started) == 1:
            os.kill(started[0].pid, signal.SIGKILL)

    table = compare(config, tmp_path, kill_first).backends.set_index("backend")
    assert table["status"].to_dict() == {"numpy": "failed", "strict": "ok"}
    assert "killed by signal 9" in table.loc["numpy", "reason"]
    folder = tmp_path / "runs" / config.name
    assert not (folder / "numpy" / DONE).exists()
    before = (folder / "strict" / DONE).stat().st_mtime_ns
    assert set(compare(config, tmp_path, quiet).backends["status"]) == {"ok"}
    assert (folder / "strict" / DONE).stat().st_mtime_ns == before


def test_an_interrupt_ends_the_process_and_writes_no_table(tmp_path, monkeypatch):
    config = small("numpy", updates=300)
    started = _catch_process(monkeypatch)

    def interrupt(label, done=0, total=0, note=""):
        if label == "numpy: training":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(config, tmp_path, interrupt)
    assert started[0].poll() == -signal.SIGKILL
    assert not (tmp_path / "backends.parquet").exists()
    assert set(compare(config, tmp_path, quiet).backends["status"]) == {"ok"}


def test_a_damaged_file_is_named_and_left_alone(tmp_path):
    config = small("numpy", "strict", updates=2)
    compare(config, tmp_path, quiet)
    path = tmp_path / "runs" / config.name / "numpy" / "arrays.h5"
    path.write_bytes(b"junk")
    table = compare(config, tmp_path, quiet).backends.set_index("backend")
    assert table["status"].to_dict() == {"numpy": "failed", "strict": "ok"}
    assert str(path) in table.loc["numpy", "reason"]
    assert path.read_bytes() == b"junk"


def test_a_talkative_framework_does_not_block(tmp_path, monkeypatch):
    """More on stderr than a pipe holds, and lines on stdout that are no progress."""
    place = tmp_path / "site"
    place.mkdir()
    noise = "import sys; sys.stderr.write('noise\\n' * 40000); print('hello'); print('[1]')"
    (place / "sitecustomize.py").write_text(noise)
    monkeypatch.setenv("PYTHONPATH", str(place))
    table = compare(small("numpy", updates=2), tmp_path / "out", quiet).backends
    assert table["status"].tolist() == ["ok"]


def test_a_training_that_diverges_is_a_row(tmp_path):
    config = small("numpy", optimizer="sgd;40;constant;1e30", updates=40)
    table = compare(config, tmp_path, quiet).backends.set_index("backend")
    assert table.loc["numpy", "status"] == "failed"
    assert "finite loss" in table.loc["numpy", "reason"]
    assert "\n" not in table.loc["numpy", "reason"]


def test_other_precision_flags_make_a_run_invalid(tmp_path):
    config = small("numpy", "strict", updates=2)
    compare(config, tmp_path, quiet)
    path = tmp_path / "runs" / config.name / "strict" / "provenance.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"precision": {"dtype": "float64", "fast": True}}))
    comparison = compare(config, tmp_path, quiet)
    row = comparison.backends.set_index("backend").loc["strict"]
    assert row["status"] == "invalid"
    assert "fast is True, numpy has None" in row["reason"]
    assert comparison.agreement.empty
    assert list(comparison.agreement.columns) == COLUMNS["agreement"].split()


def test_the_name_of_a_run_stands_for_its_numbers():
    base = small("numpy")
    assert small("jax", "numpy").name == base.name  # a further backend joins the same runs
    others = [small("numpy", seed=1), small("numpy", updates=13), small("numpy", dtype="float32")]
    others.append(small("numpy", network="Conv;4;3;relu"))
    explicit = CompareConfig(
        "diff_burgers", OVERRIDES | {"diffusion_gamma": 1.5}, base.network, updates=12
    )
    assert explicit.name == base.name  # a default written out changes nothing
    assert len({c.name for c in [base, *others]}) == 5


def test_a_configuration_survives_its_file(tmp_path):
    config = small("numpy", "jax", seed=3)
    config.write(tmp_path / "config.json")
    assert CompareConfig.read(tmp_path / "config.json") == config


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"backends": ("nmupy",)}, "did you mean numpy"),
        ({"backends": ()}, "at least one name"),
        ({"backends": ("numpy", "numpy")}, "each name once"),
        ({"dtype": "float16"}, "float32 or float64"),
        ({"updates": 0}, "updates: expected 1 or more"),
        ({"network": "Konv;4;2;relu"}, "did you mean Conv"),
        ({"training": "sup;60"}, "at least steps + 1"),
        ({"scenario": "diff_burger"}, "did you mean diff_burgers"),
        ({"overrides": {"metrics": "mean_RSME"}}, "did you mean"),
    ],
)
def test_a_wrong_configuration_is_refused_at_once(values, expected):
    with pytest.raises(InvalidInput) as caught:
        CompareConfig(**{"scenario": "diff_burgers", "backends": ("numpy",)} | values)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
