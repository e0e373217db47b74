"""What a trajectory keeps or loses: mean, energy, largest value, divergence, non-finite values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from xpde.core import backend_of, namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.space import Grid, Symbols, to_spectral

__all__ = [
    "FieldReport",
    "Report",
    "divergence",
    "energy",
    "good_steps",
    "largest",
    "mean",
    "nonfinite",
    "quantities",
    "summarize",
]


def mean(u: Array, dims: int) -> Array:
    """Return the mean over space of every channel: (..., C, *N) to (..., C)."""
    return namespace_of(u).mean(u, axis=_space(dims))


def energy(u: Array, dims: int) -> Array:
    """Return ½⟨|u|²⟩, the mean over space of ½ Σ_c u_c²: (..., C, *N) to (...)."""
    xp = namespace_of(u)
    return xp.sum(xp.mean(u * u, axis=_space(dims)), axis=-1) / 2


def largest(u: Array, dims: int) -> Array:
    """Return max|u| over channels and space: (..., C, *N) to (...)."""
    xp = namespace_of(u)
    return xp.max(xp.abs(u), axis=(-dims - 1, *_space(dims)))


def nonfinite(u: Array, dims: int) -> Array:
    """Return how many values are NaN or infinite: (..., C, *N) to integers (...)."""
    xp = namespace_of(u)
    return xp.count_nonzero(~xp.isfinite(u), axis=(-dims - 1, *_space(dims)))


def divergence(u: Array, grid: Grid) -> Array:
    """Return the size of ∇·u relative to that of ∇u, for vector fields: (..., D, *N) to (...).

    rms(Σ_j ∂_j u_j) / rms(|∇u|),  |∇u|² = Σ_ij (∂_j u_i)²

    Between 0 (solenoidal) and √D; 0 where ∇u is no more than rounding, as in a constant field.
    Derivatives are spectral and the means are sums over modes (Parseval), so nothing is
    transformed back.

    Raises
    ------
    InvalidInput
        If the field does not have D components.
    """
    xp, bk, dims = namespace_of(u), backend_of(u), grid.dims
    if tuple(u.shape[-dims - 1 :]) != (dims, *grid.points):
        raise InvalidInput(
            f"divergence: expected a vector field (..., {dims}, *N) with N = {grid.points}, "
            f"got shape {tuple(u.shape)}"
        )
    symbols, host = Symbols(grid, u), Symbols(grid)
    size = sum((abs(host.d(j)) ** 2 for j in range(dims)), np.zeros(grid.spectral_shape))
    u_hat = to_spectral(u, dims)
    parts = [symbols.d(j) * u_hat[(..., j, *_every(dims))] for j in range(dims)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    twice = _multiplicity(grid)
    flux = xp.sum(bk.asarray(twice, like=u) * _square(total), axis=_space(dims))
    over = (-dims - 1, *_space(dims))
    slope = xp.sum(bk.asarray(twice * size, like=u) * _square(u_hat), axis=over)
    # a transform leaves some eps of its largest mode on every other one
    rounding = (10 * float(xp.finfo(u.dtype).eps)) ** 2 * float(np.max(size))
    real = slope > rounding * xp.sum(bk.asarray(twice, like=u) * _square(u_hat), axis=over)
    one = xp.ones_like(slope)
    return xp.sqrt(xp.where(real, flux / xp.where(real, slope, one), 0 * one))


def _square(z: Array) -> Array:
    """|z|² without the square root of abs."""
    xp = namespace_of(z)
    return xp.real(z) ** 2 + xp.imag(z) ** 2


def _multiplicity(grid: Grid) -> np.ndarray:
    """How many modes of the full spectrum an entry of the half spectrum stands for, (*K)."""
    n = grid.points[-1]
    k = np.arange(n // 2 + 1)
    alone = (k == 0) | (2 * k == n)
    return np.broadcast_to(np.where(alone, 1.0, 2.0), grid.spectral_shape)


def _space(dims: int) -> tuple[int, ...]:
    return tuple(range(-dims, 0))


def _every(dims: int) -> tuple[slice, ...]:
    return (slice(None),) * dims


def quantities(values: np.ndarray, grid: Grid, rank: int) -> dict[str, np.ndarray]:
    """Return the invariants of a host field (..., D^rank, *N) by name, in double precision.

    ``mean`` is (..., D^rank); ``energy``, ``largest``, ``nonfinite`` and, for a vector field of
    more than one axis, ``divergence`` are (...). Double precision makes them statements about the
    values as they are stored, whatever computed them.
    """
    values = values.astype(np.float64)
    found = {
        "mean": mean(values, grid.dims),
        "energy": energy(values, grid.dims),
        "largest": largest(values, grid.dims),
        "nonfinite": nonfinite(values, grid.dims),
    }
    if rank == 1 and grid.dims > 1:
        found["divergence"] = divergence(values, grid)
    return {name: np.asarray(value) for name, value in found.items()}


def good_steps(states: np.ndarray) -> np.ndarray:
    """Count the states of host trajectories (S, T, ...) before the first NaN or infinity: (S,)."""
    finite = np.isfinite(states).all(axis=tuple(range(2, states.ndim)))
    return np.logical_and.accumulate(finite, axis=1).sum(axis=1)


@dataclass(frozen=True)
class FieldReport:
    """One field over all samples and the finite steps.

    Attributes
    ----------
    field
        Its name.
    drift
        Largest change of a mean between the first step and any later one.
    energy_first, energy_last
        ½⟨|u|²⟩ at the first and at the last finite step, averaged over samples.
    largest
        max|u|.
    divergence
        Largest relative divergence; NaN for fields that have none.
    nonfinite
        How many stored values are NaN or infinite.
    """

    field: str
    drift: float
    energy_first: float
    energy_last: float
    largest: float
    divergence: float
    nonfinite: int


@dataclass(frozen=True)
class Report:
    """The invariant report of a data set.

    Attributes
    ----------
    fields
        One line for each field.
    stopped
        ``(step, sample)`` of the first value that is not finite, for every stopped sample, the
        earliest first.
    """

    fields: tuple[FieldReport, ...]
    stopped: tuple[tuple[int, int], ...] = ()


def summarize(field: str, table: Mapping[str, np.ndarray], finite: np.ndarray) -> FieldReport:
    """Reduce the invariants of a field, (S, T) by name, over each sample's finite steps.

    ``finite`` (S,) counts the steps, from the first, that hold finite values.
    """
    steps = table["energy"].shape[1]
    kept = np.arange(steps) < finite[:, None]
    begun = np.flatnonzero(finite > 0)
    last = table["energy"][begun, finite[begun] - 1]
    change = np.abs(table["mean"] - table["mean"][:, :1])
    divergences = table.get("divergence")
    return FieldReport(
        field,
        _most(change[kept]),
        float(np.mean(table["energy"][begun, 0])) if begun.size else np.nan,
        float(np.mean(last)) if begun.size else np.nan,
        _most(table["largest"][kept]),
        np.nan if divergences is None else _most(divergences[kept]),
        int(np.sum(table["nonfinite"])),
    )


def _most(values: np.ndarray) -> float:
    return float(np.max(values)) if values.size else np.nan
