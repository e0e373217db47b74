"""What terms share: masks, channels by number, several fields in one transform."""

from collections.abc import Callable

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.space import Band

__all__ = [
    "channels",
    "each_to_grid",
    "gather",
    "is_large",
    "joined_to_band",
    "masked",
    "product_to_band",
    "to_bands",
    "to_grids",
]

_LARGE = 2**17  # points of a field that fills a cache


def is_large(band: Band) -> bool:
    """Tell whether a field fills a cache, so that fields are transformed one after the other.

    Small fields are transformed together, which saves calls; large ones alone, which saves memory.
    """
    return band.grid.size >= _LARGE


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
    """Transform several fields of the same shape to the grid."""
    if len(fields) == 1 or is_large(band):
        return [band.to_grid(field) for field in fields]
    dims, count = band.grid.dims, fields[0].shape[-band.grid.dims - 1]
    u = band.to_grid(_joined(fields, dims))
    return [channels(u, i * count, (i + 1) * count, dims) for i in range(len(fields))]


def each_to_grid(band: Band, fields: list[Array]) -> list[Array]:
    """Transform several fields to the grid and return their channels one by one, (..., 1, *N)."""
    dims = band.grid.dims
    if is_large(band):
        return [band.to_grid(part) for field in fields for part in _each(field, dims)]
    return _each(band.to_grid(_joined(fields, dims)), dims)


def to_bands(band: Band, fields: list[Array]) -> list[Array]:
    """Transform several fields to their bands; numbers of channels may differ."""
    dims = band.grid.dims
    if is_large(band):
        return [_one_by_one(band, [field]) for field in fields]
    if len(fields) == 1:
        return [band.to_band(fields[0])]
    u_hat, counts = band.to_band(_joined(fields, dims)), [f.shape[-dims - 1] for f in fields]
    starts = [sum(counts[:i]) for i in range(len(counts))]
    return [channels(u_hat, a, a + n, dims) for a, n in zip(starts, counts, strict=True)]


def joined_to_band(band: Band, fields: list[Array]) -> Array:
    """Transform several fields to the band of all their channels, (..., C, *M)."""
    if is_large(band):
        return _one_by_one(band, fields)
    return band.to_band(_joined(fields, band.grid.dims))


def product_to_band(band: Band, fn: Callable[[Array], Array], u_hat: Array) -> Array:
    """Transform a field to the grid, apply ``fn`` to its values and transform them to the band.

    ``fn`` acts on each value alone. Where transforms are products, the field is given to it as
    the rows (R, N_D) that they return, so that a compiler writes the result where the field was.
    """
    u = band.to_grid(u_hat)
    if not band.by_products(u):
        return band.to_band(fn(u))
    xp = namespace_of(u)
    return band.to_band(xp.reshape(fn(xp.reshape(u, (-1, u.shape[-1]))), u.shape))


def _one_by_one(band: Band, fields: list[Array]) -> Array:
    dims = band.grid.dims
    return _joined([band.to_band(part) for field in fields for part in _each(field, dims)], dims)


def _each(field: Array, dims: int) -> list[Array]:
    return [channels(field, i, i + 1, dims) for i in range(field.shape[-dims - 1])]


def _joined(fields: list[Array], dims: int) -> Array:
    if len(fields) == 1:
        return fields[0]
    return namespace_of(*fields).concat(fields, axis=-dims - 1)
