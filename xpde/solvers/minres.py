"""The minimal residual method."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from xpde.core import namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.inner import dot, inverse, no_fault, root
from xpde.solvers.method import ITERATIVE, Iterative
from xpde.solvers.operator import LinearOperator
from xpde.solvers.solution import Status

__all__ = ["MINRES"]

Array = Any


class Rotation(NamedTuple):
    """A plane rotation."""

    c: Array
    s: Array


class State(NamedTuple):
    """Iterate, residual, Lanczos' vectors, directions, rotations, γ, η.

    ``r`` and ``z`` are None without a preconditioner: ‖r‖ is |η| then, and z is v.
    """

    x: Array
    r: Array | None
    v: Array
    v_old: Array
    z: Array | None
    w: Array
    w_old: Array
    turn: Rotation
    turn_old: Rotation
    gamma: Array
    eta: Array
    fault: Array


@register_tree(static=ITERATIVE)
@dataclass(frozen=True, eq=False)
class MINRES(Iterative):
    """MINRES, for symmetric operators of any sign, singular ones too.

    γₖ₊₁ vₖ₊₁ = A zₖ - δ vₖ - γₖ vₖ₋₁,  zₖ = M vₖ,  δ = ⟨zₖ, A zₖ⟩,  ⟨zₖ₊₁, vₖ₊₁⟩ = 1

    and x of least residual in the span of the z, in the norm ⟨r, M r⟩. M must be symmetric positive
    definite. A step costs one application and two inner products. Of a singular system that has a
    solution it finds one; state the null space (:class:`~xpde.solvers.Singular`) to have the one of
    least norm, and a right-hand side that is reached.

    The status is ``BREAKDOWN`` when M is met indefinite, ``SINGULAR`` when the space is exhausted
    and the residual is not zero.

    Raises
    ------
    InvalidInput
        When the operator is known not to be symmetric.

    References: Paige & Saunders, SIAM J. Numer. Anal. 12 (1975); Elman, Silvester & Wathen, Finite
    Elements and Fast Iterative Solvers (2nd ed.), algorithm 4.1.
    """

    def check(self, operator: LinearOperator) -> None:
        """Refuse an operator known not to be symmetric."""
        if operator.tags.symmetric is False:
            raise InvalidInput(
                "MINRES: expected a symmetric operator, got one tagged as not symmetric; use GMRES "
                "or BiCGStab"
            )

    def init(self, operator: LinearOperator, b: Array, x: Array, r: Array) -> State:
        """Start Lanczos' process from the residual."""
        ndim, plain = len(operator.domain), self.preconditioner is None
        v, z, gamma, wrong = self._normalized(r, ndim)
        zero, xp = namespace_of(v).zeros_like(v), namespace_of(gamma)
        none = Rotation(xp.ones_like(gamma), xp.zeros_like(gamma))
        fault = xp.where(wrong, int(Status.BREAKDOWN), no_fault(gamma, ndim))
        return State(
            x=x,
            r=None if plain else r,
            v=v,
            v_old=zero,
            z=z,
            w=zero,
            w_old=zero,
            turn=none,
            turn_old=none,
            gamma=xp.zeros_like(gamma),
            eta=gamma,
            fault=fault,
        )

    def step(self, operator: LinearOperator, b: Array, state: State) -> State:
        """Take a step of Lanczos, rotate its new column, move along the new direction."""
        ndim, v, gamma, eta = len(operator.domain), state.v, state.gamma, state.eta
        (c, s), (c_old, s_old) = state.turn, state.turn_old
        z = v if state.z is None else state.z
        Az = operator(z)
        delta = dot(z, Az, ndim)
        v_new, z_new, rest, wrong = self._normalized(Az - delta * v - gamma * state.v_old, ndim)
        diagonal = c * delta - c_old * s * gamma
        length = root(diagonal * diagonal + rest * rest)
        unit = inverse(length)
        turn = Rotation(diagonal * unit, rest * unit)
        known = (s * delta + c_old * c * gamma) * state.w + s_old * gamma * state.w_old
        w = (z - known) * unit
        xp = namespace_of(length, eta, state.fault)
        lost = (length <= 0) & (eta != 0)
        eta_new = xp.where(lost, eta, -turn.s * eta)
        r = state.r
        if r is not None:
            r = xp.where(lost, r, turn.s * turn.s * r + turn.c * eta_new * v_new)
        fault = xp.where(lost, int(Status.SINGULAR), state.fault)
        return State(
            x=state.x + turn.c * eta * w,
            r=r,
            v=v_new,
            v_old=v,
            z=z_new,
            w=w,
            w_old=state.w,
            turn=turn,
            turn_old=state.turn,
            gamma=rest,
            eta=eta_new,
            fault=xp.where(wrong, int(Status.BREAKDOWN), fault),
        )

    def residual(self, state: State, ndim: int) -> Array:
        """Return ‖r‖."""
        if state.r is None:
            return namespace_of(state.eta).abs(state.eta)
        return super().residual(state, ndim)

    def _normalized(self, v: Array, ndim: int) -> tuple[Array, Array | None, Array, Array]:
        """Return v/γ, M v/γ (None if it is the same), γ = √⟨v, M v⟩, and where that is wrong."""
        z = self.precondition(v)
        square = dot(v, z, ndim)
        gamma = root(square)
        unit = inverse(gamma)
        return v * unit, None if self.preconditioner is None else z * unit, gamma, square < 0
