"""A teacher and a judge on the same initial states, and whether the judge may judge."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xpde.core import Backend
from xpde.errors import InvalidInput, NonFinite
from xpde.metrics import RMSE, nRMSE
from xpde.study.data import Split, initial_states, split_of
from xpde.study.scenario import Scenario
from xpde.study.superiority.side import Given, Interpolation, Side, side_of

__all__ = ["MARGIN", "METRICS", "Fineness", "Pair", "Runner", "Trajectories", "errors_of"]

METRICS: dict[str, Callable[..., Any]] = {"nRMSE": nRMSE, "RMSE": RMSE}
"""Errors whose ratio is taken; both are norms, which the bounds of the ratio need."""

MARGIN = 0.1
"""Largest own error of a judge as a share of the errors that it judges."""

GROWTH = 1e3
"""How many times larger than all states of the judge those of an unstable teacher are."""

Runner = Callable[[Side, np.ndarray, int], np.ndarray]
"""``run(side, start, steps)``: :meth:`Side.run`, perhaps from a store."""


def errors_of(metric: str, states: np.ndarray, reference: np.ndarray, dims: int) -> np.ndarray:
    """Return the errors (..., T) of host states (..., T, C, *N) by the name of a norm.

    Infinite or NaN where states are; ``reference`` may have fewer leading axes.
    """
    with np.errstate(all="ignore"):
        near = np.broadcast_to(reference, states.shape)
        return np.asarray(METRICS[metric](states, near, dims=dims))


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Host trajectories of the test set, (S, T+1, C, *N) each, from the same states.

    Attributes
    ----------
    judge, teacher
        Their rollouts.
    judge_finer, teacher_finer
        Those of the same solvers made better, by what was done to them. A refined teacher may have
        become infinite.
    """

    judge: np.ndarray
    teacher: np.ndarray
    judge_finer: Mapping[str, np.ndarray]
    teacher_finer: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Fineness:
    """How far the judge is from itself refined, beside the errors that it judges, (T,) each.

    A refinement that halves an error of first order leaves half of it, so the error of the judge is
    at most twice the difference ``own``; less for higher orders. With it,

    (f - 2d) / (p + 2d) ≤ ξ ≤ (f + 2d) / (p - 2d),   d = ``own``

    for the mean errors f of the emulator and p of the teacher: the triangle inequality of a norm.

    Attributes
    ----------
    parts
        Mean difference to the judge, by what was refined.
    emulator, teacher
        Mean errors; that of the emulator is the least of all networks.
    """

    parts: Mapping[str, np.ndarray]
    emulator: np.ndarray
    teacher: np.ndarray

    @property
    def known(self) -> bool:
        """Whether anything was refined."""
        return bool(self.parts)

    @property
    def own(self) -> np.ndarray:
        """The largest of the differences; NaN where none is known."""
        if not self.known:
            return np.full_like(self.teacher, np.nan)
        return np.asarray(np.max(np.stack(list(self.parts.values())), axis=0))

    @property
    def share(self) -> np.ndarray:
        """Own error over the smaller of the two errors that are judged."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.own / np.minimum(self.emulator, self.teacher))

    @property
    def fine(self) -> np.ndarray:
        """Where the judge is fine enough: its share is at most :data:`MARGIN`."""
        return self.share <= MARGIN

    def bounds(self, numerator: np.ndarray, denominator: np.ndarray) -> tuple[Any, Any]:
        """Return the ends between which the ratio against the truth lies; infinite if anywhere."""
        slack = 2 * self.own
        with np.errstate(invalid="ignore", divide="ignore"):
            low = np.maximum(numerator - slack, 0.0) / (denominator + slack)
            high = (numerator + slack) / (denominator - slack)
        open_above = ~(denominator > slack)
        return low, np.where(open_above, np.inf, high)


@dataclass(frozen=True, eq=False)
class Pair:
    """A teacher and a judge of a scenario, checked on each other.

    Attributes
    ----------
    problem
        Equation, grid, initial states and horizons.
    teacher, judge
        The solvers.
    fine
        A second, finer judge; without it the judge is refined itself, as far as that is known.
    train_initial
        Initial states of the training, if others than those of the test.
    metric
        ``nRMSE`` or ``RMSE``: norms.
    """

    problem: Scenario
    teacher: Side
    judge: Side
    fine: Side | None = None
    train_initial: str | None = None
    metric: str = "nRMSE"

    @classmethod
    def of(
        cls,
        problem: Scenario,
        backend: Backend,
        teacher: Given,
        judge: Given,
        fine: Given | None = None,
        interpolation: Interpolation | None = None,
        **more: Any,
    ) -> "Pair":
        """Return the pair of two solvers as the user gives them, see :func:`side_of`."""

        def make(role: str, given: Given) -> Side:
            return side_of(role, given, problem, backend, interpolation)

        second = None if fine is None else make("fine", fine)
        return cls(problem, make("teacher", teacher), make("judge", judge), second, **more)

    def starts(self, split: Split, run: Runner) -> np.ndarray:
        """Return the states (S, C, *N) from which both start, after the judge's warm-up."""
        problem = self.problem
        if split == "train" and self.train_initial is not None:
            problem = replace(problem, initial=self.train_initial)
        start = initial_states(problem, split)
        if problem.warmup:
            start = run(self.judge, start, problem.warmup)[:, -1]
            self._check_finite(self.judge, start[:, None])
        return start

    def training(self, run: Runner) -> np.ndarray:
        """Return the teacher's trajectories (S, T+1, C, *N) for the training.

        Raises
        ------
        NonFinite
            If the teacher is unstable.
        """
        states = run(self.teacher, self.starts("train", run), self.problem.train_horizon)
        self._check_finite(self.teacher, states)
        return states

    def trajectories(self, run: Runner) -> Trajectories:
        """Return the rollouts of both on the test set, and those of both refined.

        Raises
        ------
        NonFinite
            If judge or teacher is unstable.
        InvalidInput
            If the teacher is finer than the judge.
        """
        start = self.starts("test", run)
        _, steps, _ = split_of(self.problem, "test")
        judge = run(self.judge, start, steps)
        self._check_finite(self.judge, judge)
        teacher = run(self.teacher, start, steps)
        self._check_finite(self.teacher, teacher)
        self._check_growth(teacher, judge)
        finer = {name: run(side, start, steps) for name, side in self._judges()}
        for name, states in finer.items():
            self._check_finite(dict(self._judges())[name], states)
        better = {name: run(make(), start, steps) for name, make in self.teacher.finer.items()}
        found = Trajectories(judge, teacher, finer, better)
        self._check_order(found)
        return found

    def error(self, states: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Return the errors (..., S, T) of trajectories without their initial states."""
        return errors_of(self.metric, states, reference, self.problem.dims)

    def fineness(self, found: Trajectories, emulator: np.ndarray, teacher: np.ndarray) -> Fineness:
        """Return what the judge is worth beside mean errors (T,) of emulator and teacher."""
        return Fineness(self._own(found.judge, found.judge_finer), emulator, teacher)

    def _judges(self) -> Iterator[tuple[str, Side]]:
        """Yield the finer judges; a given one is the only one."""
        if self.fine is not None:
            yield self.fine.name, self.fine
            return
        for name, make in self.judge.finer.items():
            yield name, make()

    def _own(self, states: np.ndarray, finer: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the mean difference (T,) to each refinement, infinite where that is lost."""
        found = {name: self.error(v[:, 1:], states[:, 1:]) for name, v in finer.items()}
        return {
            name: np.mean(np.where(np.isfinite(e), e, np.inf), axis=0) for name, e in found.items()
        }

    def _check_finite(self, side: Side, states: np.ndarray) -> None:
        axes = tuple(range(2, states.ndim))
        bad = ~np.all(np.isfinite(states), axis=axes)
        if bad.any():
            step = int(np.argmax(bad.any(axis=0)))
            sample = int(np.argmax(bad[:, step]))
            raise NonFinite(
                f"{side.role} {side.name}: expected a stable solver, got NaN or infinity at step "
                f"{step} of sample {sample}; use an implicit one, or more substeps"
            )

    def _check_growth(self, teacher: np.ndarray, judge: np.ndarray) -> None:
        size = np.max(np.abs(teacher), axis=(0, *range(2, teacher.ndim)))
        large = size > GROWTH * float(np.max(np.abs(judge)))
        if large.any():
            step = int(np.argmax(large))
            raise NonFinite(
                f"teacher {self.teacher.name}: expected a stable solver, got states of size "
                f"{size[step]:.1e} at step {step}; use an implicit one, or more substeps"
            )

    def _check_order(self, found: Trajectories) -> None:
        """Refuse a teacher that is finer than the judge: by a third, or each by itself refined.

        The first step decides: later on errors may be as large as states, whoever made them. It is
        finer if it is in every refinement, and in the worst of them by a factor of 2 or more; what
        is rounding in both says nothing.
        """
        ours = self._own(found.judge, found.judge_finer)
        if self.fine is not None:
            theirs, how = self._own(found.teacher, found.judge_finer), self.fine.name
        else:
            theirs, how = self._own(found.teacher, found.teacher_finer), "itself refined"
        both = ours.keys() & theirs.keys()
        if not both:
            return
        judge, teacher = (max(float(side[k][0]) for k in both) for side in (ours, theirs))
        rounding = 100 * float(np.finfo(self.judge.backend.dtype).eps)
        finer = all(theirs[k][0] <= ours[k][0] for k in both) and 2 * teacher < judge
        if finer and judge > rounding:
            raise InvalidInput(
                f"teacher {self.teacher.name}: expected a coarser solver than the judge "
                f"{self.judge.name}, got an error of {teacher:.1e} in a step beside {judge:.1e}, "
                f"against {how}; exchange the two, or give a finer judge"
            )
