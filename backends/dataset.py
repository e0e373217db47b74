"""Windows of a data set for PyTorch's loaders."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from xpde.errors import InvalidInput
from xpde.study.read import Trajectories, read_well

__all__ = ["TrajectoryDataset"]


class TrajectoryDataset(Dataset[torch.Tensor]):
    """Windows (W, C, *N) of a file in the layout of The Well, by index.

    Windows of one sample come in order of time, then those of the next sample; windows with NaN
    after a stopped rollout are left out. Only the window that is asked for is read. Every process
    opens the file for itself, so a loader may have workers.

    Parameters
    ----------
    path
        The file, see :func:`xpde.study.read.read_well`.
    window
        W, states in a window; 2 is a state and the next.
    stride
        Steps between the first states of two windows of a sample.
    every
        Steps between two states of a window.
    fields
        Which fields, in the order of the channels; all that vary in time by default.
    transform
        Applied to every window.

    Raises
    ------
    InvalidInput
        If the file does not have the layout, a number is not positive, or no window fits.
    """

    def __init__(
        self,
        path: Path | str,
        window: int = 2,
        *,
        stride: int = 1,
        every: int = 1,
        fields: Sequence[str] | None = None,
        transform: Callable[[torch.Tensor], Any] | None = None,
    ) -> None:
        for name, value in (("window", window), ("stride", stride), ("every", every)):
            if value < 1:
                raise InvalidInput(f"{name}: expected 1 or more, got {value}")
        self.path, self.fields, self.transform = Path(path), fields, transform
        self.window, self.stride, self.every = window, stride, every
        self._open: tuple[int, Trajectories] | None = None
        with read_well(self.path, fields=fields) as data:
            self.shape = data.shape
            span = (window - 1) * every + 1
            counts = np.maximum(0, (data.finite_steps - span) // stride + 1)
        self._ends = np.cumsum(counts)
        if not len(self):
            raise InvalidInput(
                f"window: expected at most {int(data.finite_steps.max())} steps (the longest "
                f"sample of {self.path}), got {span}"
            )

    def __len__(self) -> int:
        """Return the number of windows."""
        return int(self._ends[-1])

    def __getitem__(self, index: int) -> Any:
        """Return window ``index`` as a tensor (W, C, *N), transformed if asked."""
        sample, step = self.locate(index)
        stop = step + (self.window - 1) * self.every + 1
        states = torch.from_numpy(self._data()[sample, step : stop : self.every])
        return states if self.transform is None else self.transform(states)

    def locate(self, index: int) -> tuple[int, int]:
        """Return the sample and the step at which window ``index`` begins."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"expected a window below {len(self)}, got {index}")
        index %= len(self)
        sample = int(np.searchsorted(self._ends, index, side="right"))
        before = int(self._ends[sample - 1]) if sample else 0
        return sample, (index - before) * self.stride

    def _data(self) -> Trajectories:
        """Return the file as this process has opened it."""
        if self._open is None or self._open[0] != os.getpid():
            self._open = os.getpid(), read_well(self.path, fields=self.fields)
        return self._open[1]

    def __getstate__(self) -> dict[str, Any]:
        """Leave the open file behind: the process that gets a copy opens its own."""
        return self.__dict__ | {"_open": None}
