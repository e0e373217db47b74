"""What is compiled: an update, several updates in a loop, and a loss to validate with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from xpde.core import Backend, Tree, backend_of, leaves
from xpde.optim import Optimizer
from xpde.train.applied import Applied
from xpde.train.noise import perturbed
from xpde.train.shell import Shell
from xpde.train.windows import Windows

Array = Any
Carry = tuple[Tree, Tree]
Compiled = Callable[..., Any]

__all__ = ["Batches", "Compiled", "Program", "compiled", "count_on_device", "count_on_host"]


@dataclass(frozen=True)
class Batches:
    """What the host hands to some updates of one batch shape.

    Attributes
    ----------
    rows
        First rows of the windows, (n, B), or (n, S, B) of S seeds.
    constants
        The optimizer's numbers of every update.
    noise
        What is added to the first frames, (n, B, C, *N) or (n, S, B, C, *N), or None.
    """

    rows: np.ndarray
    constants: Sequence[tuple[float, ...]]
    noise: np.ndarray | None


@dataclass(frozen=True)
class Program:
    """The functions of one objective, to be compiled; arrays they would hold are arguments.

    Attributes
    ----------
    shell
        Network and objective without their arrays, see :func:`xpde.train.opened`.
    optimizer, windows
        The method, and how to gather a batch: windows of as many steps, of any data set.
    """

    shell: Shell
    optimizer: Optimizer
    windows: Windows

    def _loss(
        self, held: list[Array], flat: Array, rows: Array, noise: Array | None
    ) -> tuple[Callable[[Tree, Array], Array], Array]:
        """Return the loss of parameters on a batch, and the batch."""
        network, objective = self.shell(held)
        window = perturbed(self.windows.gather(flat, rows, objective.frames), noise)
        return lambda params, batch: objective(Applied(network, params), batch), window

    def evaluate(self, held: list[Array], params: Tree, flat: Array, rows: Array) -> Array:
        """Return the loss of the windows at ``rows``."""
        loss, window = self._loss(held, flat, rows, None)
        return loss(params, window)

    def update(
        self,
        held: list[Array],
        carry: Carry,
        flat: Array,
        rows: Array,
        constants: Sequence[Any],
        noise: Array | None,
    ) -> tuple[Tree, Tree, Array]:
        """One update; the loss is the one before it."""
        params, state = carry
        loss, window = self._loss(held, flat, rows, noise)
        value, gradient = backend_of(flat).value_and_grad(loss)(params, window)
        params, state = self.optimizer.update(gradient, state, params, constants)
        return params, state, value


_MAPPED = {"update": (None, 0, None, 0, None, 0), "evaluate": (None, 0, None, None)}
"""Which arguments have an axis of seeds: carry, rows and noise; parameters."""


def _looped(verbs: Backend, update: Compiled) -> Compiled:
    """Return the function of several updates that counts on the device."""
    xp = verbs.xp

    def loop(
        held: list[Array],
        carry: Carry,
        flat: Array,
        rows: Array,
        table: Array,
        noise: Array | None,
        count: Array,
    ) -> Any:
        """Run updates 0..count-1 of the tables; the length is data, so nothing recompiles."""
        shape = (rows.shape[0], *rows.shape[1:-1])  # a loss for every seed
        spots = xp.reshape(xp.arange(shape[0], dtype=count.dtype), (-1, *(1 for _ in shape[1:])))

        def body(at: Tree) -> Tree:
            i, params, state, losses = at
            constants = tuple(table[i, k] for k in range(table.shape[1]))
            added = None if noise is None else noise[i, ...]
            params, state, loss = update(
                held, (params, state), flat, rows[i, ...], constants, added
            )
            return i + 1, params, state, xp.where(spots == i, loss, losses)

        start = (xp.zeros_like(count), *carry, xp.zeros(shape, dtype=table.dtype))
        _, params, state, losses = verbs.while_loop(lambda at: at[0] < count, body, start)
        return params, state, losses

    return loop


def _compiled(verbs: Backend, program: Program, kind: str, seeds: bool) -> Compiled:
    name = "update" if kind == "loop" else kind
    plain = getattr(program, name)
    function = verbs.vmap(plain, _MAPPED[name]) if seeds else plain
    return verbs.jit(_looped(verbs, function) if kind == "loop" else function)


_kept = lru_cache(maxsize=64)(_compiled)


def compiled(verbs: Backend, program: Program, kind: str, seeds: bool = False) -> Compiled:
    """Return the function ``update``, ``loop`` or ``evaluate``, made once for equal programs.

    Two trainers share it if network, objective and optimizer are equal and hold arrays of equal
    structure, whatever their other settings are. With ``seeds`` the carry (or the parameters),
    the rows and the noise of an update, and the losses have an axis of seeds.
    """
    make = _kept if verbs.level == 0 else _compiled  # a recording lives for one gradient
    return make(verbs, program, kind, seeds)


def count_on_host(
    update: Compiled, held: list[Array], carry: Carry, flat: Array, batches: Batches
) -> tuple[Tree, Tree, np.ndarray]:
    """Let the host count; it runs ahead of the device and waits for the losses at the end."""
    verbs, losses = backend_of(flat), []
    params, state = carry
    for i, row in enumerate(batches.rows):
        noise = None if batches.noise is None else verbs.asarray(batches.noise[i], like=flat)
        params, state, loss = update(
            held, (params, state), flat, verbs.asarray(row), batches.constants[i], noise
        )
        losses.append(loss)
    values = verbs.to_numpy(verbs.xp.stack(losses))
    return params, state, values.astype(np.float64)


def count_on_device(
    loop: Compiled, held: list[Array], carry: Carry, flat: Array, batches: Batches, length: int
) -> tuple[Tree, Tree, np.ndarray]:
    """Fill the tables to a constant length and run the part that is meant."""
    verbs, like, count = backend_of(flat), leaves(carry[0])[0], len(batches.rows)

    def filled(table: np.ndarray) -> np.ndarray:
        return np.pad(table, ((0, length - count), *[(0, 0)] * (table.ndim - 1)))

    noise = batches.noise
    params, state, losses = loop(
        held,
        carry,
        flat,
        verbs.asarray(filled(batches.rows)),
        verbs.asarray(filled(np.asarray(batches.constants, dtype=np.float64)), like=like),
        None if noise is None else verbs.asarray(filled(noise), like=flat),
        verbs.asarray(np.asarray(count)),
    )
    return params, state, verbs.to_numpy(losses)[:count].astype(np.float64)
