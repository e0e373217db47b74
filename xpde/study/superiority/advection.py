"""Advection with upwind teachers: the three cases of figure 5, and the linear ansatz of table 1."""

from typing import Any

from xpde.errors import unknown_name
from xpde.study.superiority.experiment import Experiment

__all__ = ["CASES", "NONLINEAR", "advection", "multimode"]

NONLINEAR = "adam;10_000;warmup_cosine;0.0;1e-3;1_000"
LINEAR = "adam;10_000;constant;1e-2"

CASES: dict[str, tuple[float, str, str]] = {
    "a": (-3.0, "fd;1.0;1", "ind;1;true"),
    "b": (-0.9, "fd;0.0;1", "ind;1;true"),
    "c": (-3.0, "fd;1.0;1", "fourier;5;true;true"),
}
"""γ₁, teacher and test states; a: implicit, b: explicit, c: tested on modes 1 to 5."""


def advection(case: str, horizon: int = 50, **changes: Any) -> Experiment:
    """Return a case of figure 5: u_t = a u_x on 100 points, trained on one sine of mode 1.

    The teacher is first-order upwind, the reference exact in time and in every mode. Published
    tests are 5000 steps long, of which 50 are drawn.

    Parameters
    ----------
    case
        A name of :data:`CASES`.
    horizon
        Steps of the test.
    changes
        Other fields of the experiment.

    Raises
    ------
    InvalidInput
        If there is no such case.
    """
    if case not in CASES:
        raise unknown_name("case of advection", case, CASES)
    difficulty, teacher, initial = CASES[case]
    fields: dict[str, Any] = {
        "name": f"advection {case}",
        "key": "diff_adv",
        "parameters": (("advection_gamma", difficulty), ("points", 100)),
        "teacher": teacher,
        "reference": "etdrk",
        "train_initial": "ind;1;true",
        "test_initial": initial,
        "metric": "RMSE",
        "train_samples": 300,
        "test_samples": 10,
        "horizon": horizon,
        "optimizer": NONLINEAR,
    }
    return Experiment(**fields | changes)


def multimode(initial: str, **changes: Any) -> Experiment:
    """Return an experiment of table 1: γ₁ = 0.3, trained on ``initial``, tested on mode 5.

    Advection moves to the left there, so that the second tap of ``Pure;2;identity``, at i + 1, is
    upstream; it mirrors γ₁ = -0.3.
    """
    fields: dict[str, Any] = {
        "name": f"advection, trained on {initial}",
        "parameters": (("advection_gamma", 0.3), ("points", 100)),
        "train_initial": initial,
        "test_initial": "ind;5;true",
        "optimizer": LINEAR,
    }
    return advection("a", horizon=100, **fields | changes)
