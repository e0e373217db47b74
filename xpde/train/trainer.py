"""The training loop: batches from the host, updates on the device, several a dispatch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby, islice
from typing import Any

import numpy as np

from xpde.core import Backend, Tree, backend_of, leaves, tree_map
from xpde.errors import InvalidInput, NonFinite
from xpde.nn import Network
from xpde.optim import Optimizer, average
from xpde.train.batches import batch_plan
from xpde.train.objectives import Objective
from xpde.train.shell import Shell, opened
from xpde.train.windows import Windows

Array = Any
Progress = Callable[[int, int, float], None]
Program = Callable[..., Any]

__all__ = ["Progress", "Trained", "Trainer"]


@dataclass(frozen=True)
class Trained:
    """Where a training is: all it needs to go on.

    Attributes
    ----------
    params, optimizer_state
        Trees on the device, after ``updates`` updates.
    losses
        Host float64, the loss of the batch before each recorded update.
    updates
        Updates done.
    """

    params: Tree
    optimizer_state: Tree
    losses: np.ndarray
    updates: int

    @property
    def emulator(self) -> Tree:
        """The parameters to judge and to keep: their average where the optimizer keeps one."""
        return average(self.params, self.optimizer_state)


@dataclass(frozen=True)
class Trainer:
    """Minimize an objective of a network over all windows of a data set.

    Attributes
    ----------
    network, objective, optimizer
        The map, its loss on a window, the method.
    updates
        Total number of updates.
    batch_size, seed
        Windows of an update, and the seed of their order; see :func:`xpde.train.batch_plan`.
    record_every
        Updates between recorded losses; update 0 is recorded.
    updates_per_dispatch
        Updates between two looks of the host (progress, finiteness, interrupts).
    fuse
        On a backend that compiles: whether these updates are one program with a loop, or one
        update is a program. None fuses on accelerators only, since XLA runs convolutions in loops
        at half their speed on a CPU. Either is compiled once per batch shape.
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

    def __post_init__(self) -> None:
        for name in ("updates", "batch_size", "record_every", "updates_per_dispatch"):
            value = getattr(self, name)
            if value < 1:
                raise InvalidInput(f"{name}: expected at least 1, got {value}")

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
            What an earlier run returned, or what its exception carries. Going on gives the same
            bits as never having stopped.

        Raises
        ------
        NonFinite
            If a loss is NaN or infinite; the text names the update. This exception and
            KeyboardInterrupt carry ``.trained``, the state after the last good dispatch.
        """
        verbs = backend_of(data)
        windows = Windows(data.shape[0], data.shape[1], self.objective.steps)
        flat = verbs.xp.reshape(data, (data.shape[0] * data.shape[1], *data.shape[2:]))
        now = state or self._start(params, data)
        try:
            for batches in self._chunks(windows, now.updates):
                now = self._advance(verbs, windows, now, flat, batches)
                if progress is not None:
                    progress(now.updates, self.updates, self._latest(now))
        except (NonFinite, KeyboardInterrupt) as error:
            error.trained = now  # type: ignore[union-attr]
            raise
        return now

    def _start(self, params: Tree, data: Array) -> Trained:
        verbs = backend_of(data)
        placed = tree_map(lambda p: verbs.asarray(p, like=data), params)
        return Trained(placed, self.optimizer.init(placed), np.empty(0), 0)

    @staticmethod
    def _latest(now: Trained) -> float:
        return float(now.losses[-1]) if now.losses.size else float("nan")

    def _chunks(self, windows: Windows, first: int) -> Iterator[np.ndarray]:
        """Yield tables (n, B) of first rows, n at most ``updates_per_dispatch``, B constant."""
        plan = batch_plan(windows.count, self.batch_size, self.updates, self.seed, first)
        for _, same in groupby(plan, key=len):
            while batches := list(islice(same, self.updates_per_dispatch)):
                yield windows.rows(np.stack(batches))

    def _advance(
        self, verbs: Backend, windows: Windows, now: Trained, flat: Array, rows: np.ndarray
    ) -> Trained:
        """Do the updates of one table and look at their losses."""
        first, count = now.updates, len(rows)
        table = [self.optimizer.constants(first + i) for i in range(count)]
        fused = self._fuses(verbs, flat)
        loop = self._fused_loop if fused else self._host_loop
        program = self._program(verbs, windows, fused)
        params, state, losses = loop(program, now, flat, rows, table)
        bad = np.flatnonzero(~np.isfinite(losses))
        if bad.size:
            raise NonFinite(
                f"training: expected a finite loss, got {losses[bad[0]]} before update "
                f"{first + bad[0]}; lower the learning rate or the number of steps"
            )
        kept = losses[[i for i in range(count) if (first + i) % self.record_every == 0]]
        return Trained(params, state, np.concatenate([now.losses, kept]), first + count)

    @cached_property
    def _opened(self) -> tuple[Shell, list[Array]]:
        return opened(self.network)

    def _update(
        self,
        windows: Windows,
        held: list[Array],
        carry: tuple[Tree, Tree],
        flat: Array,
        rows: Array,
        constants: Any,
    ) -> tuple[Tree, Tree, Array]:
        """One update; the loss is the one before it."""
        params, state = carry
        network = self._opened[0](held)
        window = windows.gather(flat, rows, self.objective.frames)

        def loss(p: Tree, batch: Array) -> Array:
            return self.objective(lambda u: network.apply(p, u), batch)

        value, gradient = backend_of(flat).value_and_grad(loss)(params, window)
        params, state = self.optimizer.update(gradient, state, params, constants)
        return params, state, value

    def _fuses(self, verbs: Backend, flat: Array) -> bool:
        on_cpu = "cpu" in str(flat.device).lower()
        return verbs.capabilities.compiles and (not on_cpu if self.fuse is None else self.fuse)

    def _host_loop(
        self, program: Program, now: Trained, flat: Array, rows: np.ndarray, table: Any
    ) -> tuple[Tree, Tree, np.ndarray]:
        """Let the host count; it runs ahead of the device and waits for the losses at the end."""
        verbs = backend_of(flat)
        params, state, losses = now.params, now.optimizer_state, []
        for row, constants in zip(rows, table, strict=True):
            params, state, loss = program(
                self._opened[1], (params, state), flat, verbs.asarray(row), constants
            )
            losses.append(loss)
        values = verbs.to_numpy(verbs.xp.stack(losses))
        return params, state, values.astype(np.float64)

    def _fused_loop(
        self, program: Program, now: Trained, flat: Array, rows: np.ndarray, table: Any
    ) -> tuple[Tree, Tree, np.ndarray]:
        """Fill the tables to a constant length and run the part that is meant."""
        verbs, like, count = backend_of(flat), leaves(now.params)[0], len(rows)
        spare = self.updates_per_dispatch - count
        starts = verbs.asarray(np.pad(rows, ((0, spare), (0, 0))))
        numbers = np.pad(np.asarray(table, dtype=np.float64), ((0, spare), (0, 0)))
        params, state, losses = program(
            self._opened[1],
            (now.params, now.optimizer_state),
            flat,
            starts,
            verbs.asarray(numbers, like=like),
            verbs.asarray(np.asarray(count)),
        )
        return params, state, verbs.to_numpy(losses)[:count].astype(np.float64)

    @cached_property
    def _programs(self) -> dict[tuple[Backend, Windows, bool], Callable[..., Any]]:
        return {}

    def _program(self, verbs: Backend, windows: Windows, fused: bool) -> Callable[..., Any]:
        """Return the compiled function, made once, so that every run of this trainer shares it."""
        key = verbs, windows, fused
        if key not in self._programs:
            plain = self._loop(verbs, windows) if fused else partial(self._update, windows)
            self._programs[key] = verbs.jit(plain)
        return self._programs[key]

    def _loop(self, verbs: Backend, windows: Windows) -> Callable[..., Any]:
        xp = verbs.xp

        def loop(
            held: list[Array], carry: Tree, flat: Array, rows: Array, table: Array, count: Array
        ) -> Any:
            """Run updates 0..count-1 of the tables; the length is data, so nothing recompiles."""
            spots = xp.arange(rows.shape[0], dtype=count.dtype)

            def body(at: Tree) -> Tree:
                i, params, state, losses = at
                constants = tuple(table[i, k] for k in range(table.shape[1]))
                params, state, loss = self._update(
                    windows, held, (params, state), flat, rows[i, ...], constants
                )
                return i + 1, params, state, xp.where(spots == i, loss, losses)

            empty = xp.zeros((rows.shape[0],), dtype=table.dtype)
            start = (xp.zeros_like(count), *carry, empty)
            _, params, state, losses = verbs.while_loop(lambda at: at[0] < count, body, start)
            return params, state, losses

        return loop
