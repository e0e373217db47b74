"""One training as an experiment: everything that decides its numbers, except the framework."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

import xpde
from xpde.core import Backend, stream
from xpde.core.trees import Tree
from xpde.errors import InvalidInput
from xpde.nn import Network
from xpde.optim import Optimizer
from xpde.study import words
from xpde.study.catalogue import scenario
from xpde.study.coarse import check_coarse, coarse_stepper
from xpde.study.scenario import Scenario
from xpde.study.store import read_json, write_json
from xpde.study.substeps import check_substeps, with_substeps
from xpde.train import Corrector, Objective, Refine, Windows
from xpde.train.validation import Split, check_options

__all__ = ["Experiment"]


@dataclass(frozen=True)
class Experiment:
    """One scenario, one network, one training.

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
        Of initial weights, batch order and noise. Data have the scenario's own seeds.
    dtype, device
        Precision and place of the computation; no device means the framework's CPU.
    validation
        Share of the training trajectories that is withheld to validate on.
    patience
        Updates without a better validation loss after which a training stops; None never stops it.
    select
        Which parameters are judged: the ``last``, or the ``best`` on the withheld trajectories.
    noise
        Standard deviation of white noise on the first frame of every window, in units of u.
    refine
        How the solver in the training is refined, see :func:`xpde.study.refine_words.rule`: its
        level is its number of substeps, or that of iterations in a linear solve if it has these
        (``solver="fd;1;1;cg"``). Checks are an epoch apart unless the text says otherwise.

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
    task: str = "predict"
    validation: float = 0.0
    patience: int | None = None
    select: str = "last"
    noise: float = 0.0
    refine: str | None = None

    def __post_init__(self) -> None:
        if self.dtype not in ("float32", "float64"):
            raise InvalidInput(f"dtype: expected float32 or float64, got {self.dtype!r}")
        if self.updates is not None and self.updates < 1:
            raise InvalidInput(f"updates: expected 1 or more, got {self.updates}")
        check_options(self.validation, self.patience, self.select, self.noise)
        problem = self.problem
        words.metric_names(problem.metrics)
        words.initial_condition(problem.initial)
        words.optimizer(self.optimizer_text)
        if words.task(self.task) is not None:
            check_coarse(problem)
        self.make_network()
        _ = self._windows
        self._check_refine()

    def _check_refine(self) -> None:
        """Refuse a refinement without something to refine, or without what its rule reads."""
        refine = self.make_refine()
        if refine is None:
            return
        if words.task(self.task) is None and not self.objective.needs_solver:
            raise InvalidInput(
                "refine: expected a solver in the training, got task predict and training "
                f"{self.training!r}; use task correct;MODE, or a training div, chain, mix, residuum"
            )
        check_substeps(self.problem)
        if refine.validates and self.validation == 0:
            raise InvalidInput(
                f"refine: expected a validation share above 0 for {self.refine!r}, got 0; its rule "
                "reads the validation loss"
            )

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
        if not objective.needs_solver:
            return objective
        solver = self.problem.stepper(bk)
        if self.refine is None:
            return objective.bind(solver)
        return objective.bind(with_substeps(self.problem, solver, lambda s: s.plan(bk)))

    @cached_property
    def _windows(self) -> Windows:
        """The windows to train on."""
        length, steps = self.problem.train_horizon + 1, self.objective.steps
        return Split(self.problem.train_samples, length, steps, self.validation).training

    def make_refine(self) -> Refine | None:
        """Return how solvers are refined; a check is an epoch after the one before."""
        if self.refine is None:
            return None
        return words.refine(self.refine, -(-self._windows.count // self.problem.batch))

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
        coarse: Any = coarse_stepper(self.problem, bk)
        if self.refine is not None:
            coarse = with_substeps(self.problem, coarse, lambda s: coarse_stepper(s, bk))
        return Corrector(network, coarse, mode)

    def initial_weights(self) -> Tree:
        """Return the host tree of initial weights, the same bits for every backend."""
        return self.make_network().init(stream(self.seed, "weights"))

    def metric_names(self) -> tuple[str, ...]:
        """Return the scenario's metrics as means over samples, ``mean_nRMSE`` always first."""
        names = [f"mean_{n.removeprefix('mean_')}" for n in self.problem.metric_names]
        return tuple(dict.fromkeys(["mean_nRMSE", *names]))

    def plain(self) -> dict[str, Any]:
        """Return the fields as plain values, as stored in ``config.json``."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        values["overrides"] = {k: _plain(v) for k, v in self.overrides.items()}
        return values

    def identity(self) -> dict[str, Any]:
        """Return what decides the numbers: resolved settings, so that equal runs are equal here."""
        settings = self.problem.settings()
        names = [f.name for f in dataclasses.fields(Experiment) if f.name != "overrides"]
        values = {name: getattr(self, name) for name in names}
        if words.task(self.task) is None:  # no coarse solver decides anything
            del values["task"], settings["coarse_proportion"]
        if self.refine is None:
            del values["refine"]
        values |= {"settings": settings, "optimizer": self.optimizer_text}
        return values | {"xpde": xpde.__version__}

    def write(self, path: Path) -> None:
        """Write :meth:`plain` as JSON, atomically."""
        write_json(path, self.plain())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what :meth:`write` wrote."""
        values = read_json(path)
        names = {f.name for f in dataclasses.fields(cls)}
        return cls(**{key: value for key, value in values.items() if key in names})


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return [_plain(v) for v in value] if isinstance(value, (tuple, list)) else value
