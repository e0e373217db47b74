"""Numbers that the benchmark published: Koehler et al., APEBench (2024), its page and its docs."""

from dataclasses import dataclass

__all__ = ["CORRECTION", "MEDIANS", "RANKINGS", "Ranking"]

_STEPS = (1, 2, 3, 4, 5, 10, 20, 50, 100, 200)

MEDIANS: dict[str, dict[int, float]] = {
    network: dict(zip(_STEPS, values, strict=True))
    for network, values in {
        "Conv;26;10;relu": (0.003, 0.006, 0.010, 0.013, 0.016, 0.031, 0.059, 0.141, 0.270, 0.507),
        "FNO;12;8;4;gelu": (0.002, 0.004, 0.005, 0.007, 0.009, 0.017, 0.033, 0.080, 0.155, 0.287),
    }.items()
}
"""Medians of ten seeds of mean nRMSE on ``diff_adv``, by step (docs of the benchmark)."""


@dataclass(frozen=True)
class Ranking:
    """Geometric means over 100 steps of five networks, and the seeds that we train."""

    scenario: str
    published: dict[str, float]
    seeds: int
    conventions: str = "exact"


_KDV = {"Dil": 0.077, "UNet": 0.096, "Conv": 0.123, "FNO": 0.210, "Res": 0.876}

RANKINGS = (
    Ranking(
        "diff_burgers", {"Res": 0.013, "Conv": 0.026, "Dil": 0.057, "UNet": 0.065, "FNO": 0.070}, 3
    ),
    Ranking("diff_ks", {"Dil": 0.156, "UNet": 0.193, "Res": 0.261, "Conv": 0.270, "FNO": 0.538}, 3),
    Ranking("diff_kdv", _KDV, 2),
    Ranking("diff_kdv", _KDV, 2, "apebench-0.1"),
)
"""Burgers and KdV from table 13 of the paper, KS read off the figure (± 0.003)."""

CORRECTION: dict[float | None, float] = {None: 0.268, 0.1: 0.194, 0.5: 0.067}
"""2D advection with Res, by the share of the difficulty that the coarse solver does; None: all
of it is the network's (project page, figure)."""
