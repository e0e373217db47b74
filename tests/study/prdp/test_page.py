"""The page about refined solvers: its example does what is said, its numbers are typed once."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from bench.studies.prdp import errors, page, savings, scalar
from bench.studies.prdp_numbers import PUBLISHED, SCALAR
from xpde.cli import app
from xpde.study.prdp import EXPERIMENTS, Campaign, experiment

PAGE = (Path(__file__).parents[3] / "docs" / "prdp.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_example_saves_iterations():
    """A few steps of conjugate gradients train as well as twelve."""
    (example,) = blocks("python")
    scope = {"__name__": "prdp.md"}
    exec(compile(example, "prdp.md", "exec"), scope)
    levels, saved, trainer = scope["levels"], scope["saved"], scope["trainer"]
    assert len(levels) == 60
    assert levels[0] == 1
    assert 2 <= levels[-1] <= 12
    assert levels == sorted(levels)
    assert saved.total == 1 - sum(levels) / (12 * 60)
    assert saved.total > 0.4
    start = trainer.network.init(scope["xpde"].stream(0, "weights"))
    assert scope["error"](scope["trained"].params) < 0.2 * scope["error"](start)


def test_commands_are_real():
    (console,) = blocks("console")
    for line in console.splitlines():
        program, *words = shlex.split(line)
        assert program == "xpde"
        app.parse_args(words, exit_on_error=False, print_error=False)


def test_experiments_are_listed():
    assert set(re.findall(r"^\| `(\w+)` \| [\w]", PAGE, re.MULTILINE)) >= set(EXPERIMENTS)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_numbers(name):
    """The page has those of the bench; the shares are those of the levels."""
    was = PUBLISHED[name]
    cells = [
        f"{was.converged}", f"{was.last:g}", f"{was.level_sum:g}±{was.deviation:g}",
        f"{was.incomplete}", f"{was.refinement}", f"{was.saved}",
    ]  # fmt: skip
    assert f"| `{name}` | published | {' | '.join(cells)} |" in PAGE
    # sums of levels were measured to half a percent, percentages printed to 0.05
    width = 0.05 + 0.5 * was.level_sum / (was.converged * was.epochs)
    assert abs(100 * (1 - was.level_sum / (was.converged * was.epochs)) - was.saved) < width
    assert abs(was.incomplete + was.refinement - was.saved) < 0.11  # two roundings
    problem = experiment(name)
    assert (problem.epochs, problem.converged) == (was.epochs, was.converged)


def test_the_tables_of_the_bench(tmp_path):
    """Published beside ours, of trainings in a folder."""
    tiny = experiment("heat1d", points=8, width=6, depth=1, epochs=6, samples=8, batch=4)
    Campaign(tiny, tmp_path / "heat1d", [0, 1], "numpy").run(lambda *_: None)
    poisson = experiment("poisson", points=3, epochs=145, converged=30)
    Campaign(poisson, tmp_path / "poisson", [0], "numpy", "float64").run(lambda *_: None)
    text = savings(tmp_path, ["heat1d"]) + errors(tmp_path, ["heat1d"])
    assert "| heat1d | published | 100 | 25 | 10 | 524±36 | 60.0 | 19.1 | 79.1 | - |" in text
    assert "|  | paper | 6 | 25 |" in text
    assert "|  | default | numpy" not in text
    assert f"numpy, {tiny.network().parameter_count():,} parameters" in text
    lines = scalar(tmp_path / "poisson").splitlines()
    assert lines[2].startswith(f"| converged | 125 | {SCALAR[0].error:.2e} |")
    assert lines[2].endswith("| 75,000 | 3,750 |")
    whole = page(tmp_path, ["poisson", "heat1d", "heat2d"])
    assert whole.count("###") == 3
    assert "heat2d" not in whole
    assert all(np.diff([whole.index(f"### {w}") for w in ("Poisson", "Emulators", "Errors")]) > 0)
