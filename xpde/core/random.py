"""Random numbers on the host: the same bits on every backend and device."""

import hashlib

import numpy as np

__all__ = ["stream"]


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the random stream ``names`` of ``seed``: a counter-based Philox generator.

    The 128-bit key is the head of SHA-256 over the seed and the names, so streams with different
    names are independent, adding one never shifts another, and ``stream(0, "ic", 3)`` is the same
    whatever was drawn before. Initial weights, initial states and batch orders each have one.

    Reference: Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
    """
    text = "/".join([str(int(seed)), *(str(n) for n in names)])
    key = np.frombuffer(hashlib.sha256(text.encode()).digest()[:16], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))
