"""An experiment on superiority: who teaches, who judges, from which states, at what budget."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from xpde.errors import InvalidInput, unknown_name
from xpde.study.catalogue import scenario
from xpde.study.scenario import Scenario
from xpde.study.words import optimizer, shorten

__all__ = ["METRICS", "Experiment", "SeedGrid", "Seeds"]

METRICS = ("RMSE", "nRMSE")
"""Errors of a state that a ratio can be made of."""


@dataclass(frozen=True)
class Seeds:
    """The four random choices of a training.

    Attributes
    ----------
    init
        Initial weights.
    train, test
        Initial states of the training and of the test.
    shuffle
        Order of the batches.
    """

    init: int = 0
    train: int = 1
    test: int = 2
    shuffle: int = 3


@dataclass(frozen=True)
class SeedGrid:
    """All combinations of some values of each of the four seeds.

    Attributes
    ----------
    init, train, test, shuffle
        Values of each, at least one.
    """

    init: tuple[int, ...] = (0,)
    train: tuple[int, ...] = (1,)
    test: tuple[int, ...] = (2,)
    shuffle: tuple[int, ...] = (3,)

    def __post_init__(self) -> None:
        for name, values in asdict(self).items():
            if not values or len({*values}) < len(values):
                raise InvalidInput(f"seeds: expected values of {name}, each once, got {values}")

    def __iter__(self) -> Iterator[Seeds]:
        """Yield them; initial weights change first, so that a few have different ones."""
        order = itertools.product(self.shuffle, self.test, self.train, self.init)
        return (Seeds(init, train, test, shuffle) for shuffle, test, train, init in order)

    def __len__(self) -> int:
        """Return their number."""
        return len(self.init) * len(self.train) * len(self.test) * len(self.shuffle)

    def first(self, count: int) -> tuple[Seeds, ...]:
        """Return the first ones; beyond all of them follow other orders of the batches."""
        rounds = -(-count * len(self.shuffle) // len(self))
        further = itertools.count(max(self.shuffle) + 1)
        extra = itertools.islice(further, max(rounds - len(self.shuffle), 0))
        return tuple(itertools.islice(iter(replace(self, shuffle=(*self.shuffle, *extra))), count))


@dataclass(frozen=True)
class Experiment:
    """Networks trained on one step of a teacher and judged against a reference.

    The training data are pairs (u₀, p u₀) of the teacher p. The test compares rollouts of network
    and teacher with those of the reference r from the same states; r is not seen in the training.

    Attributes
    ----------
    name
        For people and tables.
    key
        Scenario of the catalogue; its grid has one axis.
    parameters
        (name, value) of what differs from the catalogue, ``points`` among them.
    teacher, reference
        Solvers, ``etdrk`` or ``fd;THETA;PICARD``.
    train_initial, test_initial
        Initial states of both sets.
    metric
        One of :data:`METRICS`, of every sample at every step; means over samples are compared.
    train_samples, test_samples
        Sizes of both sets; every training sample is one pair.
    horizon
        Steps of the test.
    optimizer
        Its words, the number of updates among them.
    batch
        Pairs of an update.

    Raises
    ------
    InvalidInput
        If a word is unknown or a number does not fit.

    Reference: Koehler & Thuerey (2025), experiments on nonlinear emulators.
    """

    name: str
    key: str
    parameters: tuple[tuple[str, Any], ...]
    teacher: str
    reference: str
    train_initial: str
    test_initial: str
    metric: str
    train_samples: int
    test_samples: int
    horizon: int
    optimizer: str
    batch: int = 32

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise unknown_name("metric of a ratio", self.metric, METRICS)
        optimizer(self.optimizer)
        self.taught(Seeds())
        self.judged(Seeds())

    @property
    def updates(self) -> int:
        """Updates of a training."""
        return optimizer(self.optimizer)[1]

    def taught(self, seeds: Seeds) -> Scenario:
        """Return the scenario of the training, whose solver is the teacher."""
        return self._scenario(seeds, self.teacher, self.train_initial)

    def judged(self, seeds: Seeds, solver: str | None = None) -> Scenario:
        """Return the scenario of the test with the reference, or another solver."""
        return self._scenario(seeds, solver or self.reference, self.test_initial)

    def _scenario(self, seeds: Seeds, solver: str, initial: str) -> Scenario:
        return scenario(
            self.key,
            **dict(self.parameters),
            solver=solver,
            initial=initial,
            train_samples=self.train_samples,
            train_horizon=1,
            train_seed=seeds.train,
            test_samples=self.test_samples,
            test_horizon=self.horizon,
            test_seed=seeds.test,
            batch=self.batch,
        )

    def at(
        self, *, updates: int | None = None, batch: int | None = None, horizon: int | None = None
    ) -> Self:
        """Return it at another budget; the schedule of the optimizer is scaled with the updates."""
        words = self.optimizer if updates is None else shorten(self.optimizer, updates)
        return replace(
            self, optimizer=words, batch=batch or self.batch, horizon=horizon or self.horizon
        )

    def plain(self) -> dict[str, Any]:
        """Return what decides the numbers as JSON holds it; the name does not."""
        values = asdict(self)
        del values["name"]
        parameters: Sequence[tuple[str, Any]] = sorted(self.parameters)
        return values | {"parameters": [list(pair) for pair in parameters]}
