"""The generic families of Exponax 0.2.0 in physical, normalized and difficulty coordinates."""

from collections.abc import Mapping
from typing import Any

from peer_pair import EVERY, Pair, given

from xpde import pde
from xpde.pde import difficulty

EVEN = (0.0, 0.0, 0.04, 0.0, -0.002)
ODD = (0.3, -0.4, 0.04, 0.02, -0.002)
UNSTABLE = (0.0, 0.0, -0.7, 0.0, -0.8)
FULL = (-0.2, 0.5, 0.03, 0.04, -0.003)


def _twice(even: Mapping[str, Any], odd: Mapping[str, Any], build: Any, **more: Any) -> list[Pair]:
    """Return a pair with even derivatives alone, and one with a_0 and odd derivatives."""
    pairs = [("even", EVERY, even), ("odd", (), odd)]
    return [
        Pair(
            options=options,
            equation=lambda d, n, options=options: build(d, n, options),
            exact=exact,
            variant=variant,
            **more,
        )
        for variant, exact, options in pairs
    ]


GENERIC = [
    Pair(
        "generic.GeneralLinearStepper",
        given(linear_coefficients=FULL),
        lambda d, n: pde.linear(d, FULL),
        exact=(1,),
        linear=True,
    ),
    Pair(
        "generic.GeneralLinearStepper",
        given(linear_coefficients=(0.0, *FULL[1:])),
        lambda d, n: pde.linear(d, (0.0, *FULL[1:])),
        variant="without a_0",
        linear=True,
    ),
    *_twice(
        given(linear_coefficients=EVEN, convection_scale=0.8),
        given(linear_coefficients=ODD, convection_scale=0.8, conservative=True),
        lambda d, n, o: pde.convection(
            d, o["linear_coefficients"], 0.8, conservative=o.get("conservative", False)
        ),
        peer="generic.GeneralConvectionStepper",
    ),
    *_twice(
        given(linear_coefficients=UNSTABLE, gradient_norm_scale=1.3),
        given(linear_coefficients=ODD, gradient_norm_scale=1.3),
        lambda d, n, o: pde.gradient_norm(d, o["linear_coefficients"], 1.3),
        peer="generic.GeneralGradientNormStepper",
    ),
    *_twice(
        given(linear_coefficients=EVEN, polynomial_coefficients=(0.1, 0.2, -0.9)),
        given(linear_coefficients=ODD, polynomial_coefficients=(0.1, 0.2, -0.9, -0.4)),
        lambda d, n, o: pde.polynomial(d, o["linear_coefficients"], o["polynomial_coefficients"]),
        peer="generic.GeneralPolynomialStepper",
    ),
    *_twice(
        given(linear_coefficients=EVEN, nonlinear_coefficients=(-0.4, -0.9, 0.6)),
        given(linear_coefficients=ODD, nonlinear_coefficients=(-0.4, -0.9, 0.6)),
        lambda d, n, o: pde.single_channel(d, o["linear_coefficients"], (-0.4, -0.9, 0.6)),
        peer="generic.GeneralNonlinearStepper",
    ),
    Pair(
        "generic.GeneralVorticityConvectionStepper",
        given(linear_coefficients=(0.0, *EVEN[1:]), vorticity_convection_scale=1.2),
        lambda d, n: pde.vorticity_convection((0.0, *EVEN[1:]), 1.2),
        dims=(2,),
        variant="even",
    ),
    Pair(
        "generic.GeneralVorticityConvectionStepper",
        given(linear_coefficients=ODD, injection_mode=2, injection_scale=0.7),
        lambda d, n: pde.vorticity_convection(ODD, 1.0, 2, 0.7),
        dims=(2,),
        exact=(),
        variant="odd forced",
    ),
]

