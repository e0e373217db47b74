"""What terms share: masks, channels by number, several fields in one transform."""

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.space import Band

__all__ = ["channels", "gather", "masked", "to_bands", "to_grids"]

_LARGE = 2**17  # points of a field that fills a cache


def masked(mask: Array | None, u_hat: Array) -> Array:
    """Multiply by a mask or symbol; None is the identity."""
    return u_hat if mask is None else mask * u_hat


def channels(u: Array, start: int, stop: int, dims: int) -> Array:
    """Take channels start .. stop - 1 of (..., C, *N)."""
    return u[(..., slice(start, stop), *(slice(None),) * dims)]


def gather(u: Array, picks: list[int], dims: int) -> Array:
    """Take channels by number: a view where they follow each other."""
    if picks == list(range(picks[0], picks[0] + len(picks))):
        return channels(u, picks[0], picks[-1] + 1, dims)
    parts = [channels(u, i, i + 1, dims) for i in picks]
    return namespace_of(u).concat(parts, axis=-dims - 1)


def to_grids(band: Band, fields: list[Array]) -> list[Array]:
    """Transform several fields of the same shape at once."""
    dims, count = band.grid.dims, fields[0].shape[-band.grid.dims - 1]
    joined = fields[0]
    if len(fields) > 1:
        joined = namespace_of(*fields).concat(fields, axis=-dims - 1)
    u = band.to_grid(joined)
    return [channels(u, i * count, (i + 1) * count, dims) for i in range(len(fields))]


def to_bands(band: Band, fields: list[Array]) -> list[Array]:
    """Transform several fields to their bands; numbers of channels may differ.

    Small fields are transformed together, which saves calls; large ones one channel at a time,
    which saves memory.
    """
    dims = band.grid.dims
    counts = [field.shape[-dims - 1] for field in fields]
    if band.grid.size >= _LARGE:
        return [
            _one_by_one(band, field, count) for field, count in zip(fields, counts, strict=True)
        ]
    if len(fields) == 1:
        return [band.to_band(fields[0])]
    u_hat = band.to_band(namespace_of(*fields).concat(fields, axis=-dims - 1))
    starts = [sum(counts[:i]) for i in range(len(counts))]
    return [channels(u_hat, a, a + n, dims) for a, n in zip(starts, counts, strict=True)]


def _one_by_one(band: Band, field: Array, count: int) -> Array:
    parts = [band.to_band(channels(field, i, i + 1, band.grid.dims)) for i in range(count)]
    return namespace_of(field).concat(parts, axis=-band.grid.dims - 1)
