"""Imports go strictly down the floors of pyproject.toml, and name no framework."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["xpde"]["floors"]
FRAMEWORKS = {"jax", "torch", "cupy", "array_api_strict", "xpde_backends", "backends"}
FILES = sorted((ROOT / "xpde").rglob("*.py"))


def imports(path: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} relative import; write the full name"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def room(module: str) -> str | None:
    """Return the package on the floor table that ``xpde.room.more`` belongs to."""
    parts = module.split(".")
    if parts[0] != "xpde" or len(parts) == 1:
        return None
    return parts[1]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_down(path):
    here = path.relative_to(ROOT / "xpde").parts[0].removesuffix(".py")
    if here == "__init__":  # the roof: re-exports by hand
        return
    assert here in FLOORS, f"{here} has no floor in pyproject.toml"
    for line, module in imports(path):
        target = room(module)
        if target is None or target == here:
            continue
        assert target in FLOORS, f"{path}:{line} imports {module}, which has no floor"
        assert FLOORS[target] < FLOORS[here], f"{path}:{line} imports {module} upward or sideways"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_framework_by_name(path):
    for line, module in imports(path):
        root = module.split(".")[0]
        if root in FRAMEWORKS:
            entry_points = {
                "frameworks.py",
                "run.py",
            }  # programs: they switch 64-bit mode on, see there
            assert path.name in entry_points, f"{path}:{line} names {root}"
            assert root == "jax"
