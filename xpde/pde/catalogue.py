"""The catalogue of equations: every one is a linear symbol, a nonlinear term and a formula.

Special cases, each held by a test: ``advection``, ``diffusion``, ``advection_diffusion``,
``dispersion`` and ``hyper_diffusion`` are ``linear``; ``burgers``, ``kdv`` and
``kuramoto_sivashinsky_conservative`` are ``convection``; ``kuramoto_sivashinsky`` is
``gradient_norm``; single-channel ``convection`` and ``gradient_norm`` are ``single_channel``;
``fisher_kpp``, ``allen_cahn`` are ``polynomial``; ``kolmogorov_vorticity`` without injection is
``navier_stokes_vorticity``, a ``vorticity_convection``; ``wave`` is ``klein_gordon`` without mass.
Linear coefficients are on the right-hand side; convection and gradient-norm scales on the left.
"""

from collections.abc import Callable

from xpde.pde.convection import (
    burgers,
    kdv,
    kuramoto_sivashinsky,
    kuramoto_sivashinsky_conservative,
)
from xpde.pde.equation import Equation
from xpde.pde.flow import (
    kolmogorov_velocity,
    kolmogorov_vorticity,
    navier_stokes_velocity,
    navier_stokes_vorticity,
    passive_scalar,
    vorticity_convection,
)
from xpde.pde.generic import convection, gradient_norm, polynomial, single_channel
from xpde.pde.reaction import (
    allen_cahn,
    belousov_zhabotinsky,
    cahn_hilliard,
    fisher_kpp,
    gray_scott,
    swift_hohenberg,
)
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

__all__ = ["CATALOGUE"]

CATALOGUE: dict[str, Callable[..., Equation]] = {
    "advection": advection,
    "advection_diffusion": advection_diffusion,
    "allen_cahn": allen_cahn,
    "belousov_zhabotinsky": belousov_zhabotinsky,
    "burgers": burgers,
    "cahn_hilliard": cahn_hilliard,
    "convection": convection,
    "diffusion": diffusion,
    "dispersion": dispersion,
    "fisher_kpp": fisher_kpp,
    "gradient_norm": gradient_norm,
    "gray_scott": gray_scott,
    "hyper_diffusion": hyper_diffusion,
    "kdv": kdv,
    "klein_gordon": klein_gordon,
    "kolmogorov_velocity": kolmogorov_velocity,
    "kolmogorov_vorticity": kolmogorov_vorticity,
    "kuramoto_sivashinsky": kuramoto_sivashinsky,
    "kuramoto_sivashinsky_conservative": kuramoto_sivashinsky_conservative,
    "linear": linear,
    "navier_stokes_velocity": navier_stokes_velocity,
    "navier_stokes_vorticity": navier_stokes_vorticity,
    "passive_scalar": passive_scalar,
    "poisson": poisson,
    "polynomial": polynomial,
    "schroedinger": schroedinger,
    "sine_gordon": sine_gordon,
    "single_channel": single_channel,
    "swift_hohenberg": swift_hohenberg,
    "vorticity_convection": vorticity_convection,
    "wave": wave,
}
"""Every equation by name."""
