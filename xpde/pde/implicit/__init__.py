"""Equations in finite differences, advanced by implicit schemes."""

from xpde.pde.implicit.catalogue import (
    advection_diffusion,
    burgers,
    fisher_kpp,
    generic,
    heat,
    kdv,
    kuramoto_sivashinsky,
    kuramoto_sivashinsky_conservative,
    nonlinear_heat,
    reaction_diffusion,
)
from xpde.pde.implicit.evolution import Evolution, Term
from xpde.pde.implicit.flow import NavierStokes
from xpde.pde.implicit.marching import Marching, Step
from xpde.pde.implicit.stepper import GUESSES, ImplicitStepper
from xpde.pde.implicit.system import Shifted
from xpde.pde.implicit.terms import Conductivity, Convection, Reaction, SlopeNorm

__all__ = [
    "GUESSES",
    "Conductivity",
    "Convection",
    "Evolution",
    "ImplicitStepper",
    "Marching",
    "NavierStokes",
    "Reaction",
    "Shifted",
    "SlopeNorm",
    "Step",
    "Term",
    "advection_diffusion",
    "burgers",
    "fisher_kpp",
    "generic",
    "heat",
    "kdv",
    "kuramoto_sivashinsky",
    "kuramoto_sivashinsky_conservative",
    "nonlinear_heat",
    "reaction_diffusion",
]
