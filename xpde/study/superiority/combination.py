"""The superiority ratio of a linear emulator: what trained it, what it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from xpde.errors import InvalidInput, unknown_name
from xpde.study.superiority.ansatz import Ansatz
from xpde.study.superiority.closed import closed_symbol
from xpde.study.superiority.schemes import check_difficulty, check_scheme, stable

__all__ = ["MEASURES", "Combination", "Ratio", "scheme_error"]

MEASURES = ("magnitude", "phase", "value", "complex")
"""How symbols s and r are compared.

| measure | error |
|---|---|
| ``magnitude`` | \\|s\\| - \\|r\\| |
| ``phase`` | arg s - arg r, of principal values |
| ``value`` | s - r, of real symbols: diffusion and Poisson |
| ``complex`` | \\|s - r\\|: the ratio is that of root mean square errors of states of one mode |
"""

_EPS = float(np.finfo(np.float64).eps)


class Ratio(NamedTuple):
    """ξ = numerator/denominator; NaN where the denominator is nothing but rounding.

    Attributes
    ----------
    emulator
        Numerator, error of the emulator.
    baseline
        Denominator, error of the baseline.
    value
        ξ; superior where |ξ| < 1.
    """

    emulator: np.ndarray
    baseline: np.ndarray
    value: np.ndarray

    @property
    def undefined(self) -> np.ndarray:
        """Where the baseline has no error."""
        return np.isnan(self.value)


@dataclass(frozen=True)
class Combination:
    """A linear emulator trained on one scheme and compared with another, against a third.

    ξ = ζ(h, r)/ζ(b, r)

    h is the symbol of the :class:`~xpde.study.superiority.Ansatz` fitted at ψ to the scheme
    ``train``, b that of the ``baseline``, r of the ``reference``. ξ is signed: a negative one says
    that one of the two overshoots, the other not.

    Attributes
    ----------
    equation, difficulty
        See :data:`~xpde.study.superiority.EQUATIONS`.
    train, baseline, reference
        Names of schemes.

    Raises
    ------
    InvalidInput
        If a name or a number is out of range.

    Reference: Koehler & Thuerey (2025), superiority ratio of the linear theory.
    """

    equation: str
    train: str
    baseline: str
    reference: str = "analytic"
    difficulty: float = 0.0

    def __post_init__(self) -> None:
        for scheme in (self.train, self.baseline, self.reference):
            check_scheme(self.equation, scheme)
        check_difficulty(self.equation, self.difficulty)

    @property
    def ansatz(self) -> Ansatz:
        """The emulator."""
        return Ansatz(self.equation, self.equation == "advection" and self.difficulty > 0)

    def symbol(self, scheme: str, phi: np.ndarray) -> np.ndarray:
        """Return the symbol of one of the equation's schemes at this difficulty."""
        return closed_symbol(self.equation, scheme, phi, self.difficulty)

    def weights(
        self, psi: float | Sequence[float], amplitudes: Sequence[float] | None = None
    ) -> np.ndarray:
        """Return the fitted weights; several modes are a least-squares fit (:meth:`Ansatz.fit`)."""
        modes = np.atleast_1d(np.asarray(psi, float))
        if not np.all((modes >= 0) & (modes <= 0.5)):
            raise InvalidInput(f"psi: expected relative modes in [0, 1/2], got {psi}")
        return self.ansatz.fit(self.symbol(self.train, modes), modes, amplitudes)

    def emulator(
        self,
        phi: np.ndarray,
        psi: float | Sequence[float],
        amplitudes: Sequence[float] | None = None,
    ) -> np.ndarray:
        """Return h(φ), fitted at ψ."""
        return self.ansatz.symbol(self.weights(psi, amplitudes), phi)

    def ratio(
        self,
        phi: np.ndarray,
        psi: float | Sequence[float],
        measure: str = "magnitude",
        amplitudes: Sequence[float] | None = None,
    ) -> Ratio:
        """Return ξ after one step, and both errors; at φ = ½, a real mode, no phase is defined.

        Parameters
        ----------
        phi
            Relative modes of the test, in (0, ½], any shape.
        psi, amplitudes
            Mode or modes of the training, and their mean squares.
        measure
            One of :data:`MEASURES`.
        """
        phi = _checked(phi)
        r, b = self.symbol(self.reference, phi), self.symbol(self.baseline, phi)
        above = _error(self.emulator(phi, psi, amplitudes), r, measure, self.equation)
        below = _error(b, r, measure, self.equation)
        if measure != "phase":
            return _ratio(above, below, np.abs(b) + np.abs(r))
        return _ratio(above, np.where(phi < 0.5, below, 0.0), np.pi)

    def over_steps(
        self,
        steps: np.ndarray,
        phi: float,
        psi: float | Sequence[float],
        measure: str = "magnitude",
        *,
        wrapped: bool = False,
    ) -> Ratio:
        """Return |ξ| after T steps, and both errors.

        ξ(T) = ζ(h^T, r^T)/ζ(b^T, r^T)

        Powers are taken as T log s, so that nothing overflows or dies out before the ratio is
        made: errors are relative to |r|^T. Phases are T arg s, and their ratio is the same for
        all T; ``wrapped`` takes them to (-π, π] before they are subtracted, as the phase of a
        power is.

        Parameters
        ----------
        steps
            T, numbers of steps from 1 on, any shape.
        phi, psi
            Mode of the test and of the training.
        measure
            ``magnitude``, ``phase`` or ``complex``; of Poisson, which has no steps, T = 1 alone.
        """
        turns = np.asarray(steps, dtype=np.float64)
        if np.any(turns < 1) or (self.equation == "poisson" and np.any(turns != 1)):
            raise InvalidInput(
                f"{self.equation}: expected steps from 1 on (Poisson: 1), got {steps}"
            )
        if measure not in ("magnitude", "phase", "complex"):
            raise unknown_name("measure over steps", measure, ("magnitude", "phase", "complex"))
        at = _checked(np.asarray(phi, float))
        h, b, r = (
            complex(s)
            for s in (
                self.emulator(at, psi),
                self.symbol(self.baseline, at),
                self.symbol(self.reference, at),
            )
        )
        if measure == "phase":
            above, below = (_angle(turns, s, wrapped) - _angle(turns, r, wrapped) for s in (h, b))
            return _ratio(np.abs(above), np.abs(below), np.pi * (1.0 if wrapped else turns))
        turned = measure == "complex"
        over, under = (_log_distance(turns, s, r, turned) for s in (h, b))
        # Where |b| = |r| to rounding, the logarithm of their ratio is rounding, T times.
        nothing = under <= np.log(8 * _EPS * turns)
        with np.errstate(over="ignore", under="ignore"):
            value = np.where(nothing, np.nan, np.exp(over - np.where(nothing, 0.0, under)))
            return Ratio(np.exp(over), np.exp(under), value)

    def unstable(self, psi: float | Sequence[float], phi: np.ndarray) -> list[str]:
        """Return a line for each map whose modes grow: train, baseline, the emulator itself."""
        lines = [
            f"{kind} {scheme} is unstable at difficulty {self.difficulty:g}: modes grow"
            for kind, scheme in (("train", self.train), ("baseline", self.baseline))
            if self.equation != "poisson" and not stable(self.equation, scheme, self.difficulty)
        ]
        if self.equation == "poisson":
            return lines
        size, at = np.abs(self.emulator(phi, psi)), np.atleast_1d(phi)
        worst = int(np.argmax(size))
        if np.max(size) > 1 + 1e-12:
            lines.append(
                f"the emulator trained at psi {_listed(psi)} grows: |h| = "
                f"{np.ravel(size)[worst]:.4g} at phi {np.ravel(at)[worst]:.4g}; what is superior "
                "at first blows up in a rollout"
            )
        return lines


