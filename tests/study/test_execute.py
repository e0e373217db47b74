"""One run in its folder: what it writes, how it goes on, every way in which it can end."""

import numpy as np
import pandas as pd
import pytest

from xpde.errors import InvalidInput, NonFinite
from xpde.study.equipment import Equipment
from xpde.study.execute import Stopped, execute, renew
from xpde.study.outcome import rollout_frames
from xpde.study.place import Ending, Place
from xpde.study.store import read_fields, read_json, read_table
from xpde.train import load_weights

COLUMNS = {
    "losses": "update loss validation",
    "metrics": "metric step value",
    "samples": "metric sample step value",
    "spectra": "of step channel wavenumber value",
}
FIGURES = {
    "status", "reason", "updates", "train_s", "updates_per_s", "evaluate_s", "total_s",
    "parameters", "receptive_field",
}  # fmt: skip


def after(count):
    """Say stop from the call with this number on."""
    calls = iter(range(10**9))
    return lambda: next(calls) >= count


@pytest.fixture
def finished(little, tmp_path, quiet):
    run = little()
    place = Place.of(tmp_path / "whole", run.name)
    assert execute(run, place, quiet) == Ending(run.name, "done")
    return run, place


def test_files_keep_the_contract(finished):
    run, place = finished
    for name, columns in COLUMNS.items():
        assert list(read_table(place / f"{name}.parquet").columns) == columns.split()
    done = read_json(place.done)
    assert set(done) == FIGURES
    assert (done["status"], done["updates"], done["parameters"]) == ("done", 60, 81)
    assert done["total_s"] >= done["train_s"] > 0
    assert read_table(place / "losses.parquet")["update"].tolist() == list(range(60))
    metrics = read_table(place / "metrics.parquet")
    assert metrics["step"].tolist() == list(range(1, 13))
    losses = read_table(place / "losses.parquet")
    assert losses["loss"].iloc[-10:].mean() < losses["loss"].iloc[:10].mean()  # it has learned
    assert not place.checkpoint.exists()
    params, about = load_weights(place / "weights.safetensors")
    assert sum(p.size for layer in params for p in layer.values()) == 81
    assert about["config"] == run.plain() == read_json(place.config)


def test_tables_say_the_same_of_one_rollout(finished):
    """Parseval: twice the energy of the shells is the mean square; samples average to the mean."""
    run, place = finished
    fields, about = read_fields(place / "rollouts.h5")
    assert fields["frames"].tolist() == list(range(13))
    assert fields["reference"].shape == fields["emulator"].shape == (1, 13, 1, 16)
    assert fields["reference"].dtype == np.float32
    assert np.array_equal(fields["reference"][:, 0], fields["emulator"][:, 0])
    assert about["dt"] == run.problem.dt
    samples = read_table(place / "samples.parquet").pivot(
        index="sample", columns="step", values="value"
    )
    mean = read_table(place / "metrics.parquet").set_index("step")["value"]
    np.testing.assert_allclose(samples.mean(), mean, rtol=1e-6)  # float32: few units of 6e-8
    spectra = read_table(place / "spectra.parquet")
    assert sorted(spectra["step"].unique()) == [1, 10, 12]
    one = spectra.query("of == 'reference' and step == 12")
    assert one["wavenumber"].tolist() == list(range(9))
    assert (spectra["value"] >= 0).all()


def test_the_error_of_the_first_sample_is_that_of_its_rollout(finished):
    _, place = finished
    fields, _ = read_fields(place / "rollouts.h5")
    reference, emulator = (fields[of][0, 1:, 0] for of in ("reference", "emulator"))
    error = np.sqrt(np.mean((emulator - reference) ** 2, -1) / np.mean(reference**2, -1))
    stored = read_table(place / "samples.parquet").query("sample == 0")["value"]
    np.testing.assert_allclose(stored, error, rtol=1e-5)  # float32 sums of 16 terms


@pytest.mark.parametrize(("steps", "dims", "count"), [(200, 1, 101), (200, 2, 11), (3, 3, 4)])
def test_frames_of_a_rollout(steps, dims, count):
    frames = rollout_frames(steps, dims)
    assert len(frames) == count
    assert (frames[0], frames[-1]) == (0, steps)
    assert np.ptp(np.diff(frames)) <= 1


OTHERS = [pytest.param(name, marks=pytest.mark.slow) for name in ("torch", "jax", "strict")]


