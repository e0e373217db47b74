"""The figures of the linear theory: which combinations and numbers each of them shows.

Reference: Koehler & Thuerey (2025), figures 2 to 4 and 7 to 12. Combinations, difficulties and
modes are those of its evaluations; which of them one figure shows is our choice where it is not
known.
"""

from collections.abc import Callable

import pandas as pd

from xpde.errors import InvalidInput
from xpde.study.superiority.combination import Combination
from xpde.study.superiority.sweep import (
    default_modes,
    default_steps,
    over_modes,
    over_steps,
    scheme_errors,
)

__all__ = ["DIFFICULTIES", "FIGURES", "figure_table"]

DIFFICULTIES = {"advection": (-0.03, -0.3, -3.0), "diffusion": (0.03, 0.3, 3.0), "poisson": (0.0,)}
"""Difficulties of the figures."""

OTHERS = ("analytic-implicit", "implicit-explicit", "analytic-explicit", "explicit-implicit")
"""Combinations train-baseline besides that of a scheme with itself."""

PSI = (0.003, 0.03, 0.1)
SWEEPS = (1, 3, 10, 30, 100, 300, 1000)
TEST_MODE = 0.010369343339006062
"""φ of the figure over steps."""


def figure_table(number: int) -> pd.DataFrame:
    """Return the numbers of a figure, a row for each.

    Ratios (:data:`~xpde.study.superiority.sweep.COLUMNS`), or errors of schemes (figures 2 and 9).

    Raises
    ------
    InvalidInput
        If the figure is not one of the linear theory.
    """
    if number not in FIGURES:
        raise InvalidInput(
            f"figure: expected one of {', '.join(map(str, FIGURES))}, got {number}; figures 5, 6 "
            "and 13 are of trained emulators"
        )
    return FIGURES[number][1]()


def _transport(equation: str, *names: str) -> list[Combination]:
    """Return the combinations train-baseline at all difficulties."""
    pairs = [name.split("-") for name in names]
    return [
        Combination(equation, train, baseline, difficulty=difficulty)
        for train, baseline in pairs
        for difficulty in DIFFICULTIES[equation]
    ]


def _poisson(train: str, baseline: str, reference: str = "analytic") -> list[Combination]:
    """Return one combination for each number of sweeps; ``jacobi`` stands for them."""
    return [
        Combination("poisson", _swept(train, q), _swept(baseline, q), _swept(reference, q))
        for q in SWEEPS
    ]


def _swept(name: str, sweeps: int) -> str:
    return f"jacobi-{sweeps}" if name == "jacobi" else name


def _errors(equation: str) -> list[tuple[str, str, float, str]]:
    schemes = ("explicit", "implicit")
    return [(equation, s, d, "analytic") for s in schemes for d in DIFFICULTIES[equation]]


def _scheme_errors_of_the_rest() -> pd.DataFrame:
    swept = [("poisson", f"jacobi-{q}", 0.0, "fd2") for q in SWEEPS]
    rest = [*_errors("diffusion"), ("poisson", "fd2", 0.0, "analytic"), *swept]
    return scheme_errors(rest, default_modes())


def _main_of_the_rest() -> pd.DataFrame:
    pairs = _transport("diffusion", "implicit-implicit")
    both = [over_modes(pairs, PSI[:1], default_modes())]
    both.append(over_modes(_poisson("jacobi", "jacobi", "fd2"), PSI[2:], default_modes()))
    return pd.concat(both, ignore_index=True)


def _ratios(pairs: list[Combination], psi: tuple[float, ...]) -> pd.DataFrame:
    return over_modes(pairs, psi, default_modes())


FIGURES: dict[int, tuple[str, Callable[[], pd.DataFrame]]] = {
    2: (
        "errors of the upwind schemes of advection",
        lambda: scheme_errors(_errors("advection"), default_modes()),
    ),
    3: (
        "advection: trained on the implicit scheme and compared with it",
        lambda: _ratios(_transport("advection", "implicit-implicit"), PSI),
    ),
    4: ("diffusion and Poisson: trained on a scheme and compared with it", _main_of_the_rest),
    7: (
        "advection: other combinations",
        lambda: _ratios(_transport("advection", *OTHERS), PSI[:1]),
    ),
    8: (
        "advection over steps: trained on the implicit scheme and compared with it",
        lambda: over_steps(
            _transport("advection", "implicit-implicit"),
            PSI[0],
            TEST_MODE,
            default_steps(),
        ),
    ),
    9: ("errors of the schemes of diffusion and Poisson", _scheme_errors_of_the_rest),
    10: (
        "diffusion: other combinations",
        lambda: _ratios(_transport("diffusion", *OTHERS), PSI[:1]),
    ),
    11: (
        "Poisson: trained on Jacobi sweeps",
        lambda: _ratios([*_poisson("jacobi", "jacobi"), *_poisson("jacobi", "fd2")], PSI[2:]),
    ),
    12: (
        "Poisson: trained on the analytic solution",
        lambda: _ratios(
            [*_poisson("analytic", "jacobi"), Combination("poisson", "analytic", "fd2")], PSI[2:]
        ),
    ),
}
"""Title and numbers of every figure, by the number of the paper."""
