"""Floor 5: equations, their catalogue, the stepper and coefficient conversions."""

from xpde.pde import difficulty
from xpde.pde.catalogue import CATALOGUE
from xpde.pde.convection import (
    burgers,
    kdv,
    kuramoto_sivashinsky,
    kuramoto_sivashinsky_conservative,
)
from xpde.pde.custom import custom, variable_transport, with_source
from xpde.pde.equation import Equation
from xpde.pde.finite import first_nonfinite
from xpde.pde.flow import (
    kolmogorov_velocity,
    kolmogorov_vorticity,
    navier_stokes_velocity,
    navier_stokes_vorticity,
    passive_scalar,
    vorticity_convection,
)
from xpde.pde.forced import Forced
from xpde.pde.generic import convection, gradient_norm, polynomial, single_channel
from xpde.pde.reaction import (
    GRAY_SCOTT_PATTERNS,
    allen_cahn,
    belousov_zhabotinsky,
    cahn_hilliard,
    fisher_kpp,
    gray_scott,
    swift_hohenberg,
)
from xpde.pde.solver import Solver
from xpde.pde.stability import Growth, growth
from xpde.pde.stepper import Stepper
from xpde.pde.transport import (
    advection,
    advection_diffusion,
    diffusion,
    dispersion,
    hyper_diffusion,
    linear,
    poisson,
)
from xpde.pde.waves import klein_gordon, schroedinger, sine_gordon, wave
from xpde.time import Adaptive

__all__ = [
    "CATALOGUE",
    "GRAY_SCOTT_PATTERNS",
    "Adaptive",
    "Equation",
    "Forced",
    "Growth",
    "Solver",
    "Stepper",
    "advection",
    "advection_diffusion",
    "allen_cahn",
    "belousov_zhabotinsky",
    "burgers",
    "cahn_hilliard",
    "convection",
    "custom",
    "difficulty",
    "diffusion",
    "dispersion",
    "first_nonfinite",
    "fisher_kpp",
    "gradient_norm",
    "gray_scott",
    "growth",
    "hyper_diffusion",
    "kdv",
    "klein_gordon",
    "kolmogorov_velocity",
    "kolmogorov_vorticity",
    "kuramoto_sivashinsky",
    "kuramoto_sivashinsky_conservative",
    "linear",
    "navier_stokes_velocity",
    "navier_stokes_vorticity",
    "passive_scalar",
    "poisson",
    "polynomial",
    "schroedinger",
    "sine_gordon",
    "single_channel",
    "swift_hohenberg",
    "variable_transport",
    "vorticity_convection",
    "wave",
    "with_source",
]
