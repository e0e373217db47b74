"""The training loop: batches from the host, updates on the device, several a dispatch."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, islice
from typing import Any

import numpy as np

from xpde.core import Backend, Tree, backend_of, leaves
from xpde.errors import InvalidInput, NonFinite, XpdeError, unknown_name
from xpde.nn import Network
from xpde.optim import Optimizer
from xpde.train.batches import batch_plan
from xpde.train.callbacks import Callback
from xpde.train.checkpoint import Checkpointing
from xpde.train.journal import Journal, resumed
from xpde.train.noise import draw_noise
from xpde.train.objectives import Objective
from xpde.train.program import (
    Batches,
    Compiled,
    Program,
    compiled,
    count_on_device,
    count_on_host,
)
from xpde.train.shell import Shell, opened
from xpde.train.trained import Trained, check_state, placed
from xpde.train.validation import Split, judged, mean_loss, verdict
from xpde.train.windows import Windows

Array = Any
Progress = Callable[[int, int, float], None]

__all__ = ["Progress", "Trained", "Trainer"]

_LAST = sys.maxsize


@dataclass(frozen=True)
class Trainer:
    """Minimize an objective of a network over all windows of a data set.

    Attributes
    ----------
    network, objective, optimizer
        The map, its loss on a window, the method. Of a :class:`~xpde.train.Curriculum` each update
        minimizes its stage.
    updates
        Total number of updates.
    batch_size, seed
        Windows of an update, and the seed of their order; see :func:`xpde.train.batch_plan`.
    record_every
        Updates between recorded losses; update 0 is recorded.
    updates_per_dispatch
        Updates between two looks of the host (progress, finiteness, interrupts), at most.
    fuse
        On a backend that compiles: whether these updates are one program with a loop, or one
        update is a program. None fuses on accelerators only, since XLA runs convolutions in loops
        at half their speed on a CPU. Either is compiled once per batch shape.
    validation
        Share of the trajectories, the last ones, that is withheld; see
        :class:`xpde.train.validation.Split`. The validation loss is the objective over all their
        windows (of a curriculum its last stage, so that values can be compared) of the parameters
        to judge: averaged, if the optimizer averages.
    validate_every
        It is measured after every multiple of this number of updates, 0 included, and the last.
    patience
        Stop when no validation loss was below the best for this number of updates; None never.
    select
        ``"last"`` or ``"best"``: whether :attr:`Trained.emulator` are the parameters at the end or
        those at the least validation loss.
    noise
        Standard deviation of white noise on the first frame of every window of a batch, in the
        units of the state; drawn from ``stream(seed, "noise", update)``.
    callbacks
        Told of the training, see :class:`~xpde.train.Callback`; they cannot change the numbers.
    checkpoint
        Where and how often the state is put on the disk, or None. It is written between two
        dispatches, at the end, and when the training diverges or is interrupted.
    """

    network: Network
    objective: Objective
    optimizer: Optimizer
    updates: int
    batch_size: int = 20
    seed: int = 0
    record_every: int = 1
    updates_per_dispatch: int = 25
    fuse: bool | None = None
    validation: float = 0.0
    validate_every: int = 100
    patience: int | None = None
    select: str = "last"
    noise: float = 0.0
    callbacks: tuple[Callback, ...] = ()
    checkpoint: Checkpointing | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "callbacks", tuple(self.callbacks))
        sizes = ("updates", "batch_size", "record_every", "updates_per_dispatch", "validate_every")
        for name in (*sizes, "patience"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidInput(f"{name}: expected at least 1, got {value}")
        if not 0 <= self.validation < 1:
            raise InvalidInput(f"validation: expected a share in [0, 1), got {self.validation}")
        if not 0 <= self.noise < np.inf:
            raise InvalidInput(f"noise: expected a finite number >= 0, got {self.noise}")
        if self.select not in ("last", "best"):
            raise unknown_name("select", self.select, ("last", "best"))
        if self.validation == 0 and (self.patience is not None or self.select == "best"):
            name = "select" if self.patience is None else "patience"
            raise InvalidInput(f"{name}: expected a validation share above 0 to judge by, got 0")

    def run(
        self,
        params: Tree,
        data: Array,
        progress: Progress | None = None,
        state: Trained | None = None,
    ) -> Trained:
        """Train from ``params``, or go on from ``state``.

        Parameters
        ----------
        params
            Initial parameters, a host tree or one on the device of the data; unused with
            ``state``.
        data
            Trajectories (S, L, C, *N), L snapshots with the initial one.
        progress
            Called as ``progress(done, total, loss)`` after each dispatch.
        state
            What an earlier run returned, what its exception carries, or what
            :func:`~xpde.train.load_checkpoint` or :meth:`saved` read; of any backend. Going on
            gives the same bits as never having stopped, on the same backend. (A training that is
            made longer keeps the validation loss after what was its last update.)

        Raises
        ------
        NonFinite
            If a loss is NaN or infinite; the text names the update. This and every other error of
            xpde, and KeyboardInterrupt, carry ``.trained``, the state after the last good dispatch.
        """
        verbs = backend_of(data)
        split = Split(data.shape[0], data.shape[1], self.objective.steps, self.validation)
        flat = verbs.xp.reshape(data, (data.shape[0] * data.shape[1], *data.shape[2:]))
        now = self._start(params, data) if state is None else self._continued(state, data)
        journal = Journal(self.callbacks, self.checkpoint, self._settings, now)
        try:
            now = self._judge(verbs, split, now, flat)
            for stage, rows in self._chunks(split.training, now):
                then = self._advance(verbs, now, flat, stage, rows)
                then = self._judge(verbs, split, then, flat)
                then = replace(then, seconds=journal.seconds)
                last = then.updates >= self.updates or bool(then.stopped)
                journal.tell(then, self.updates, last)
                now = then  # an interrupt from here on finds the update told of
                journal.keep(now, last)
                if progress is not None:
                    progress(now.updates, self.updates, now.loss)
                if last:
                    break
        except (NonFinite, KeyboardInterrupt) as error:
            journal.rescue(now, error)
            raise
        except XpdeError as error:
            error.trained = now  # type: ignore[attr-defined]
            raise
        return now

    def saved(self) -> Trained | None:
        """Return the state in the checkpoint, to hand to :meth:`run`; None before the first.

        Raises
        ------
        InvalidInput
            If the file cannot be read, or was written by a trainer whose numbers differ: another
            seed, batch size, noise, record, or validation.
        """
        if self.checkpoint is None or not self.checkpoint.exists():
            return None
        return resumed(self.checkpoint, self._settings)

    @property
    def _settings(self) -> dict[str, Any]:
        """What decides the numbers, apart from network, objective, optimizer and data."""
        names = ["seed", "batch_size", "record_every", "noise", "validation"]
        if self.validation > 0:
            names += ["validate_every", "select"]
        return {name: getattr(self, name) for name in names}

    def _start(self, params: Tree, data: Array) -> Trained:
        if not leaves(params):
            raise InvalidInput(
                "training: expected a network with parameters, got one without; it can be scored"
            )
        here = placed(params, data)
        return Trained(here, self.optimizer.init(here), np.empty(0), 0)

    def _continued(self, state: Trained, data: Array) -> Trained:
        """Return the state on the device, with what this trainer keeps of it."""
        here = replace(
            state,
            params=placed(state.params, data),
            optimizer_state=placed(state.optimizer_state, data),
            best=placed(state.best, data) if self.select == "best" else None,
            stopped=verdict(state, self.patience),
        )
        check_state(here, self.optimizer.init(here.params), self.select == "best")
        return here

    def _chunks(self, windows: Windows, now: Trained) -> Iterator[tuple[int, np.ndarray]]:
        """Yield stages and tables (n, B) of first rows, n at most ``updates_per_dispatch``.

        A table has one batch shape, one stage, and no look at the training within.
        """
        looks = {callback.every for callback in self.callbacks}
        if self.validation > 0:
            looks.add(self.validate_every)

        def kind(numbered: tuple[int, np.ndarray]) -> tuple[int, ...]:
            update, batch = numbered
            return len(batch), self._stage(update), *(update // every for every in looks)

        first = self.updates if now.stopped else now.updates
        plan = batch_plan(windows.count, self.batch_size, self.updates, self.seed, first)
        for key, same in groupby(enumerate(plan, start=first), key=kind):
            while batches := [batch for _, batch in islice(same, self.updates_per_dispatch)]:
                yield key[1], windows.rows(np.stack(batches))

    def _advance(
        self,
        verbs: Backend,
        now: Trained,
        flat: Array,
        stage: int,
        rows: np.ndarray,
    ) -> Trained:
        """Do the updates of one table and look at their losses."""
        first, count = now.updates, len(rows)
        fused = self._fuses(verbs, flat)
        program = self._program(verbs, stage, "loop" if fused else "update")
        held = self._opened(stage)[1]
        batches = self._batches(first, rows, flat.shape[1:])
        carry = now.params, now.optimizer_state
        if fused:
            length = self.updates_per_dispatch
            params, state, losses = count_on_device(program, held, carry, flat, batches, length)
        else:
            params, state, losses = count_on_host(program, held, carry, flat, batches)
        bad = np.flatnonzero(~np.isfinite(losses))
        if bad.size:
            raise NonFinite(
                f"training: expected a finite loss, got {losses[bad[0]]} before update "
                f"{first + bad[0]}; lower the learning rate or the number of steps"
            )
        kept = losses[[i for i in range(count) if (first + i) % self.record_every == 0]]
        return replace(
            now,
            params=params,
            optimizer_state=state,
            losses=np.concatenate([now.losses, kept]),
            updates=first + count,
        )

    def _batches(self, first: int, rows: np.ndarray, shape: tuple[int, ...]) -> Batches:
        """Return what the host hands to the updates from ``first`` on states of a shape."""
        updates = range(first, first + len(rows))
        noise = None
        if self.noise > 0:
            size = (rows.shape[1], *shape)
            noise = np.stack([draw_noise(self.seed, i, size, self.noise) for i in updates])
        return Batches(rows, [self.optimizer.constants(i) for i in updates], noise)

    def _judge(self, verbs: Backend, split: Split, now: Trained, flat: Array) -> Trained:
        """Measure the validation loss where it is due, and what follows from it."""
        due = now.updates % self.validate_every == 0 or now.updates >= self.updates
        done = now.validated.size > 0 and now.validated[-1] == now.updates
        if self.validation == 0 or done or not due:
            return now
        stage = self._stage(_LAST)
        program, held = self._program(verbs, stage, "evaluate"), self._opened(stage)[1]
        value = mean_loss(
            lambda rows: program(held, now.averaged, flat, rows),
            split.batches(self.batch_size),
            flat,
        )
        now = judged(now, value, self.select == "best")
        return replace(now, stopped=verdict(now, self.patience))

    def _fuses(self, verbs: Backend, flat: Array) -> bool:
        on_cpu = "cpu" in str(flat.device).lower()
        return verbs.capabilities.compiles and (not on_cpu if self.fuse is None else self.fuse)

    @cached_property
    def _stages(self) -> list[tuple[Objective, tuple[Shell, list[Array]]]]:
        return []

    def _stage(self, update: int) -> int:
        """Number the objective of an update; equal ones around one solver have one number."""
        objective = self.objective.at(update)
        for number, (known, _) in enumerate(self._stages):
            if known is objective:
                return number
        shell, held = opened(self.network, objective)
        for number, (_, (other, arrays)) in enumerate(self._stages):
            if shell == other and all(a is b for a, b in zip(held, arrays, strict=True)):
                return number
        self._stages.append((objective, (shell, held)))
        return len(self._stages) - 1

    def _opened(self, stage: int) -> tuple[Shell, list[Array]]:
        """Return network and objective of a stage, and the arrays they hold."""
        return self._stages[stage][1]

    def _program(self, verbs: Backend, stage: int, kind: str) -> Compiled:
        """Return a compiled function of a stage."""
        steps = self.objective.steps
        windows = Windows(1, steps + 1, steps)  # gathering depends on nothing else
        return compiled(verbs, Program(self._opened(stage)[0], self.optimizer, windows), kind)
