"""The named equations of Exponax 0.2.0: linear, convective, flows, reactions."""

from typing import Any

import jax
import numpy as np
from peer_pair import Pair, given

from xpde import pde

AXES = (0.7, -0.4, 0.3)
MATRIX = ((0.03, 0.01, 0.005), (0.01, 0.05, -0.004), (0.005, -0.004, 0.02))


def _array(values: Any, dims: int) -> Any:
    """Return the leading D entries (of every axis) as an array of JAX."""
    host = np.asarray(values)
    return jax.numpy.asarray(host[(slice(dims),) * host.ndim])


def _rows(dims: int) -> tuple[tuple[float, ...], ...]:
    return tuple(row[:dims] for row in MATRIX[:dims])


LINEAR = [
    Pair("Advection", given(velocity=-0.6), lambda d, n: pde.advection(d, -0.6), linear=True),
    Pair(
        "Advection",
        lambda d: {"velocity": _array(AXES, d)},
        lambda d, n: pde.advection(d, AXES[:d]),
        variant="vector",
        linear=True,
    ),
    Pair("Diffusion", given(diffusivity=0.03), lambda d, n: pde.diffusion(d, 0.03), linear=True),
    Pair(
        "Diffusion",
        lambda d: {"diffusivity": _array((0.03, 0.05, 0.02), d)},
        lambda d, n: pde.diffusion(d, (0.03, 0.05, 0.02)[:d]),
        variant="diagonal",
        linear=True,
    ),
    Pair(
        "Diffusion",
        lambda d: {"diffusivity": _array(MATRIX, d)},
        lambda d, n: pde.diffusion(d, _rows(d)),
        variant="matrix",
        linear=True,
    ),
    Pair(
        "AdvectionDiffusion",
        lambda d: {"velocity": _array(AXES, d), "diffusivity": _array(MATRIX, d)},
        lambda d, n: pde.advection_diffusion(d, AXES[:d], _rows(d)),
        linear=True,
    ),
    Pair(
        "Dispersion",
        lambda d: {"dispersivity": _array(AXES, d)},
        lambda d, n: pde.dispersion(d, AXES[:d]),
        linear=True,
    ),
    Pair(
        "Dispersion",
        lambda d: {"dispersivity": _array(AXES, d), "advect_on_diffusion": True},
        lambda d, n: pde.dispersion(d, AXES[:d], mixed=True),
        variant="mixed",
        linear=True,
    ),
    Pair(
        "HyperDiffusion",
        given(hyper_diffusivity=2e-3),
        lambda d, n: pde.hyper_diffusion(d, 2e-3),
        linear=True,
    ),
    Pair(
        "HyperDiffusion",
        given(hyper_diffusivity=2e-3, diffuse_on_diffuse=True),
        lambda d, n: pde.hyper_diffusion(d, 2e-3, mixed=True),
        variant="mixed",
        linear=True,
    ),
    Pair("Wave", given(speed_of_sound=1.3), lambda d, n: pde.wave(d, 1.3), linear=True),
]

CONVECTIVE = [
    Pair(
        "Burgers",
        given(
            diffusivity=0.05, convection_scale=0.8, single_channel=single, conservative=conservative
        ),
        lambda d, n, s=single, c=conservative: pde.burgers(
            d, 0.05, 0.8, single_channel=s, conservative=c
        ),
        variant=" ".join(["single"] * single + ["conservative"] * conservative),
    )
    for single in (False, True)
    for conservative in (False, True)
]
CONVECTIVE += [
    Pair(
        "Burgers",
        given(diffusivity=0.05, dealiasing_fraction=fraction),
        lambda d, n: pde.burgers(d, 0.05),
        variant=f"fraction {fraction}",
        dealias=fraction,
    )
    for fraction in (0.5, 0.9)
]
CONVECTIVE += [
    Pair(
        "Burgers",
        given(diffusivity=0.05, single_channel=True, dealiasing_fraction=None),
        lambda d, n: pde.burgers(d, 0.05, single_channel=True),
        exact=(1,),  # products reach the Nyquist modes of even outer axes
        variant="single unmasked",
        dealias=None,
    ),
]
CONVECTIVE += [
    Pair(
        "KortewegDeVries",
        given(
            convection_scale=-4.0,
            diffusivity=0.02,
            dispersivity=0.05,
            hyper_diffusivity=0.003,
            advect_over_diffuse=mixed,
            diffuse_over_diffuse=mixed,
            single_channel=not mixed,
            conservative=mixed,
        ),
        lambda d, n, mixed=mixed: pde.kdv(
            d,
            -4.0,
            0.05,
            0.02,
            0.003,
            single_channel=not mixed,
            conservative=mixed,
            mixed_dispersion=mixed,
            mixed_hyper_diffusion=mixed,
        ),
        exact=(),
        variant="mixed conservative" if mixed else "single",
    )
    for mixed in (False, True)
]
CONVECTIVE += [
    Pair(
        "KortewegDeVries",
        given(dispersivity=0.0, diffusivity=0.02),
        lambda d, n: pde.kdv(d, dispersivity=0.0, diffusivity=0.02),
        variant="not dispersive",
    ),
    Pair(
        "KuramotoSivashinsky",
        given(gradient_norm_scale=1.2, second_order_scale=0.9, fourth_order_scale=0.3),
        lambda d, n: pde.kuramoto_sivashinsky(d, 1.2, 0.9, 0.3),
    ),
    Pair(
        "KuramotoSivashinskyConservative",
        given(convection_scale=1.2, second_order_scale=0.9, fourth_order_scale=0.3),
        lambda d, n: pde.kuramoto_sivashinsky_conservative(d, 1.2, 0.9, 0.3),
    ),
    Pair(
        "KuramotoSivashinskyConservative",
        given(second_order_scale=0.9, single_channel=True, conservative=False),
        lambda d, n: pde.kuramoto_sivashinsky_conservative(
            d, second_order=0.9, single_channel=True, conservative=False
        ),
        variant="single",
    ),
]

