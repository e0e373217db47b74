"""The benchmark's initial states of Gray-Scott."""

from dataclasses import dataclass

import numpy as np

from xpde.errors import InvalidInput
from xpde.ic.blobs import RandomGaussianBlobs
from xpde.ic.channels import MultiChannel
from xpde.space import Grid

__all__ = ["GrayScottBlobs"]


@dataclass(frozen=True)
class GrayScottBlobs:
    """Two channels: one minus a random blob, and another random blob, drawn independently.

    The blobs are the default ``RandomGaussianBlobs``: centers in the middle fifth of the box,
    variances between 0.005 and 0.01 of its squared length, without periodic images. A finer grid
    samples the same function.

    Raises
    ------
    InvalidInput
        On sampling, if the number of channels is not two.

    Reference: Koehler et al., APEBench (2024), ``gray_scott_blobs``.
    """

    def sample(self, grid: Grid, channels: int, rng: np.random.Generator) -> np.ndarray:
        """Return one random state (2, *N), host float64."""
        if channels != 2:
            raise InvalidInput(f"gray_scott_blobs: expected 2 channels, got {channels}")
        pair = (RandomGaussianBlobs(one_complement=True), RandomGaussianBlobs())
        return MultiChannel(pair).sample(grid, channels, rng)
