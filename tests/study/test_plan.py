"""What a study is: files expand to runs in a stated order; folders keep them."""

import itertools
import json
import time
from pathlib import Path

import pytest

from xpde.errors import InvalidInput, InvalidStudy
from xpde.options import Emulator, Problem
from xpde.study.experiment import Experiment
from xpde.study.grid import AXES, SEEDS, setting_names
from xpde.study.plan import Study
from xpde.study.runs import Run

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = {
    "architectures.toml": 150,
    "published.py": 40,
    "resolutions.py": 120,
    "unrolling.toml": 85,
}
SMALL = 'scenario = "diff_adv"\nnet = "Conv;4;2;relu"\n'


@pytest.fixture
def study(tmp_path):
    """Return a reader of the text of a study."""

    def read(text, suffix=".toml", **changes):
        path = tmp_path / f"pilot{suffix}"
        path.write_text(text)
        return Study.read(path, **changes)

    return read


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_of_the_documentation(name):
    found = Study.read(DOCS / "studies" / name)
    assert found.name == name.partition(".")[0]
    assert len(found.runs) == EXAMPLES[name]
    assert f"studies/{name}" in (DOCS / "studies.md").read_text()


def test_every_example_is_tested():
    assert {path.name for path in (DOCS / "studies").iterdir() if path.is_file()} == set(EXAMPLES)


def test_every_key_is_documented_in_the_order_of_the_product():
    page = (DOCS / "studies.md").read_text()
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    expected = list(AXES)
    assert [row for row in rows if row in AXES] == expected
    assert {*rows} >= {"set", "seeds"}


def test_settings_and_keys_are_different_names():
    """A run is described by one flat table of both."""
    assert not setting_names() & {*AXES, *SEEDS, "set", "vary", "name", "grid", "key"}


def test_product_and_its_order(study):
    found = study(
        'seeds = [3, 1]\ntrain = ["one", "sup;2"]\nnet = ["Conv;4;2;relu", "Res;4;1;relu"]\n'
        'task = ["predict", "correct;parallel"]\nscenario = ["diff_adv", "diff_burgers"]\n'
        "[set]\nnum_train_samples = 4\n[vary]\npoints = [16, 32]\ndt = [1.0, 0.5]\n"
    )
    expected = itertools.product(
        ("diff_adv", "diff_burgers"),
        ((16, 1.0), (16, 0.5), (32, 1.0), (32, 0.5)),
        ("predict", "correct;parallel"),
        ("Conv;4;2;relu", "Res;4;1;relu"),
        ("one", "sup;2"),
        (3, 1),
    )
    rows = [
        (
            run.scenario,
            (run.overrides["points"], run.overrides["dt"]),
            run.task,
            run.network,
            run.training,
            run.seed,
        )
        for run in found.runs
    ]
    assert rows == list(expected)
    assert all(run.problem.train_samples == 4 for run in found.runs)
    assert found.name == "pilot"


def test_a_study_is_the_runs_that_it_describes(study):
    found = study(
        'name = "n"\nscenario = "diff_adv"\ntask = "predict"\nnet = "Res;4;1;relu"\n'
        'train = "sup;2"\noptim = "adam;10;constant;1e-3"\nupdates = 5\nvalidation = 0.25\n'
        'patience = 3\nselect = "best"\nnoise = 0.5\nbackend = "torch"\ndtype = "float64"\n'
        'device = "cpu"\nstart_seed = 7\nnum_seeds = 2\nset.points = 24\n'
    )
    common = {
        "scenario": "diff_adv",
        "overrides": {"points": 24},
        "network": "Res;4;1;relu",
        "training": "sup;2",
        "optimizer": "adam;10;constant;1e-3",
        "updates": 5,
        "validation": 0.25,
        "patience": 3,
        "select": "best",
        "noise": 0.5,
        "backend": "torch",
        "dtype": "float64",
        "device": "cpu",
    }
    assert found == Study("n", [Run(**common, seed=7), Run(**common, seed=8)])


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("", [0]),
        ("seeds = 3", [0, 1, 2]),
        ("seeds = [5, 2]", [5, 2]),
        ("start_seed = 4", [4]),
        ("num_seeds = 2", [0, 1]),
        ("start_seed = 4\nnum_seeds = 2", [4, 5]),
        ("seeds = [1, 1]", [1]),
    ],
)
def test_seeds(study, text, seeds):
    assert [run.seed for run in study(SMALL + text).runs] == seeds


def test_a_grid_inherits_and_replaces(study):
    found = study(
        'scenario = "diff_adv"\nnet = "Conv;4;2;relu"\nseeds = 2\nset.points = 16\n'
        "vary.train_horizon = [6, 7]\n"
        '[[grid]]\n[[grid]]\nnet = "Res;4;1;relu"\nstart_seed = 8\n'
        "[grid.set]\ntrain_horizon = 9\n[grid.vary]\npoints = [20, 24]\n"
    )
    rows = [
        (r.network, r.problem.points, r.problem.train_horizon, r.seed, len(r.overrides))
        for r in found.runs
    ]
    assert rows == [
        *(("Conv;4;2;relu", 16, horizon, seed, 2) for horizon in (6, 7) for seed in (0, 1)),
        *(("Res;4;1;relu", points, 9, 8, 2) for points in (20, 24)),
    ]


