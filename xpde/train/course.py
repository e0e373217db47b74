"""A trainer on its data: where a training begins, its batches, its updates, its validation."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from xpde.core import Tree, backend_of, leaves
from xpde.errors import InvalidInput, NonFinite
from xpde.train.batches import batch_plan
from xpde.train.noise import draw_noise
from xpde.train.objectives import Objective
from xpde.train.program import (
    Batches,
    Carry,
    Compiled,
    Program,
    compiled,
    count_on_device,
    count_on_host,
)
from xpde.train.refinable import refined
from xpde.train.refine import Refine
from xpde.train.shell import Shell, opened
from xpde.train.trained import Trained, check_state, placed
from xpde.train.validation import Split, judged, mean_loss, verdict
from xpde.train.windows import Windows

if TYPE_CHECKING:
    from xpde.train.trainer import Trainer

Array = Any
Opened = tuple[Shell, list[Array]]

__all__ = ["Course"]

_LAST = sys.maxsize


class Course:
    """The steps of a training, for a loop that decides when to take them.

    Parameters
    ----------
    trainer
        What to minimize and how.
    data
        Trajectories (S, L, C, *N).
    """

    def __init__(self, trainer: "Trainer", data: Array) -> None:
        self.trainer, self.verbs = trainer, backend_of(data)
        samples, snapshots = data.shape[:2]
        self.split = Split(samples, snapshots, trainer.objective.steps, trainer.validation)
        self.flat = self.verbs.xp.reshape(data, (samples * snapshots, *data.shape[2:]))
        self._stages: list[tuple[Objective, Opened]] = []
        self._levels: dict[tuple[int, int], Opened] = {}

    def start(self, params: Tree) -> Trained:
        """Return the state before the first update."""
        if not leaves(params):
            raise InvalidInput(
                "training: expected a network with parameters, got one without; it can be scored"
            )
        here = placed(params, self.flat)
        state, refine = self.trainer.optimizer.init(here), self.trainer.refine
        refinement = None if refine is None else refine.start()
        return Trained(here, state, np.empty(0), 0, refinement=refinement)

    def continued(self, state: Trained) -> Trained:
        """Return a state on the device, with what this trainer keeps of it."""
        keeps_best = self.trainer.select == "best"
        here = replace(
            state,
            params=placed(state.params, self.flat),
            optimizer_state=placed(state.optimizer_state, self.flat),
            best=placed(state.best, self.flat) if keeps_best else None,
            stopped=verdict(state, self.trainer.patience),
        )
        fresh, refines = self.trainer.optimizer.init(here.params), self.trainer.refine is not None
        check_state(here, fresh, keeps_best, refines)
        return here

    def chunks(self, now: Trained) -> Iterator[tuple[int, np.ndarray]]:
        """Yield stages and tables (n, B) of first rows, n at most ``updates_per_dispatch``.

        A table has one batch shape, one stage, and no look at the training within.
        """
        of = self.trainer
        looks = {callback.every for callback in of.callbacks}
        if of.validation > 0:
            looks.add(of.validate_every)
        if of.refine is not None:
            looks.add(of.refine.every)

        def kind(numbered: tuple[int, np.ndarray]) -> tuple[int, ...]:
            update, batch = numbered
            return len(batch), self._stage(update), *(update // every for every in looks)

        windows = self.split.training
        first = of.updates if now.stopped else now.updates
        plan = batch_plan(windows.count, of.batch_size, of.updates, of.seed, first)
        for key, same in groupby(enumerate(plan, start=first), key=kind):
            while batches := [batch for _, batch in islice(same, of.updates_per_dispatch)]:
                yield key[1], windows.rows(np.stack(batches))

    def advance(self, now: Trained, stage: int, rows: np.ndarray) -> Trained:
        """Do the updates of one table.

        Raises
        ------
        NonFinite
            If a loss is NaN or infinite.
        """
        carry, refinement = (now.params, now.optimizer_state), now.refinement
        level = None if refinement is None else refinement.level
        batches = self.batches(now.updates, rows)
        then = self.recorded(now, *self.dispatch(stage, carry, batches, level=level))
        if refinement is None:
            return then
        return replace(then, refinement=refinement.worked(len(rows)))

    def batches(self, first: int, rows: np.ndarray) -> Batches:
        """Return what the host hands to the updates from ``first`` with these rows."""
        updates, noise = range(first, first + len(rows)), None
        if self.trainer.noise > 0:
            seed, deviation = self.trainer.seed, self.trainer.noise
            size = (rows.shape[1], *self.flat.shape[1:])
            noise = np.stack([draw_noise(seed, i, size, deviation) for i in updates])
        return Batches(rows, [self.trainer.optimizer.constants(i) for i in updates], noise)

    def dispatch(
        self,
        stage: int,
        carry: Carry,
        batches: Batches,
        seeds: bool = False,
        level: int | None = None,
    ) -> tuple[Tree, Tree, np.ndarray]:
        """Return parameters, optimizer state and the losses (n,); (n, S) and stacked for seeds."""
        shell, held = self._opened(stage, level)
        if not self._fuses:
            return count_on_host(
                self._program(shell, "update", seeds), held, carry, self.flat, batches
            )
        loop, length = self._program(shell, "loop", seeds), self.trainer.updates_per_dispatch
        return count_on_device(loop, held, carry, self.flat, batches, length)

    def recorded(self, now: Trained, params: Tree, state: Tree, losses: np.ndarray) -> Trained:
        """Return the state after updates with these losses; NonFinite if one is no number."""
        first, count = now.updates, len(losses)
        bad = np.flatnonzero(~np.isfinite(losses))
        if bad.size:
            raise NonFinite(
                f"training: expected a finite loss, got {losses[bad[0]]} before update "
                f"{first + bad[0]}; lower the learning rate or the number of steps"
            )
        kept = losses[[i for i in range(count) if (first + i) % self.trainer.record_every == 0]]
        return replace(
            now,
            params=params,
            optimizer_state=state,
            losses=np.concatenate([now.losses, kept]),
            updates=first + count,
        )

    def due(self, now: Trained) -> bool:
        """Whether the validation loss is to be measured now."""
        at = now.updates % self.trainer.validate_every == 0 or now.updates >= self.trainer.updates
        done = now.validated.size > 0 and now.validated[-1] == now.updates
        return self.trainer.validation > 0 and at and not done

    def validation(self, params: Tree, seeds: bool = False) -> np.ndarray:
        """Return the validation loss of parameters: a scalar, or (S,) of stacked ones."""
        stage = self._stage(_LAST)
        shell, held = self._opened(stage)
        program = self._program(shell, "evaluate", seeds)
        batches = self.split.batches(self.trainer.batch_size)
        return mean_loss(lambda rows: program(held, params, self.flat, rows), batches, self.flat)

    def judge(self, now: Trained) -> Trained:
        """Measure the validation loss where it is due, and what follows from it."""
        return self.judged(now, self.validation(now.averaged)) if self.due(now) else now

    def judged(self, now: Trained, value: np.ndarray) -> Trained:
        """Return the state with one more validation loss and what follows from it."""
        now = judged(now, float(value), self.trainer.select == "best")
        return replace(now, stopped=verdict(now, self.trainer.patience))

    def refine(self, now: Trained) -> Trained:
        """Ask the rule for the level of the next updates, where a check is due."""
        refine, refinement = self.trainer.refine, now.refinement
        if refine is None or refinement is None or not refinement.due(now.updates, refine.every):
            return now
        error = self._monitored(now, refine, refinement.level)
        loss = float(now.validation[-1]) if now.validation.size else now.loss
        state, _ = refine.rule.step(refinement.state, error, loss)
        return replace(now, refinement=refinement.checked(now.updates, error, state))

    def _monitored(self, now: Trained, refine: Refine, level: int) -> float:
        """Return what the rule reads; NaN if it reads nothing."""
        if not refine.rule.reads:
            return float("nan")
        if refine.rule.reads == "residual" and refine.residual is not None:
            return float(refine.residual(now.averaged, level))
        if refine.monitor is not None:
            return float(refine.monitor(now.averaged))
        measured = now.validated.size > 0 and now.validated[-1] == now.updates
        return float(now.validation[-1] if measured else self.validation(now.averaged))

    @property
    def _fuses(self) -> bool:
        on_cpu, fuse = "cpu" in str(self.flat.device).lower(), self.trainer.fuse
        return self.verbs.capabilities.compiles and (not on_cpu if fuse is None else fuse)

    def _stage(self, update: int) -> int:
        """Number the objective of an update; equal ones around one solver have one number."""
        objective = self.trainer.objective.at(update)
        for number, (known, _) in enumerate(self._stages):
            if known is objective:
                return number
        shell, held = opened(self.trainer.network, objective)
        for number, (_, (other, arrays)) in enumerate(self._stages):
            if shell == other and all(a is b for a, b in zip(held, arrays, strict=True)):
                return number
        self._stages.append((objective, (shell, held)))
        return len(self._stages) - 1

    def _opened(self, stage: int, level: int | None = None) -> Opened:
        """Return network and objective of a stage, and the arrays they hold, at a level."""
        if level is None:
            return self._stages[stage][1]
        if (stage, level) not in self._levels:
            # the arrays of other levels are let go; programs are kept by their shells elsewhere
            self._levels = {key: kept for key, kept in self._levels.items() if key[1] == level}
            network, objective = self.trainer.network, self._stages[stage][0]
            self._levels[stage, level] = opened(refined(network, level), refined(objective, level))
        return self._levels[stage, level]

    def _program(self, shell: Shell, kind: str, seeds: bool) -> Compiled:
        """Return a compiled function of a shell; equal shells share it, whatever their arrays."""
        steps = self.trainer.objective.steps
        windows = Windows(1, steps + 1, steps)  # gathering depends on nothing else
        program = Program(shell, self.trainer.optimizer, windows)
        return compiled(self.verbs, program, kind, seeds)
