"""Every test that takes ``bk`` runs on every installed backend, in float64."""

import os

import hypothesis
import numpy as np
import pytest

import xpde
from xpde import cli

hypothesis.settings.register_profile("xpde", deadline=None, max_examples=20, derandomize=True)
hypothesis.settings.register_profile("nightly", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "xpde"))

try:
    import jax

    jax.config.update("jax_enable_x64", True)
except ImportError:
    pass


def available(dtype: str = "float64") -> dict[str, xpde.Backend]:
    found = {}
    for name in xpde.backend_names():
        try:
            found[name] = xpde.backend(name, dtype=dtype)
        except xpde.XpdeError:
            continue
    return found


BACKENDS = available()


@pytest.fixture(params=sorted(BACKENDS), scope="session")
def bk(request):
    """One installed backend, new arrays in float64."""
    return BACKENDS[request.param]


@pytest.fixture(scope="session")
def backends():
    """All installed backends by name, float64."""
    return BACKENDS


def relative(actual, expected) -> float:
    """max|a - b| / max|b| on the host."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape
    scale = np.max(np.abs(expected)) or 1.0
    return float(np.max(np.abs(actual - expected)) / scale)


@pytest.fixture(name="relative", scope="session")
def _relative():
    return relative


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the command line in an empty folder; give (code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*words):
        code = cli.main([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