def test_equal_runs_appear_once(study):
    """Equal are runs of one name, however their settings are written."""
    found = study(
        SMALL + "[[grid]]\nseeds = 2\n[[grid]]\nnoise = 0\nset.points = 160\n"
        "[[grid]]\nset.num_points = 160\nvalidation = [0, 0.0]\nseeds = 3\n"
    )
    assert [run.seed for run in found.runs] == [0, 1, 2]


def test_changes_replace_what_the_file_says(study):
    text = SMALL + 'backend = "torch"\n[[grid]]\nseeds = 4\n[[grid]]\nvary.points = [16, 20]\n'
    found = study(text, backend="jax", updates=None, seeds=[9], set={"num_points": 24})
    assert [(r.backend, r.seed, r.problem.points) for r in found.runs] == [("jax", 9, 24)]
    with pytest.raises(InvalidStudy, match=r"unknown key 'bakend': did you mean backend\?"):
        study(text, bakend="jax")


def test_python_gives_the_same_as_toml(study):
    toml = study(
        'scenario = "diff_lin"\nupdates = [5, 6]\nseeds = 2\n'
        "[vary]\ngammas = [[0, -4, 0], [0, -2.5, 0]]\n"
    )
    python = study(
        "import numpy as np\n"
        "STUDY = {'scenario': 'diff_lin', 'updates': np.array([5, 6]), 'seeds': range(2),\n"
        "         'device': None, 'vary': {'gammas': [(0, -4, 0), np.array([0, -2.5, 0])]}}\n",
        ".py",
    )
    assert python == toml
    assert [r.name for r in python.runs] == [r.name for r in toml.runs]


def test_configurations_of_the_reference(study):
    """Every field of the reference's scenarios, and its call's names, mean what they mean there."""
    found = study(
        "CONFIGS = [{\n"
        "  'scenario': 'phy_disp', 'task_config': 'correct;sequential', 'start_seed': 3,\n"
        "  'network_config': 'Conv;4;2;relu', 'train_config': 'sup;2', 'num_seeds': 2,\n"
        "  'num_spatial_dims': 2, 'num_points': 16, 'num_channels': 1, 'domain_extent': 2.0,\n"
        "  'ic_config': 'fourier;3;true;true', 'num_warmup_steps': 1, 'num_train_samples': 4,\n"
        "  'train_temporal_horizon': 5, 'train_seed': 1, 'num_test_samples': 3,\n"
        "  'test_temporal_horizon': 6, 'test_seed': 2, 'batch_size': 7, 'vlim': (-2, 2),\n"
        "  'optim_config': 'adam;10;constant;1e-3', 'num_trjs_returned': 2,\n"
        "  'record_loss_every': 10, 'report_metrics': 'mean_nRMSE,mean_correlation',\n"
        "  'callbacks': '', 'dipersion_coef': 1e-4, 'coarse_proportion': 0.25, 'dt': 0.01},\n"
        " {'scenario': 'norm_hypdiff', 'task': 'predict', 'net': 'Res;4;1;relu', 'train': 'one'},\n"
        "]\n",
        ".py",
    )
    first, second, last = found.runs
    assert (first.task, first.network, first.training) == (
        "correct;sequential",
        "Conv;4;2;relu",
        "sup;2",
    )
    assert (first.seed, second.seed, last.seed) == (3, 4, 0)
    settings = first.problem.settings()
    for name, value in {
        "dims": 2, "points": 16, "extent": 2.0, "initial": "fourier;3;true;true", "warmup": 1,
        "train_samples": 4, "train_horizon": 5, "train_seed": 1, "test_samples": 3,
        "test_horizon": 6, "test_seed": 2, "batch": 7, "vlim": [-2.0, 2.0],
        "optimizer": "adam;10;constant;1e-3", "metrics": "mean_nRMSE,mean_correlation",
        "dispersion_coef": 1e-4, "coarse_proportion": 0.25, "dt": 0.01,
    }.items():  # fmt: skip
        assert settings[name] == value, name
    assert last.scenario == "norm_hyp_diff"


def test_five_thousand_runs_in_a_few_seconds(study):
    """Time of this process only; about 1 s on one core, and 10 leaves room for a slow machine."""
    text = (
        "STUDY = {'scenario': ['diff_adv', 'diff_burgers'], 'seeds': 50, 'train': ['one', 'sup;2'],"
        "\n'net': [f'Conv;{w};10;relu' for w in range(1, 26)]}"
    )
    start = time.process_time()
    found = study(text, ".py")
    assert time.process_time() - start < 10
    assert len(found.runs) == 5000
    assert len(found.groups()) == 100


