"""The configuration of a comparison: everything that decides its numbers."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import xpde
from xpde.core import Backend, backend_names, stream
from xpde.core.trees import Tree
from xpde.errors import InvalidInput, unknown_name
from xpde.nn import Network
from xpde.optim import Optimizer
from xpde.study import words
from xpde.study.catalogue import scenario
from xpde.study.coarse import check_coarse, coarse_stepper
from xpde.study.scenario import Scenario
from xpde.study.store import digest, read_json, write_json
from xpde.train import Corrector, Objective, Windows

__all__ = ["CompareConfig"]


@dataclass(frozen=True)
class CompareConfig:
    """One scenario, one network, one training, on several backends.

    Attributes
    ----------
    scenario, overrides
        Key in the catalogue and the settings that replace its own.
    network, training, optimizer
        The benchmark's strings, see :mod:`xpde.study.words`; no optimizer means the scenario's.
    task
        ``predict``: the network is the step. ``correct;MODE``: it corrects a coarse solver, see
        :class:`xpde.train.Corrector` and the scenario's ``coarse_proportion``.
    updates
        Another number of updates, the schedule scaled with it; None keeps the optimizer's.
    seed
        Of initial weights and batch order. Data have the scenario's own seeds.
    dtype, device
        Precision and device of every backend; no device means each framework's CPU.
    backends
        Names, in the order of running; the reference is NumPy, or the first that runs.

    Raises
    ------
    InvalidInput
        As soon as it is made, if any name, string or override is wrong.
    """

    scenario: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    network: str = "Conv;34;10;relu"
    training: str = "one"
    optimizer: str | None = None
    updates: int | None = None
    seed: int = 0
    dtype: str = "float64"
    device: str | None = None
    backends: tuple[str, ...] = ("numpy", "jax", "torch")
    task: str = "predict"

    def __post_init__(self) -> None:
        object.__setattr__(self, "backends", tuple(self.backends))
        for name in self.backends:
            if name not in backend_names():
                raise unknown_name("backend", name, backend_names())
        if not self.backends:
            raise InvalidInput("backends: expected at least one name, got none")
        if len(set(self.backends)) < len(self.backends):
            raise InvalidInput(f"backends: expected each name once, got {', '.join(self.backends)}")
        if self.dtype not in ("float32", "float64"):
            raise InvalidInput(f"dtype: expected float32 or float64, got {self.dtype!r}")
        if self.updates is not None and self.updates < 1:
            raise InvalidInput(f"updates: expected 1 or more, got {self.updates}")
        problem = self.problem
        words.metric_names(problem.metrics)
        words.initial_condition(problem.initial)
        words.optimizer(self.optimizer_text)
        if words.task(self.task) is not None:
            check_coarse(problem)
        self.make_network()
        Windows(problem.train_samples, problem.train_horizon + 1, self.objective.steps)

    @cached_property
    def problem(self) -> Scenario:
        """The scenario with its overrides."""
        return scenario(self.scenario, **self.overrides)

    @property
    def objective(self) -> Objective:
        """What the training minimizes, without the reference solver."""
        return words.training(self.training)

    def make_objective(self, bk: Backend) -> Objective:
        """Return the objective with the reference solver on a backend, if it needs one."""
        objective = self.objective
        return objective.bind(self.problem.stepper(bk)) if objective.needs_solver else objective

    @property
    def optimizer_text(self) -> str:
        """The optimizer string in use."""
        text = self.optimizer or self.problem.optimizer
        return text if self.updates is None else words.shorten(text, self.updates)

    def make_optimizer(self) -> tuple[Optimizer, int]:
        """Return the optimizer and its number of updates."""
        return words.optimizer(self.optimizer_text)

    def make_network(self) -> Network:
        """Return what has parameters: the emulator, or the part of it that corrects."""
        problem = self.problem
        return words.network(self.network, problem.dims, problem.channels, problem.grid.points)

    def make_emulator(self, bk: Backend) -> Network:
        """Return one step of the emulator, with the coarse solver on a backend if it has one."""
        network, mode = self.make_network(), words.task(self.task)
        if mode is None:
            return network
        return Corrector(network, coarse_stepper(self.problem, bk), mode)

    def initial_weights(self) -> Tree:
        """Return the host tree of initial weights, the same bits for every backend."""
        return self.make_network().init(stream(self.seed, "weights"))

    def metric_names(self) -> tuple[str, ...]:
        """Return the scenario's metrics as means over samples, ``mean_nRMSE`` always first."""
        names = [f"mean_{n.removeprefix('mean_')}" for n in self.problem.metric_names]
        return tuple(dict.fromkeys(["mean_nRMSE", *names]))

    def plain(self) -> dict[str, Any]:
        """Return the fields as plain values, as stored in ``config.json``."""
        values = dataclasses.asdict(dataclasses.replace(self, overrides={}))
        values["overrides"] = {k: _plain(v) for k, v in self.overrides.items()}
        return values | {"backends": list(self.backends)}

    @property
    def name(self) -> str:
        """Twelve hexadecimal digits that name the run folder.

        The hash of everything that decides the numbers: the resolved settings of the scenario and
        the version of xpde, but not the list of backends, so that one more can be added later.
        """
        values, settings = self.plain(), self.problem.settings()
        del values["backends"], values["overrides"]
        if words.task(self.task) is None:  # no coarse solver decides anything
            del values["task"], settings["coarse_proportion"]
        values |= {"settings": settings, "optimizer": self.optimizer_text}
        return digest(values | {"xpde": xpde.__version__})

    def write(self, path: Path) -> None:
        """Write :meth:`plain` as JSON, atomically."""
        write_json(path, self.plain())

    @classmethod
    def read(cls, path: Path) -> "CompareConfig":
        """Read what :meth:`write` wrote."""
        values = read_json(path)
        names = {f.name for f in dataclasses.fields(cls)}
        return cls(**{key: value for key, value in values.items() if key in names})


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return list(value) if isinstance(value, tuple) else value