@pytest.mark.parametrize("name", ["numpy", *OTHERS])
def test_stopped_and_resumed_gives_the_same_bits(name, backends, little, tmp_path, quiet, results):
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    run = little(
        backend=name, dtype="float64", validation=0.34, select="best", noise=1e-3, updates=57
    )
    whole, parts = (Place.of(tmp_path / kind, run.name) for kind in ("whole", "parts"))
    tools = Equipment(run)  # compiled once
    execute(run, whole, quiet, equipment=tools)
    for calls in (2, 3):  # in the training, and after its last update
        with pytest.raises(Stopped):
            execute(run, parts, quiet, after(calls), tools)
        assert parts.checkpoint.exists()
        assert parts.ending().status == "stopped"
    assert execute(run, parts, quiet, equipment=tools).status == "done"
    assert results(parts) == results(whole)
    logs = [pd.read_json(place / "log.jsonl", lines=True) for place in (parts, whole)]
    assert logs[0].drop(columns="seconds").equals(logs[1].drop(columns="seconds"))


def test_stopped_at_any_moment(finished, tmp_path, quiet, results):
    """Wherever it is asked, also before the data and after the last update."""
    run, whole = finished
    for calls in (0, 1, 2, 3, 4, 5, 9):
        place = Place.of(tmp_path / f"stop{calls}", run.name)
        try:
            execute(run, place, quiet, after(calls))
        except Stopped:
            assert not place.done.exists()
            execute(run, place, quiet)
        else:
            assert calls > 5
        assert results(place) == results(whole)


def test_a_finished_run_is_not_touched(finished, quiet):
    run, place = finished
    before = {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in place.folder.iterdir()}
    assert execute(run, place, quiet, after(0)).status == "done"
    after_it = {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in place.folder.iterdir()}
    assert after_it == before


def test_a_training_that_diverges_is_a_result(little, tmp_path, quiet):
    run = little(optimizer="sgd;60;constant;1e30")
    place = Place.of(tmp_path, run.name)
    place.folder.mkdir(parents=True)
    place.fail("an earlier failure")
    with np.errstate(all="ignore"):
        ending = execute(run, place, quiet)
    assert ending.status == "diverged"
    assert "expected a finite loss" in ending.reason
    done, losses = read_json(place.done), read_table(place / "losses.parquet")
    assert (done["status"], done["evaluate_s"]) == ("diverged", None)
    assert len(losses) == done["updates"] < 60
    assert not (place / "metrics.parquet").exists()
    assert not place.failed.exists()
    assert not place.checkpoint.exists()
    assert execute(run, place, quiet) == ending


def test_a_rollout_that_blows_up_is_a_result(little, tmp_path, quiet):
    run = little(optimizer="adam;1;constant;1e3", updates=1)
    place = Place.of(tmp_path, run.name)
    with np.errstate(all="ignore"):
        assert execute(run, place, quiet).status == "done"
    values = read_table(place / "metrics.parquet")["value"]
    assert not np.isfinite(values.iloc[-1])
    assert np.isfinite(values.iloc[0])
    assert not np.isfinite(read_fields(place / "rollouts.h5")[0]["emulator"]).all()


def test_a_solver_that_blows_up_is_an_error(little, tmp_path, quiet):
    run = little(overrides={"convection_delta": -1e6})
    with np.errstate(all="ignore"), pytest.raises(NonFinite, match="more substeps"):
        execute(run, Place.of(tmp_path, run.name), quiet)


def test_a_damaged_checkpoint_is_named_and_left_alone(little, tmp_path, quiet):
    run = little()
    place = Place.of(tmp_path, run.name)
    with pytest.raises(Stopped):
        execute(run, place, quiet, after(3))
    content = bytearray(place.checkpoint.read_bytes())
    content[-5] ^= 1
    place.checkpoint.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"checkpoint\.safetensors"):
        execute(run, place, quiet)
    assert place.checkpoint.read_bytes() == content


def test_a_folder_serves_another_run_only_when_it_is_finished(little, tmp_path, quiet):
    one, two, place = little(), little(seed=1), Place(tmp_path / "run")
    with pytest.raises(Stopped):
        execute(one, place, quiet, after(3))
    with pytest.raises(InvalidInput, match="got that of"):
        execute(two, place, quiet)
    execute(one, place, quiet)
    renew(one, place)
    assert place.done.exists()
    renew(two, place)
    assert execute(two, place, quiet).status == "done"
    assert read_json(place.config)["seed"] == 1


def test_temporary_files_of_killed_processes_go(little, tmp_path, quiet):
    run = little(updates=2)
    place = Place.of(tmp_path, run.name)
    place.folder.mkdir(parents=True)
    for name in (".metrics.parquet.123", ".checkpoint.safetensors.9.part", ".progress.7", ".mine"):
        (place / name).touch()
    execute(run, place, quiet)
    assert [p.name for p in place.folder.iterdir() if p.name.startswith(".")] == [".mine"]
