"""The one loop of all iterative methods: who goes on, who has ended, and how."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from xpde.core import backend_of, leaves, namespace_of, tree_map
from xpde.errors import InvalidInput
from xpde.solvers.inner import norm, zeros
from xpde.solvers.operator import LinearOperator, is_float
from xpde.solvers.solution import Solution, Status

if TYPE_CHECKING:
    from xpde.solvers.method import Iterative

__all__ = ["Iteration"]

Array = Any

_GROWTH = 1e12
"""A residual that grew by this factor will not shrink: float64 has no digits left of the start."""


class Course(NamedTuple):
    """Where the iteration is: arrays (..., 1, ..., 1) beside the state of the method."""

    state: Any
    norm: Array
    active: Array
    steps: Array
    done: Array  # steps of the loop, a scalar


class Iteration:
    """Steps of a method on A x = b from a guess, sample by sample.

    Every sample stops by itself: from then on its state is kept. What decides is computed from
    values without derivative.

    Parameters
    ----------
    method, operator, b, x0, budget, history
        See :meth:`xpde.solvers.Method.solve`.
    """

    def __init__(
        self,
        method: "Iterative",
        operator: LinearOperator,
        b: Array,
        x0: Array | None,
        *,
        budget: Array | None = None,
        history: bool = False,
    ) -> None:
        self.method, self.operator, self.b = method, operator, b
        self.budget, self.history = budget, history
        floats = [leaf for leaf in leaves((operator, method)) if is_float(leaf)]
        self.verbs = backend_of(b, *floats, *([] if x0 is None else [x0]))
        self.ndim, self.limit = len(operator.codomain), method.limit(operator)
        lead = np.broadcast_shapes(tuple(b.shape[: b.ndim - self.ndim]), operator.batch)
        self.alone = int(np.prod(lead)) == 1
        self.b = b = self.verbs.xp.broadcast_to(b, (*lead, *operator.codomain))
        if x0 is None:
            x, r = zeros(b, (*lead, *operator.domain)), b
        else:
            x = self.verbs.xp.broadcast_to(x0, (*lead, *operator.domain))
            r = b - operator(x)
        first = norm(self._plain(r), self.ndim)
        self.first, self.target = first, self._target(first, self._plain(x))
        self.start = method.init(operator, b, x, r)

    def run(self, recorded: bool = False, block: int | None = None) -> Solution:
        """Iterate and say how it ended."""
        begin, compiled = self._begin(), self.verbs.capabilities.compiles
        exact = not self.method.tolerant and self.budget is None
        rows: list[Array] = []
        if exact or (compiled and (recorded or self.history)):
            self._check_limit(exact)
            end, norms = self._scanned(begin, masked=not exact, block=block if recorded else None)
        else:
            keep = rows.append if self.history else None
            end, norms = self._looped(begin, keep), None
        return self._solution(begin, end, exact, self._history(begin, norms, rows))

    # -- the loops ---------------------------------------------------------------------------

    def _scanned(self, begin: Course, masked: bool, block: int | None) -> tuple[Course, Array]:
        """Take ``limit`` steps, those of ended samples without effect if masked."""
        wants_norm = self.history

        def body(course: Course, _: Any) -> tuple[Course, Any]:
            new = self._advance(course, masked, watched=masked or wants_norm)
            return new, new.norm if wants_norm else None

        if block is None or wants_norm:
            return self.verbs.scan(body, begin, length=self.limit)
        blocks, rest = divmod(self.limit, block)
        course, _ = self.verbs.scan(
            lambda c, _: (self._again(c, masked, block), None), begin, length=blocks
        )
        return (self._again(course, masked, rest) if rest else course), None

    def _again(self, course: Course, masked: bool, count: int) -> Course:
        """Take ``count`` steps of which only the first state is kept for the backward pass."""

        def block(method: Any, operator: Any, b: Array, state: Any) -> Any:
            here = object.__new__(Iteration)
            here.__dict__ |= self.__dict__ | {"method": method, "operator": operator, "b": b}
            begin = course._replace(state=state)
            end, _ = here.verbs.scan(
                lambda c, _: (here._advance(c, masked, watched=masked), None), begin, length=count
            )
            return end.state, tuple(end[1:])

        again = self.verbs.checkpoint(block)
        state, rest = again(self.method, self.operator, self.b, course.state)
        return Course(state, *tree_map(self._plain, rest))

    def _looped(self, begin: Course, keep: Any) -> Course:
        """Step while a sample goes on and the budget lasts."""

        def goes_on(course: Course) -> Array:
            return self.verbs.xp.any(course.active) & (course.done < self.limit)

        def body(course: Course) -> Course:
            new = self._advance(course, masked=not self.alone, watched=True)
            if keep is not None:
                keep(new.norm)
            return new

        return self.verbs.while_loop(goes_on, body, begin)

    # -- one step ----------------------------------------------------------------------------

    def _begin(self) -> Course:
        xp = namespace_of(self.first)
        steps = xp.zeros_like(self.first, dtype=xp.int32)
        done = xp.sum(steps, dtype=xp.int32)
        active = self._goes_on(self.start, self.first, done)
        return Course(self.start, self.first, active, steps, done)

    def _advance(self, course: Course, masked: bool, watched: bool) -> Course:
        """Take one step; ended samples keep their state if masked, norms are taken if watched."""
        state = self.method.step(self.operator, self.b, course.state)
        active = course.active
        if masked:
            state = tree_map(lambda new, old: self._chosen(active, new, old), state, course.state)
        plain = tree_map(self._plain, state)
        size = self.method.residual(plain, self.ndim) if watched else course.norm
        xp, done = namespace_of(size), course.done + 1
        steps = course.steps + xp.astype(active, course.steps.dtype)
        if watched:
            active = active & self._goes_on(plain, size, done)
        return Course(state, size, active, steps, done)

    def _chosen(self, active: Array, new: Array, old: Array) -> Array:
        """Keep ended samples; what all samples share (fewer axes) goes on."""
        if new.ndim < active.ndim:
            return new
        return namespace_of(new, old).where(active, new, old)

    def _goes_on(self, state: Any, size: Array, done: Array) -> Array:
        xp = namespace_of(size)
        active = xp.isfinite(size) & (size <= _GROWTH * self.first)
        if self.method.tolerant:
            active = active & (size > self.target)
        if getattr(state, "fault", None) is not None:
            active = active & (self._plain(state.fault) == 0)
        return active if self.budget is None else active & (done < self.budget)

    def _target(self, first: Array, x: Array) -> Array:
        """max(rtol ‖b‖, atol), with ‖r₀‖ in place of ‖b‖ = 0; equations have their own scale."""
        xp, method = namespace_of(first), self.method
        own = getattr(self.operator, "tolerance_scale", None)
        size = norm(self._plain(self.b), self.ndim)
        scale = xp.where(size > 0, size, first) if own is None else own(x, first)
        return xp.clip((method.rtol or 0.0) * scale, min=method.atol)

    # -- the end -----------------------------------------------------------------------------

    def _solution(self, begin: Course, end: Course, exact: bool, history: Array | None) -> Solution:
        plain = tree_map(self._plain, end.state)
        size = self.method.residual(plain, self.ndim) if exact else end.norm
        xp = namespace_of(size)
        code = xp.zeros_like(end.steps)
        if self.method.tolerant:
            code = xp.where(size > self.target, int(Status.MAX_STEPS), code)
        lost = ~(xp.isfinite(size) & (size <= _GROWTH * self.first))
        code = xp.where(lost, int(Status.DIVERGED), code)
        if getattr(plain, "fault", None) is not None:
            reached = (size <= self.target) if self.method.tolerant else xp.zeros_like(lost)
            code = xp.where((plain.fault != 0) & ~reached, plain.fault, code)
        shared = code.shape[: code.ndim - self.ndim]
        status, steps, left = (xp.reshape(a, shared) for a in (code, end.steps, size))
        return Solution(end.state.x, status, steps, left, history)

    def _history(self, begin: Course, norms: Array | None, rows: list[Array]) -> Array | None:
        if not self.history:
            return None
        xp, first = namespace_of(begin.norm), begin.norm[None, ...]
        later = norms if norms is not None else (xp.stack(rows) if rows else first[:0, ...])
        every = xp.concat([first, later])
        return xp.reshape(every, every.shape[: every.ndim - self.ndim])

    def _plain(self, x: Array) -> Array:
        return self.verbs.stop_gradient(x)

    def _check_limit(self, exact: bool) -> None:
        if not exact and self.method.max_steps is None:
            raise InvalidInput(
                f"{type(self.method).__name__}: expected max_steps for a history or for "
                f"derivatives through the steps on {self.verbs.name}, got none; pass max_steps=100"
            )
