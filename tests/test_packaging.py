"""The distribution holds every package, and importing it loads no framework."""

import importlib
import pkgutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import xpde

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_is_listed():
    folders = {
        ".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "xpde").rglob("__init__.py")
    }
    listed = set(PROJECT["tool"]["setuptools"]["packages"]) - {"xpde_backends"}
    assert listed == folders


def test_version_is_one():
    assert PROJECT["project"]["version"] == xpde.__version__


def test_adapters_are_entry_points():
    declared = PROJECT["project"]["entry-points"]["xpde.backends"]
    found = {e.name: e.value for e in entry_points(group="xpde.backends")}
    assert declared.items() <= found.items()


@pytest.mark.parametrize(
    "code",
    [
        "import xpde",
        "import xpde.pde, xpde.nn, xpde.optim, xpde.train, xpde.metrics, xpde.ic",
        "import xpde.study, xpde.report",
        "import xpde; xpde.backend('numpy')",
    ],
)
def test_import_loads_no_framework(code):
    check = (
        f"{code}\nimport sys\n"
        "loaded = {m.split('.')[0] for m in sys.modules} & "
        "{'jax', 'torch', 'cupy', 'array_api_strict'}\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def modules():
    for info in pkgutil.walk_packages(xpde.__path__, "xpde."):
        if not info.name.endswith("__main__"):
            yield info.name


@pytest.mark.parametrize("name", sorted(modules()))
def test_public_list_is_true(name):
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", None)
    assert listed is not None, f"{name} has no __all__"
    assert list(listed) == sorted(set(listed), key=listed.index), f"{name}: repeated names"
    for item in listed:
        assert hasattr(module, item), f"{name}.__all__ lists {item}, which does not exist"
