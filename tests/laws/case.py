"""One public map of arrays: how to build it and what to feed it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Case:
    """``make(bk)`` gives a function of one array; ``shape`` is that of one sample.

    ``rank`` is the number of trailing axes of the result that belong to one sample.
    """

    name: str
    shape: tuple[int, ...]
    make: Callable
    complex: bool = False
    smooth: bool = True

    def sample(self, seed: int) -> np.ndarray:
        """A band-limited random state, or a random spectrum."""
        rng = np.random.default_rng(seed)
        if self.complex:
            return rng.standard_normal(self.shape) + 1j * rng.standard_normal(self.shape)
        axes = tuple(range(1, len(self.shape)))
        u_hat = np.fft.fftn(rng.standard_normal(self.shape), axes=axes)
        for axis in axes:
            k = np.abs(np.fft.fftfreq(self.shape[axis], 1 / self.shape[axis]))
            keep = np.reshape(k <= 2, [-1 if a == axis else 1 for a in range(len(self.shape))])
            u_hat = u_hat * keep
        return np.fft.ifftn(u_hat, axes=axes).real
