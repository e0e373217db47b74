"""Training windows as index pairs into the trajectories; nothing is copied until a batch."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import namespace_of
from xpde.errors import InvalidInput

Array = Any

__all__ = ["Windows"]


@dataclass(frozen=True)
class Windows:
    """All overlapping windows of ``steps + 1`` snapshots of S trajectories of L snapshots.

    Window w is the pair (sample, start) = divmod(w, L - steps): trajectory-major, stride one,
    n = S (L - steps) in all.

    Attributes
    ----------
    samples, snapshots
        S and L (the initial state counted).
    steps
        T, the steps after the first snapshot of a window.
    """

    samples: int
    snapshots: int
    steps: int

    def __post_init__(self) -> None:
        if self.steps < 1 or self.snapshots <= self.steps:
            raise InvalidInput(
                f"windows: expected trajectories of at least steps + 1 = {self.steps + 1} "
                f"snapshots and steps >= 1, got {self.snapshots}; lower the steps"
            )

    @property
    def count(self) -> int:
        """Number of windows n = S (L - T)."""
        return self.samples * (self.snapshots - self.steps)

    def rows(self, windows: np.ndarray) -> np.ndarray:
        """Return, for window numbers of any shape, the row of their first snapshot among S·L."""
        sample, start = np.divmod(windows, self.snapshots - self.steps)
        return sample * self.snapshots + start

    def gather(self, flat: Array, rows: Array, frames: int | None = None) -> Array:
        """Take the windows beginning at ``rows`` (B,) from ``flat`` (S·L, C, *N), on its device.

        Returns
        -------
        Array
            (T + 1, B, C, *N), the level axis first; only the first ``frames`` levels if given.
        """
        count = self.steps + 1 if frames is None else frames
        xp = namespace_of(flat, rows)
        index = xp.concat([rows + t for t in range(count)], axis=0)
        taken = xp.take(flat, index, axis=0)
        return xp.reshape(taken, (count, rows.shape[0], *flat.shape[1:]))
