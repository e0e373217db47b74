"""Floor 5: equations, their catalogue, the stepper and coefficient conversions."""

from xpde.pde import difficulty
from xpde.pde.catalogue import (
    CATALOGUE,
    advection,
    advection_diffusion,
    burgers,
    convection,
    diffusion,
    dispersion,
    gradient_norm,
    hyper_diffusion,
    kdv,
    kolmogorov_vorticity,
    kuramoto_sivashinsky,
    kuramoto_sivashinsky_conservative,
    linear,
    navier_stokes_vorticity,
    polynomial,
    single_channel,
)
from xpde.pde.equation import Equation
from xpde.pde.finite import first_nonfinite
from xpde.pde.stepper import Stepper

__all__ = [
    "CATALOGUE",
    "Equation",
    "Stepper",
    "advection",
    "advection_diffusion",
    "burgers",
    "convection",
    "difficulty",
    "diffusion",
    "dispersion",
    "first_nonfinite",
    "gradient_norm",
    "hyper_diffusion",
    "kdv",
    "kolmogorov_vorticity",
    "kuramoto_sivashinsky",
    "kuramoto_sivashinsky_conservative",
    "linear",
    "navier_stokes_vorticity",
    "polynomial",
    "single_channel",
]