FLOWS = [
    Pair(
        "NavierStokesVorticity",
        given(diffusivity=0.02, vorticity_convection_scale=1.2, drag=-0.1),
        lambda d, n: pde.navier_stokes_vorticity(0.02, 1.2, -0.1),
        dims=(2,),
    ),
    Pair(
        "NavierStokesVorticity",
        given(drag=-0.1, dealiasing_fraction=0.9),
        lambda d, n: pde.navier_stokes_vorticity(drag=-0.1),
        dims=(2,),
        variant="fraction 0.9",
        dealias=0.9,
    ),
    Pair(
        "KolmogorovFlowVorticity",
        given(diffusivity=0.02, drag=-0.2, injection_mode=2, injection_scale=0.7),
        lambda d, n: pde.kolmogorov_vorticity(0.02, 1.0, -0.2, 2, 0.7),
        dims=(2,),
        exact=(),
    ),
    # their forcing is -kγ cos(κx₁) in every box; ours κγ cos(κx₁)
    Pair(
        "KolmogorovFlowVorticity",
        given(diffusivity=0.02, drag=-0.2, injection_mode=2, injection_scale=0.7),
        lambda d, n: pde.kolmogorov_vorticity(0.02, 1.0, -0.2, 2, -0.7 * 3.0 / (2 * np.pi)),
        dims=(2,),
        exact=(2,),
        variant="translated",
        peer_agrees=False,
    ),
    Pair(
        "NavierStokesVelocity",
        given(diffusivity=0.02, drag=-0.3),
        lambda d, n: pde.navier_stokes_velocity(3, 0.02, drag=-0.3),
        dims=(3,),
    ),
    Pair(
        "KolmogorovFlowVelocity",
        given(diffusivity=0.02, drag=-0.3, injection_mode=2, injection_scale=0.7),
        lambda d, n: pde.kolmogorov_velocity(
            3, 0.02, drag=-0.3, injection_mode=2, injection_scale=0.7
        ),
        dims=(3,),
        exact=(),
    ),
]

REACTIVE = [
    Pair(
        "reaction.FisherKPP",
        given(diffusivity=0.02, reactivity=1.4),
        lambda d, n: pde.fisher_kpp(d, 0.02, 1.4),
    ),
    Pair(
        "reaction.AllenCahn",
        given(diffusivity=0.02, first_order_coefficient=1.3, third_order_coefficient=-0.8),
        lambda d, n: pde.allen_cahn(d, 0.02, 1.3, -0.8),
    ),
    Pair(
        "reaction.CahnHilliard",
        given(
            diffusivity=0.02,
            gamma=0.01,
            first_order_coefficient=-0.9,
            third_order_coefficient=1.2,
        ),
        lambda d, n: pde.cahn_hilliard(d, 0.02, 0.01, -0.9, 1.2),
    ),
    Pair(
        "reaction.SwiftHohenberg",
        given(reactivity=0.6, critical_number=1.4, polynomial_coefficients=(0.1, 0.2, 0.9, -1.1)),
        lambda d, n: pde.swift_hohenberg(d, 0.6, 1.4, (0.1, 0.2, 0.9, -1.1)),
    ),
    Pair(
        "reaction.GrayScott",
        given(diffusivity_1=0.02, diffusivity_2=0.01, feed_rate=0.05, kill_rate=0.07),
        lambda d, n: pde.gray_scott(d, 0.05, 0.07, (0.02, 0.01)),
    ),
]
