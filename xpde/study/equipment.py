"""What the runs of one configuration share in a process: data and compiled programs."""

from dataclasses import replace
from functools import cached_property
from typing import Any

from xpde.core import Backend, backend
from xpde.core.backend import Array
from xpde.study.data import reference_data
from xpde.study.emulate import make_trainer
from xpde.study.runs import Run
from xpde.train import Trainer

__all__ = ["Equipment"]


class Equipment:
    """The backend, the reference data and the trainer of a configuration, made when first used.

    Runs that differ only in their seeds have the same data and the same programs.

    Raises
    ------
    BackendUnavailable
        If the framework or the device is missing.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.backend: Backend = backend(run.backend, device=run.device, dtype=run.dtype)

    def fits(self, run: Run) -> bool:
        """Whether this is the equipment of a run."""
        return run.configuration == self.run.configuration

    @cached_property
    def train(self) -> Array:
        """Training trajectories (S, T+1, C, *N); NonFinite if the solver blew up."""
        return reference_data(self.run.problem, self.backend, "train")

    @cached_property
    def test(self) -> Array:
        """Test trajectories (S, T+1, C, *N); NonFinite if the solver blew up."""
        return reference_data(self.run.problem, self.backend, "test")

    def trainer(self, run: Run, **more: Any) -> Trainer:
        """Return the trainer of a run; equal networks and optimizers have the same programs."""
        return replace(self._trainer, seed=run.seed, **more)

    @cached_property
    def _trainer(self) -> Trainer:
        return make_trainer(self.run, self.backend)