# the numbers above, in a box of length 3 with steps of 0.01
EVEN_1, ODD_1, FULL_1, UNSTABLE_1 = (
    difficulty.normalize(a, extent=3.0, dt=0.01) for a in (EVEN, ODD, FULL, UNSTABLE)
)
KEY = "normalized_linear_coefficients"
POWERS = "normalized_polynomial_coefficients"
SERIES = "normalized_nonlinear_coefficients"
NORMALIZED = [
    Pair(
        "generic.NormalizedLinearStepper",
        given(**{KEY: FULL_1}),
        lambda d, n: pde.linear(d, FULL_1),
        exact=(1,),
        linear=True,
        reduced=True,
    ),
    *_twice(
        given(**{KEY: EVEN_1}, normalized_convection_scale=0.004),
        given(**{KEY: ODD_1}, normalized_convection_scale=0.004, single_channel=True),
        lambda d, n, o: pde.convection(
            d, o[KEY], 0.004, single_channel=o.get("single_channel", False)
        ),
        peer="generic.NormalizedConvectionStepper",
        reduced=True,
    ),
    *_twice(
        given(**{KEY: UNSTABLE_1}, normalized_gradient_norm_scale=0.002),
        given(**{KEY: ODD_1}, normalized_gradient_norm_scale=0.002),
        lambda d, n, o: pde.gradient_norm(d, o[KEY], 0.002),
        peer="generic.NormalizedGradientNormStepper",
        reduced=True,
    ),
    *_twice(
        given(**{KEY: EVEN_1, POWERS: (0.001, 0.002, -0.009)}),
        given(**{KEY: ODD_1, POWERS: (0.001, 0.002, -0.009)}),
        lambda d, n, o: pde.polynomial(d, o[KEY], o[POWERS]),
        peer="generic.NormalizedPolynomialStepper",
        reduced=True,
    ),
    *_twice(
        given(**{KEY: EVEN_1, SERIES: (-0.004, -0.005, 0.001)}),
        given(**{KEY: ODD_1, SERIES: (-0.004, -0.005, 0.001)}),
        lambda d, n, o: pde.single_channel(d, o[KEY], o[SERIES]),
        peer="generic.NormalizedNonlinearStepper",
        reduced=True,
    ),
]

# difficulties: |γ_1| cells a step, |γ_2|/2 the diffusion number
EVEN_D = (0.0, 0.0, 0.9, 0.0, -0.6)
ODD_D = (0.01, -0.7, 0.9, 0.5, -0.6)
UNSTABLE_D = (0.0, 0.0, -0.128, 0.0, -0.4)
SIZE = 0.8


def _physical(gammas: Any, d: int, n: int) -> tuple[float, ...]:
    return difficulty.normalized_of(gammas, dims=d, points=n)


def _convection(delta: float, d: int, n: int) -> float:
    return difficulty.normalized_convection_of(delta, dims=d, points=n, maximum=SIZE)


def _gradient_norm(delta: float, d: int, n: int) -> float:
    return difficulty.normalized_gradient_norm_of(delta, dims=d, points=n, maximum=SIZE)


DIFFICULT = [
    Pair(
        "generic.DifficultyLinearStepper",
        given(linear_difficulties=ODD_D),
        lambda d, n: pde.linear(d, _physical(ODD_D, d, n)),
        exact=(1,),
        linear=True,
        reduced=True,
    ),
    Pair(
        "generic.DifficultyLinearStepperSimple",
        given(difficulty=-1.7, order=3),
        lambda d, n: pde.linear(d, _physical((0.0, 0.0, 0.0, -1.7), d, n)),
        linear=True,
        reduced=True,
    ),
    *_twice(
        given(linear_difficulties=EVEN_D, convection_difficulty=0.9, maximum_absolute=SIZE),
        given(linear_difficulties=ODD_D, convection_difficulty=0.9, maximum_absolute=SIZE),
        lambda d, n, o: pde.convection(
            d, _physical(o["linear_difficulties"], d, n), _convection(0.9, d, n)
        ),
        peer="generic.DifficultyConvectionStepper",
        reduced=True,
    ),
    *_twice(
        given(linear_difficulties=UNSTABLE_D, gradient_norm_difficulty=0.6, maximum_absolute=SIZE),
        given(linear_difficulties=ODD_D, gradient_norm_difficulty=0.6, maximum_absolute=SIZE),
        lambda d, n, o: pde.gradient_norm(
            d, _physical(o["linear_difficulties"], d, n), _gradient_norm(0.6, d, n)
        ),
        peer="generic.DifficultyGradientNormStepper",
        reduced=True,
    ),
    *_twice(
        given(linear_difficulties=EVEN_D, polynomial_difficulties=(0.001, 0.002, -0.02)),
        given(linear_difficulties=ODD_D, polynomial_difficulties=(0.001, 0.002, -0.02)),
        lambda d, n, o: pde.polynomial(
            d, _physical(o["linear_difficulties"], d, n), o["polynomial_difficulties"]
        ),
        peer="generic.DifficultyPolynomialStepper",
        reduced=True,
    ),
    *_twice(
        *(
            given(
                linear_difficulties=gammas,
                nonlinear_difficulties=(-0.02, -0.9, 0.5),
                maximum_absolute=SIZE,
            )
            for gammas in (EVEN_D, ODD_D)
        ),
        lambda d, n, o: pde.single_channel(
            d,
            _physical(o["linear_difficulties"], d, n),
            (-0.02, _convection(-0.9, d, n), _gradient_norm(0.5, d, n)),
        ),
        peer="generic.DifficultyNonlinearStepper",
        reduced=True,
    ),
]