def scheme_error(
    equation: str,
    scheme: str,
    phi: np.ndarray,
    difficulty: float = 0.0,
    *,
    reference: str = "analytic",
    measure: str = "magnitude",
) -> np.ndarray:
    """Return the relative error of a scheme at relative modes φ.

    ``magnitude`` is (|b| - |r|)/|r|, ``phase`` |arg b|/|arg r| - 1, ``value`` (b - r)/|r| and
    ``complex`` |b - r|/|r|. FD2 has π²φ²/sin² πφ - 1, Q Jacobi sweeps against FD2 -cos^Q 2πφ.
    """
    phi = _checked(phi)
    b = closed_symbol(equation, scheme, phi, difficulty)
    r = closed_symbol(equation, reference, phi, difficulty)
    if measure == "phase":
        _error(b, r, measure, equation)
        return np.abs(np.angle(b)) / np.abs(np.angle(r)) - 1
    return _error(b, r, measure, equation) / np.abs(r)


def _checked(phi: np.ndarray) -> np.ndarray:
    phi = np.asarray(phi, dtype=np.float64)
    if not np.all((phi > 0) & (phi <= 0.5)):
        raise InvalidInput("phi: expected relative modes in (0, 1/2], got one outside")
    return phi


def _error(s: np.ndarray, r: np.ndarray, measure: str, equation: str) -> np.ndarray:
    """Return ζ(s, r)."""
    if measure not in MEASURES:
        raise unknown_name("measure", measure, MEASURES)
    if measure == ("value" if equation == "advection" else "phase"):
        raise InvalidInput(
            f"{equation}: expected a measure of {'complex' if equation == 'advection' else 'real'} "
            f"symbols, got {measure}; use magnitude or complex"
        )
    if measure == "complex":
        return np.abs(s - r)
    if measure == "phase":
        return np.angle(s) - np.angle(r)
    return (s - r).real if measure == "value" else np.abs(s) - np.abs(r)


def _ratio(above: np.ndarray, below: np.ndarray, size: np.ndarray | float) -> Ratio:
    """Divide, but by rounding of numbers of the given size."""
    nothing = np.abs(below) <= 8 * _EPS * size
    value = np.where(nothing, np.nan, above / np.where(nothing, 1.0, below))
    return Ratio(above, below, value)


def _angle(turns: np.ndarray, s: complex, wrapped: bool) -> np.ndarray:
    """T arg s, taken to (-π, π] if asked."""
    angle = turns * np.angle(s)
    return np.pi - np.mod(np.pi - angle, 2 * np.pi) if wrapped else angle


def _log_distance(turns: np.ndarray, s: complex, r: complex, turned: bool) -> np.ndarray:
    """Return log |e^z - 1| with z = T log(s/r), or its real part: the error relative to |r|^T.

    |e^{x+iy} - 1|² = (e^x - 1)² + 4 e^x sin²(y/2); of e^x the larger side is taken out.
    """
    with np.errstate(divide="ignore"):
        x = turns * (np.log(np.abs(s)) - np.log(np.abs(r)))
        y = turns * np.angle(s / r) if turned and s != 0 else 0.0
        square = np.expm1(-np.abs(x)) ** 2 + 4 * np.exp(-np.abs(x)) * np.sin(y / 2) ** 2
        return np.maximum(x, 0.0) + 0.5 * np.log(square)


def _listed(psi: float | Sequence[float]) -> str:
    return ", ".join(f"{m:g}" for m in np.atleast_1d(np.asarray(psi, float)))
