"""CuPy without a device: every name the library calls exists there, and takes those arguments."""

import ast
import inspect
import sys
import types
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
FILES = [*sorted((ROOT / "xpde").rglob("*.py")), ROOT / "backends" / "cupy.py"]
ROOTS = {"xp", "xp_cupy", "self.xp", "inner.xp"}


@pytest.fixture(scope="module")
def compat():
    """The namespace that CuPy arrays answer with."""
    pytest.importorskip("cupy", reason="the cupy extra is not installed")
    import array_api_compat.cupy

    return array_api_compat.cupy


def dotted(node):
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else None
    return None


def calls():
    """Yield (place, name after xp, number of positional arguments, keyword names)."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not (full := dotted(node.func)):
                continue
            for root in ROOTS:
                if full.startswith(root + "."):
                    starred = any(isinstance(a, ast.Starred) for a in node.args)
                    keywords = [k.arg for k in node.keywords if k.arg]
                    place = f"{path.relative_to(ROOT)}:{node.lineno}"
                    yield (
                        place,
                        full[len(root) + 1 :],
                        (None if starred else len(node.args)),
                        keywords,
                    )


def look_up(namespace, name):
    for part in name.split("."):
        namespace = getattr(namespace, part, None)
    return namespace


def test_the_library_calls_something():
    assert len(list(calls())) > 50


def test_every_name_exists_with_its_arguments(compat):
    wrong = []
    for place, name, count, keywords in calls():
        found = look_up(compat, name)
        if found is None:
            wrong.append(f"{place}: cupy has no {name}")
            continue
        try:
            signature = inspect.signature(found)
        except (
            TypeError,
            ValueError,
        ):  # a ufunc: nin operands, standard functions pass no keywords
            if count is not None and count > getattr(found, "nin", count):
                wrong.append(f"{place}: {name} takes {found.nin} arguments, got {count}")
            continue
        if count is None:
            continue
        try:
            signature.bind(*[0] * count, **dict.fromkeys(keywords, 0))
        except TypeError as error:
            wrong.append(f"{place}: {name}{signature}: {error}")
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def adapter(monkeypatch):
    """The CuPy adapter over a stand-in for the device: NumPy arrays behind CuPy's names."""

    class Device:
        def __init__(self, index):
            self.id = index

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    runtime = types.SimpleNamespace(getDeviceCount=lambda: 1, CUDARuntimeError=RuntimeError)
    stream = types.SimpleNamespace(synchronize=lambda: None)
    fake = types.ModuleType("cupy")
    fake.ndarray, fake.asarray, fake.asnumpy = np.ndarray, np.asarray, np.array
    fake.__version__ = "stand-in"
    fake.cuda = types.SimpleNamespace(
        runtime=runtime, Device=Device, get_current_stream=lambda: stream
    )
    import array_api_compat.numpy

    monkeypatch.setitem(sys.modules, "cupy", fake)
    monkeypatch.setitem(sys.modules, "array_api_compat.cupy", array_api_compat.numpy)
    monkeypatch.setattr(sys.modules["array_api_compat"], "cupy", array_api_compat.numpy, False)
    monkeypatch.delitem(sys.modules, "xpde_backends.cupy", raising=False)
    import importlib

    module = importlib.import_module("xpde_backends.cupy")
    yield module.CupyBackend
    sys.modules.pop("xpde_backends.cupy", None)


def test_adapter_on_a_stand_in_device(adapter, relative):
    bk = adapter(dtype="float64")
    rng = np.random.default_rng(0)
    u_hat = bk.asarray(rng.standard_normal((6, 4)) + 1j * rng.standard_normal((6, 4)))
    expected = np.fft.irfft(np.fft.ifft(u_hat, axis=0), n=7)
    assert relative(bk.to_numpy(bk.irfftn(u_hat, (6, 7))), expected) < 1e-14
    assert bk.capabilities.devices == ("cuda:0",)
    bk.synchronize()


def test_absent_device_is_one_line(adapter):
    with pytest.raises(ValueError, match="expected a CUDA device, got 'cuda:3'"):
        adapter(device="cuda:3")
