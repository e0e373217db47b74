"""Fields on a grid: their shape, and work along one of their axes at a time."""

from collections.abc import Callable

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.space.grid import Grid

__all__ = ["along_axis", "require_field"]


def require_field(u: Array, grid: Grid, name: str, channels: int | None = None) -> None:
    """Raise unless ``u`` is (..., C, *N) on ``grid``, with C = ``channels`` where that is given.

    Raises
    ------
    InvalidInput
        If the shape is another one; ``name`` is the function that asks.
    """
    shape, dims = tuple(u.shape), grid.dims
    fits = len(shape) > dims and shape[-dims:] == grid.points
    if not fits or channels not in (None, shape[-dims - 1]):
        wanted = ", ".join(map(str, ["C" if channels is None else channels, *grid.points]))
        raise InvalidInput(
            f"{name}: expected a field (..., {wanted}) on the grid, got shape {shape}"
        )


def along_axis(fn: Callable[[Array], Array], u: Array, axis: int) -> Array:
    """Apply ``fn``, which maps the last axis of an array, to a negative ``axis`` instead."""
    xp = namespace_of(u)
    return xp.moveaxis(fn(xp.moveaxis(u, axis, -1)), -1, axis)
