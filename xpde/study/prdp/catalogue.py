"""The experiments by name."""

from collections.abc import Callable, Mapping

from xpde.errors import unknown_name
from xpde.study.prdp.burgers import Burgers1D
from xpde.study.prdp.heat import Heat1D, Heat2D, Heat3D
from xpde.study.prdp.navier_stokes import NavierStokes
from xpde.study.prdp.poisson import Poisson
from xpde.study.prdp.problem import Problem

__all__ = ["EXPERIMENTS", "experiment"]

EXPERIMENTS: Mapping[str, tuple[Callable[..., Problem], Callable[..., Problem]]] = {
    "poisson": (Poisson, Poisson.small),
    "poisson3": (Poisson.three, Poisson.three),
    "heat1d": (Heat1D, Heat1D.small),
    "heat2d": (Heat2D, Heat2D.small),
    "heat3d": (Heat3D, Heat3D.small),
    "burgers1d": (Burgers1D, Burgers1D.small),
    "navier_stokes": (NavierStokes, NavierStokes.small),
}
"""By name: what makes the full experiment, and what makes the small one."""


def experiment(name: str, small: bool = False, **changes: object) -> Problem:
    """Return an experiment, at full size or small, with some fields changed.

    Raises
    ------
    InvalidInput
        If nothing has the name.
    """
    if name not in EXPERIMENTS:
        raise unknown_name("experiment", name, EXPERIMENTS)
    return EXPERIMENTS[name][small](**changes)
