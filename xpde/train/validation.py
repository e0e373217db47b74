"""Trajectories that are withheld from the training, and what their loss decides."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xpde.core import backend_of
from xpde.errors import InvalidInput, unknown_name
from xpde.train.trained import Trained
from xpde.train.windows import Windows

Array = Any

__all__ = ["Split", "check_options", "judged", "mean_loss", "verdict"]


@dataclass(frozen=True)
class Split:
    """The first trajectories to train on, the last ones to validate on.

    ⌊share · S + ½⌋ of S are withheld: at least one if the share is above 0, and at least one is
    left to train on.

    Attributes
    ----------
    samples, snapshots, steps
        S, L and T, as in :class:`~xpde.train.Windows`.
    share
        In [0, 1).

    Raises
    ------
    InvalidInput
        If one trajectory must be both.
    """

    samples: int
    snapshots: int
    steps: int
    share: float = 0.0

    def __post_init__(self) -> None:
        if self.share > 0 and self.samples < 2:
            raise InvalidInput(
                f"validation: expected at least 2 trajectories to withhold {self.share} of, "
                f"got {self.samples}"
            )

    @property
    def withheld(self) -> int:
        """Number of withheld trajectories."""
        if self.share == 0:
            return 0
        return min(self.samples - 1, max(1, int(self.share * self.samples + 0.5)))

    @property
    def training(self) -> Windows:
        """All windows to train on."""
        return Windows(self.samples - self.withheld, self.snapshots, self.steps)

    def batches(self, size: int) -> Iterator[np.ndarray]:
        """Yield first rows among S·L of the withheld windows in order, ``size`` and a rest."""
        windows = Windows(self.withheld, self.snapshots, self.steps)
        rows = windows.rows(np.arange(windows.count))
        rows = rows + (self.samples - self.withheld) * self.snapshots
        for first in range(0, len(rows), size):
            yield rows[first : first + size]


def check_options(validation: float, patience: int | None, select: str, noise: float) -> None:
    """Refuse options of a training that mean nothing, alone or together.

    Raises
    ------
    InvalidInput
        If one is out of its range, or something must be judged without withheld trajectories.
    """
    if patience is not None and patience < 1:
        raise InvalidInput(f"patience: expected at least 1, got {patience}")
    if not 0 <= validation < 1:
        raise InvalidInput(f"validation: expected a share in [0, 1), got {validation}")
    if not 0 <= noise < np.inf:
        raise InvalidInput(f"noise: expected a finite number >= 0, got {noise}")
    if select not in ("last", "best"):
        raise unknown_name("select", select, ("last", "best"))
    if validation == 0 and (patience is not None or select == "best"):
        name = "select" if patience is None else "patience"
        raise InvalidInput(f"{name}: expected a validation share above 0 to judge by, got 0")


def mean_loss(
    loss: Callable[[Array], Array], batches: Iterator[np.ndarray], like: Array
) -> np.ndarray:
    """Return Σ_b n_b l_b / Σ_b n_b over batches of n_b windows, summed on the host in float64.

    ``loss`` maps the rows of a batch, on the device of ``like``, to its loss l_b: a scalar, or (S,)
    for S seeds, as is the result.
    """
    verbs = backend_of(like)
    sizes, values = [], []
    for rows in batches:
        sizes.append(len(rows))
        values.append(loss(verbs.asarray(rows)))
    host = verbs.to_numpy(verbs.xp.stack(values, axis=-1)).astype(np.float64)
    return np.sum(host * np.asarray(sizes), axis=-1) / sum(sizes)


def judged(now: Trained, value: float, keep_best: bool) -> Trained:
    """Return the state with one more validation loss, of its parameters.

    With ``keep_best`` a value below all others makes these parameters the best; NaN and infinity
    are below none.
    """
    before = now.best_validation
    better = np.isfinite(value) and (before is None or value < before[1])
    return replace(
        now,
        validated=np.append(now.validated, np.int64(now.updates)),
        validation=np.append(now.validation, value),
        best=now.averaged if keep_best and better else now.best,
    )


def verdict(now: Trained, patience: int | None) -> str:
    """Say why to stop, "" to go on: no validation loss was better for ``patience`` updates."""
    if patience is None or now.validated.size == 0:
        return ""
    found = now.best_validation
    update, value = found if found is not None else (int(now.validated[0]), float("nan"))
    if now.validated[-1] - update < patience:
        return ""
    return (
        f"stopped after {now.updates} updates: no validation loss below {value:.4g}, "
        f"that of update {update}, for {patience} updates"
    )
