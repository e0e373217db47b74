"""``xpde data``: what it writes, how it reports, resumes and refuses."""

import h5py
import numpy as np
import pytest

SMALL = ["--points", "32", "--samples", "2", "--steps", "6", "--memory", "1"]
BLOW_UP = ["--set", "diffusion_gamma=0.0", "--set", "convection_delta=-60.0"]


def test_it_writes_the_file_and_prints_the_report(run, tmp_path):
    words = ["data", "diff_burgers", *SMALL, "--dims", 2, "--dtype", "float64"]
    code, out, err = run(*words, "--out", "b.h5")
    assert code == 0
    assert "Invariants" in out
    assert "data set: b.h5" in out
    assert "data 1/" in err
    assert [p.name for p in tmp_path.iterdir()] == ["b.h5"]
    with h5py.File("b.h5") as file:
        assert file.attrs["n_trajectories"] == 2
        assert file["dimensions/time"].shape == (7,)
        assert file["dimensions/x"].dtype == "float64"
    again, out_again, _ = run(*words, "--out", "b.h5")
    assert (again, out_again) == (0, out)


def test_default_place_and_the_training_set(run, tmp_path):
    words = ["data", "diff_adv", *SMALL, "--split", "train", "--seed", 5, "--store", "float64"]
    assert run(*words)[0] == 0
    path = tmp_path / "out" / "diff_adv" / "data" / "train" / "diff_adv.h5"
    with h5py.File(path) as file:
        assert file.attrs["xpde_split"] == "train"
        assert '"train": 5' in file.attrs["xpde_provenance"]
        assert file["t0_fields/u"].dtype == "float64"
        assert file["t0_fields/u"].shape == (2, 7, 32)


def test_a_blow_up_keeps_what_was_computed(run):
    code, out, err = run("data", "diff_burgers", *SMALL, *BLOW_UP, "--out", "n.h5")
    assert code == 1
    assert "Invariants" in out
    (line,) = [line for line in err.splitlines() if line.startswith("xpde: ")]
    with h5py.File("n.h5") as file:
        finite = file["invariants/finite_steps"][:]
        sample = int(np.argmin(finite))
        assert f"at step {finite[sample]} of sample {sample}" in line
        assert "n.h5" in line
        states = file["t0_fields/u"][:]
        for values, step in zip(states, finite, strict=True):
            assert 0 < step < 7
            assert np.isfinite(values[:step]).all()
            assert np.isnan(values[step:]).all()
    again, _, err = run("data", "diff_burgers", *SMALL, *BLOW_UP, "--out", "n.h5")
    assert (again, err) == (1, line + "\n")


BAD = {
    "split": (["--split", "valid"], "train"),
    "memory": (["--memory", "0.001"], "memory: expected"),
    "store": (["--store", "float16"], "float32"),
    "samples": (["--samples", "0"], "test_samples"),
    "unknown option": (["--memori", "3"], "--memory"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_writes_nothing(run, tmp_path, name):
    words, hint = BAD[name]
    code, out, err = run("data", "diff_adv", *words)
    assert (code, out) == (2, "")
    assert err.startswith("xpde: ")
    assert err.count("\n") == 1
    assert hint in err
    assert list(tmp_path.iterdir()) == []


def test_out_may_not_be_a_folder_nor_the_file_of_another(run, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "mine.h5").write_text("mine")
    for name, said in (("folder", "expected a file"), ("mine.h5", "xpde did not write")):
        code, out, err = run("data", "diff_adv", *SMALL, "--out", name)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert said in err
    assert (tmp_path / "mine.h5").read_text() == "mine"


def test_interrupted_it_goes_on(run, monkeypatch, tmp_path):
    """Ctrl-C in the third block: the same command computes the third and the rest."""
    from xpde.study import generate

    write, calls = generate._write, []

    def counted(*args):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        write(*args)

    words = ["data", "diff_adv", "--points", 32, "--samples", 4, "--steps", 6, "--out", "a.h5"]
    words += ["--memory", 40 * 32 * 4 / 2**20]
    monkeypatch.setattr(generate, "_write", counted)
    code, _, err = run(*words)
    assert code == 130
    assert err.splitlines()[-1] == "xpde: interrupted; run the same command again"
    assert not (tmp_path / "a.h5").exists()
    assert run(*words)[0] == 0
    assert len(calls) == 1 + 4
    assert [p.name for p in tmp_path.iterdir()] == ["a.h5"]
