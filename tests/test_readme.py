"""The README: its example runs, its links lead somewhere, its commands are real."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
DOCS = sorted((ROOT / "docs").glob("*.md"))


def blocks(language, text=README):
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_example_runs_on_numpy():
    (example,) = blocks("python")
    assert len([line for line in example.splitlines() if line and "import" not in line]) <= 10
    scope = {}
    exec(compile(example, "README.md", "exec"), scope)
    assert scope["states"].shape == (20, 50, 1, 160)
    assert scope["gradient"].shape == scope["u"].shape
    assert scope["energy"] > 0


@pytest.mark.parametrize("path", [ROOT / "README.md", *DOCS], ids=lambda p: p.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        assert "://" in target or (path.parent / target).is_file(), f"{path.name}: {target}"


def test_commands_are_real():
    from xpde.cli import app

    lines = [line for block in blocks("console") for line in block.splitlines() if line]
    assert {"make demo", "make test"} <= set(lines)
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    for line in lines:
        program, *words = shlex.split(line)
        if program == "make":
            assert words[0] in targets
        else:
            assert program == "xpde"
            app.parse_args(words, exit_on_error=False, print_error=False)


def test_the_equation_of_the_guide_runs():
    from xpde.pde import Stepper
    from xpde.space import Grid

    text = (ROOT / "docs" / "adding.md").read_text()
    (example,) = [block for block in blocks("python", text) if "damped_burgers" in block]
    scope = {}
    exec(compile(example, "adding.md", "exec"), scope)
    stepper = Stepper.build(scope["damped_burgers"](2), Grid.cube(2, 16), dt=0.01)
    u = np.ones((2, 16, 16))
    np.testing.assert_allclose(stepper(u), u * np.exp(-0.1 * 0.01), rtol=1e-12)