def test_groups_hold_the_seeds_together(study):
    found = study(
        SMALL + '[[grid]]\nseeds = 2\n[[grid]]\nnet = "Res;4;1;relu"\n[[grid]]\nseeds = [5]'
    )
    groups = found.groups()
    assert [[run.seed for run in runs] for runs in groups] == [[0, 1, 5], [0]]
    assert [len({run.configuration for run in runs}) for runs in groups] == [1, 1]
    assert sorted(run.name for runs in groups for run in runs) == sorted(r.name for r in found.runs)


def test_select_keeps_what_matches(study):
    found = study(
        'scenario = ["diff_adv", "diff_burgers"]\nseeds = 2\n'
        'net = ["Conv;4;2;relu", "Res;4;1;relu"]\n'
    )

    def kept(*patterns):
        return [(r.scenario, r.network[:3], r.seed) for r in found.select(patterns).runs]

    assert kept("burgers*conv") == [("diff_burgers", "Con", 0), ("diff_burgers", "Con", 1)]
    assert kept("Res;4", "seed 1") == [
        (r.scenario, r.network[:3], r.seed)
        for r in found.runs
        if r.network.startswith("Res") or r.seed == 1
    ]
    assert found.select("seed ?").runs == found.runs == found.select([]).runs
    assert found.select(found.runs[3].name).runs == found.runs[3:4]
    with pytest.raises(InvalidInput, match="study pilot: expected a part of a label such as"):
        found.select(["Res", "diff_kdv"])


def test_a_folder_is_read_as_it_was_written(study, tmp_path):
    found = study(
        'scenario = "diff_lin"\nvalidation = 0.5\nseeds = 2\noptim = "sgd;5;constant;1e-2"\n'
        "[set]\ngammas = [0, -4, 1]\npoints = 16\n"
    )
    folder = tmp_path / "new" / "folder"
    found.write(folder)
    assert Study.open(folder) == found
    listed = json.loads((folder / "study.json").read_text())
    assert listed == {"name": "pilot", "runs": [run.name for run in found.runs]}
    for run in found.runs:
        assert Run.read(folder / "runs" / run.name / "config.json") == run


def test_more_runs_extend_a_folder(study, tmp_path):
    first, second = (study(SMALL + f"seeds = {seeds}") for seeds in ("[1, 2]", "[0, 1]"))
    out = tmp_path / "out"
    first.write(out)
    config = out / "runs" / first.runs[0].name / "config.json"
    before = config.stat().st_mtime_ns
    second.write(out)
    assert [run.seed for run in Study.open(out).runs] == [1, 2, 0]
    assert config.stat().st_mtime_ns == before
    first.select("seed 2").write(out)
    assert [run.seed for run in Study.open(out).runs] == [1, 2, 0]


def test_a_folder_that_was_left_half_written_is_completed(study, tmp_path, monkeypatch):
    found = study(SMALL + "seeds = 3")

    def write(run, path):
        if run.seed == 1:
            raise KeyboardInterrupt
        Experiment.write(run, path)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "write", write)
        with pytest.raises(KeyboardInterrupt):
            found.write(tmp_path / "out")
    assert Study.open(tmp_path / "out").runs == ()
    found.write(tmp_path / "out")
    assert Study.open(tmp_path / "out") == found


def test_folders_of_something_else_are_refused(study, tmp_path):
    found = study(SMALL)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    file = tmp_path / "file"
    file.write_text("x")
    for place in (mine, file):
        with pytest.raises(
            InvalidInput, match=r"expected the folder of a study, got no study\.json"
        ):
            found.write(place)
    assert [path.name for path in mine.iterdir()] == ["letter.txt"]
    with pytest.raises(InvalidInput, match="expected the folder of a study"):
        Study.open(tmp_path / "nowhere")
    out = tmp_path / "out"
    found.write(out)
    with pytest.raises(InvalidInput, match="expected the folder of study 'other', got 'pilot'"):
        Study("other", found.runs).write(out)
    path = out / "runs" / found.runs[0].name / "config.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 1'))
    with pytest.raises(InvalidInput, match=f"expected the run {found.runs[0].name}, got the sett"):
        Study.open(out)
    for text in ("[]", '{"name": "pilot"}', '{"name": "pilot", "runs": [3]}', "{"):
        (out / "study.json").write_text(text)
        with pytest.raises(InvalidInput, match=r"study\.json"):
            Study.open(out)


def test_options_of_the_command_reach_the_configuration():
    given = Emulator(validation=0.2, patience=50, select="best", noise=0.01)
    config = given.config("diff_adv", Problem(), ["numpy"])
    assert (config.validation, config.patience, config.select, config.noise) == (
        0.2,
        50,
        "best",
        0.01,
    )
    with pytest.raises(InvalidInput, match="select"):
        Emulator(select="bets").config("diff_adv", Problem(), ["numpy"])
