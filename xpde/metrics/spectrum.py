"""Errors of the energy spectrum: how the scales are filled, wherever the waves stand."""

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.metrics.form import check_states, ratio
from xpde.metrics.fourier import Extent, box
from xpde.space import spectrum

__all__ = ["spectrum_error", "spectrum_errors"]


def spectrum_error(pred: Array, ref: Array, *, dims: int, extent: Extent = 1.0) -> Array:
    """Σ_c Σ_b |E_u(b) - E_r(b)| / Σ_b E_r(b) over the shells b of the energy spectrum E.

    E is :func:`~xpde.space.spectrum`, whose corners beyond the last full shell are left out. A
    shift of either state does not count: two chaotic trajectories may agree here alone.

    Parameters
    ----------
    pred, ref
        u and r, real, (..., C, *N); leading axes broadcast and are kept, channels are summed.
    dims
        D, the number of space axes.
    extent
        Length of the box, one number or one per axis; only the ratio of its axes matters.

    Raises
    ------
    InvalidInput
        If the shapes differ or the states are complex.
    """
    error, energy = _energies(pred, ref, dims, extent)
    xp = namespace_of(error)
    return xp.sum(ratio(xp.sum(error, axis=-1), xp.sum(energy, axis=-1)), axis=-1)


def spectrum_errors(pred: Array, ref: Array, *, dims: int, extent: Extent = 1.0) -> Array:
    """Σ_c |E_u(b) - E_r(b)| / E_r(b) for every shell b of the energy spectrum, (..., bins).

    Arguments as in :func:`spectrum_error`. A shell that the reference leaves empty is infinite,
    or NaN where the prediction leaves it empty too.
    """
    error, energy = _energies(pred, ref, dims, extent)
    return namespace_of(error).sum(ratio(error, energy), axis=-2)


def _energies(pred: Array, ref: Array, dims: int, extent: Extent) -> tuple[Array, Array]:
    """|E_u - E_r| and E_r, (..., C, bins)."""
    check_states(pred, ref, dims)
    grid = box(pred, dims, extent)
    energy = spectrum(ref, grid)
    return namespace_of(pred, ref).abs(spectrum(pred, grid) - energy), energy
