"""Where arrays go, in which precision, and to whom an array belongs."""

import subprocess
import sys

import numpy as np
import pytest

import xpde
from xpde.core.dtypes import dtype_name


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.ones(3), "float64"),
        (np.ones(3, np.float32), "float64"),
        (np.ones(3) * 1j, "complex128"),
        (np.arange(3), "int64"),
        (np.array([True, False]), "bool"),
    ],
)
def test_asarray_takes_the_precision_of_the_backend(bk, values, expected):
    x = bk.asarray(values)
    assert dtype_name(x) == expected
    assert np.array_equal(bk.to_numpy(x), values)
    assert xpde.backend_of(x) is type(bk).shared()


@pytest.mark.parametrize("name", ["float32", "complex64"])
def test_like_takes_the_precision_of_an_array(bk, name):
    like = bk.asarray(np.ones(2, name), dtype=name)
    assert dtype_name(bk.asarray(np.ones(2), like=like)) == "float32"
    assert dtype_name(bk.asarray(np.ones(2) * 1j, like=like)) == "complex64"


def test_own_arrays_are_cast(bk):
    x = bk.asarray(np.ones(3), dtype="float32")
    assert dtype_name(bk.asarray(x)) == "float64"


def test_to_numpy_is_a_copy(bk):
    x = bk.asarray(np.zeros(3))
    bk.to_numpy(x)[:] = 1
    assert np.array_equal(bk.to_numpy(x), np.zeros(3))


def test_device_is_checked(bk):
    with pytest.raises(xpde.XpdeError, match="expected"):
        xpde.backend(bk.name, device="nowhere")


def test_unknown_name_lists_the_nearest():
    with pytest.raises(xpde.XpdeError, match="did you mean numpy"):
        xpde.backend("nunpy")


def test_unknown_dtype():
    with pytest.raises(xpde.XpdeError, match="expected float32 or float64, got 'half'"):
        xpde.backend("numpy", dtype="half")


def test_not_an_array():
    with pytest.raises(xpde.XpdeError, match="got list"):
        xpde.backend_of([1.0])


def test_mixed_backends_are_refused(backends):
    arrays = [b.asarray(np.ones(2)) for b in backends.values()]
    for a in arrays:
        for b in arrays:
            if a is not b:
                with pytest.raises(xpde.XpdeError, match="one framework"):
                    xpde.backend_of(a, b)


def test_capabilities_are_declared(bk):
    found = bk.capabilities
    assert found.gradients in ("native", "tape")
    assert found.precision["dtype"] == "float64"
    assert found.precision["reduced_precision"] is False
    assert found.version


def test_jax_refuses_float64_without_its_switch():
    pytest.importorskip("jax")
    code = (
        "import xpde\ntry:\n    xpde.backend('jax', dtype='float64')\n"
        "except xpde.XpdeError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"JAX_ENABLE_X64": "0"},
    )
    assert "jax_enable_x64" in done.stdout, done.stderr


def test_missing_framework_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "xpde_backends.cupy", None)
    with pytest.raises(xpde.XpdeError, match=r"pip install 'xpde\[cupy\]'"):
        xpde.backend("cupy")
