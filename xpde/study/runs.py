"""A run of a study: one experiment on one backend, in a folder named by what decides it."""

from dataclasses import dataclass
from typing import Any

from xpde.core import backend_names
from xpde.errors import unknown_name
from xpde.study.experiment import Experiment
from xpde.study.store import canonical, digest

__all__ = ["IDENTITY", "Run"]

IDENTITY = (
    "run", "scenario", "scenario_kwargs", "task", "net", "train", "optim", "seed", "backend",
    "dtype",
)  # fmt: skip
"""Columns that say in every long table which run a row is from."""


@dataclass(frozen=True)
class Run(Experiment):
    """One training on one backend.

    Attributes
    ----------
    backend
        Framework that computes everything: data, training and evaluation.

    Raises
    ------
    InvalidInput
        As soon as it is made, if any name, string or override is wrong.
    """

    dtype: str = "float32"
    backend: str = "numpy"

    def __post_init__(self) -> None:
        if self.backend not in backend_names():
            raise unknown_name("backend", self.backend, backend_names())
        super().__post_init__()

    @property
    def name(self) -> str:
        """Twelve hexadecimal digits that name the run's folder: the hash of what decides it."""
        return digest(self.identity() | {"backend": self.backend})

    @property
    def configuration(self) -> str:
        """The same for runs that differ in their seeds only."""
        return digest({**self.identity(), "seed": None, "backend": self.backend})

    @property
    def label(self) -> str:
        """What a person calls it: ``diff_adv predict Conv;34;10;relu one seed 0 (numpy)``."""
        kwargs = "" if not self.overrides else " " + self.row()["scenario_kwargs"]
        parts = f"{self.scenario}{kwargs} {self.task} {self.network} {self.training}"
        return f"{parts} seed {self.seed} ({self.backend})"

    def row(self) -> dict[str, Any]:
        """Return the :data:`IDENTITY` columns."""
        plain = self.plain()
        values = (
            self.name, self.scenario, canonical(plain["overrides"]), self.task, self.network,
            self.training, self.optimizer_text, self.seed, self.backend, self.dtype,
        )  # fmt: skip
        return dict(zip(IDENTITY, values, strict=True))
