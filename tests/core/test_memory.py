"""What a program asks of the C library, in a process of its own."""

import subprocess
import sys

import pytest

from xpde.core import memory

COUNT = """
import resource
import numpy as np
from xpde.core.memory import keep_freed_memory

kept = KEEP and keep_freed_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        x = np.empty(750_000, np.float32)  # 3 MB: no huge pages
        x[::1024] = 1.0
        del x
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
ballast = [np.ones(100_000) for _ in range(8)]
del ballast
print(kept, faults())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts page faults of Linux")
def test_freed_memory_is_used_again():
    """Fifty arrays of 3 MB in turn, 732 pages each: none is cleared again (by default 700 are)."""
    code = COUNT.replace("KEEP", "True")
    words = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    kept, faults = words.stdout.split()
    if kept == "False":
        pytest.skip("the C library is not glibc")
    assert int(faults) < 50


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())
    assert memory.keep_freed_memory() is False
