"""The scenarios by name, and the 46 pairs of equation and dimension that make the suite.

Reference: Koehler et al., APEBench (2024); the equations here differ where ``docs/decisions.md``
says so, unless ``conventions`` asks for the reference's.
"""

import dataclasses
from typing import Any

from xpde.errors import unknown_name
from xpde.study.checks import check_kind
from xpde.study.families_catalogue import family_scenarios
from xpde.study.scenario import Scenario
from xpde.study.special_catalogue import special_scenarios

__all__ = ["ALIASES", "SCENARIOS", "SUITE", "scenario", "suite"]

SCENARIOS: dict[str, Scenario] = {s.key: s for s in [*family_scenarios(), *special_scenarios()]}
"""Every scenario with the benchmark's settings, by name."""

ALIASES = {
    "norm_hypdiff": "norm_hyp_diff",
    "dipersion_coef": "dispersion_coef",
    "hyper_diffusion_coef": "hyp_diffusion_coef",
    "num_spatial_dims": "dims",
    "num_points": "points",
    "domain_extent": "extent",
    "num_substeps": "substeps",
    "dealiasing_fraction": "dealias",
    "ic_config": "initial",
    "num_warmup_steps": "warmup",
    "num_train_samples": "train_samples",
    "train_temporal_horizon": "train_horizon",
    "num_test_samples": "test_samples",
    "test_temporal_horizon": "test_horizon",
    "optim_config": "optimizer",
    "batch_size": "batch",
    "report_metrics": "metrics",
}
"""The reference's names of keys, settings and parameters, misspelt ones among them."""

_LINEAR = ("diff_adv", "diff_diff", "diff_adv_diff", "diff_disp", "diff_hyp_diff")
_AXES = ("phy_unbal_adv", "phy_diag_diff", "phy_aniso_diff", "phy_mix_disp", "phy_mix_hyp")
_SOLID = ("diff_burgers", "diff_burgers_sc", "diff_kdv", "diff_ks")
_REACTING = ("diff_fisher", "phy_gs_type", "phy_sh")

SUITE: tuple[tuple[str, int], ...] = (
    *((key, 1) for key in (*_LINEAR, "diff_burgers", "diff_kdv", "diff_ks", "diff_ks_cons")),
    ("diff_fisher", 1),
    *((key, 2) for key in (*_LINEAR, *_AXES, *_SOLID, "phy_decay_turb", "phy_kolm_flow")),
    *((key, 2) for key in _REACTING),
    *((key, 3) for key in (*_LINEAR, *_AXES, *_SOLID, *_REACTING)),
)
"""(key, dims) of the 46 partial differential equations."""


def suite(**overrides: Any) -> list[Scenario]:
    """Return the 46 scenarios: N = 160 in 1D and 2D, N = 32 and 10 test samples in 3D."""
    solid = {"points": 32, "test_samples": 10}
    return [
        scenario(key, **{"dims": dims, **(solid if dims == 3 else {}), **overrides})
        for key, dims in SUITE
    ]


def scenario(key: str, **overrides: Any) -> Scenario:
    """Return the scenario ``key`` with some settings or parameters replaced.

    ``scenario("diff_burgers", dims=2, points=48, diffusion_gamma=3.0)``. The reference's names
    (:data:`ALIASES`) are understood.

    Raises
    ------
    InvalidInput
        If the key or an override is unknown (the text lists the nearest), or a value does not fit.
    """
    key = ALIASES.get(key, key)
    if key not in SCENARIOS:
        raise unknown_name("scenario", key, SCENARIOS)
    found = SCENARIOS[key]
    given = {ALIASES.get(name, name): value for name, value in overrides.items()}
    found = _in_dims(found, given.get("dims", found.dims))
    defaults = found.settings()
    for name in given:
        if name not in defaults:
            raise unknown_name(f"setting of {key}", name, defaults)
    values = {n: check_kind(key, n, v, defaults[n]) for n, v in given.items()}
    parameters = {n: values.pop(n, number) for n, number in found.parameters.items()}
    return dataclasses.replace(found, parameters=parameters, **values)


def _in_dims(found: Scenario, dims: Any) -> Scenario:
    """Give the parameters the defaults of the number of axes."""
    special = found.by_dims.get(dims, {}) if isinstance(dims, int) else {}
    return dataclasses.replace(found, parameters={**found.parameters, **special})
