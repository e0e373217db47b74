"""Winds: velocities at the points of a box, at its faces, and the parts that blow either way."""

from typing import Any

from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.solvers import GENERAL
from xpde.space.finite.box import Box
from xpde.space.finite.differences import assembled
from xpde.space.finite.formulas import at_faces, copied_mean

__all__ = ["beside", "component", "face_wind", "parts"]

Array = Any


def component(box: Box, wind: Any, axis: int) -> Any:
    """Return w_axis as (..., 1, *N) of a wind (..., D, *N); as a number of a tuple of D numbers."""
    dims = box.dims
    if isinstance(wind, (tuple, list)):
        if len(wind) != dims:
            raise InvalidInput(f"wind: expected {dims} components, got {len(wind)}")
        return wind[axis]
    own = tuple(wind.shape[-dims - 1 :])
    if own != (dims, *box.points):
        raise InvalidInput(
            f"wind: expected a tuple of {dims} numbers or an array (..., {dims}, "
            f"{', '.join(map(str, box.points))}), got shape {tuple(wind.shape)}"
        )
    return wind[(..., slice(axis, axis + 1), *[slice(None)] * dims)]


def face_wind(box: Box, wind: Any, axis: int, walls: Box | None = None) -> Any:
    """Return w_axis at the faces of its axis: the mean of the points beside them.

    ``walls`` is a box whose conditions are those of the wind; with None it is at a wall what it is
    at the point next to it.
    """
    w = component(box, wind, axis)
    if not getattr(w, "shape", ()):
        return w
    if walls is None:
        return copied_mean(box.axes[axis])(w, axis - box.dims)
    mean = at_faces(walls.axes[axis], 0)
    faces = assembled(walls, [(axis, None, mean, None)], None, GENERAL)(wind)
    return faces[(..., slice(axis, axis + 1), *[slice(None)] * box.dims)]


def beside(box: Box, faces: Any, axis: int) -> tuple[Any, Any]:
    """Return the values at the left and at the right face of every point."""
    if not getattr(faces, "shape", ()):
        return faces, faces
    negative, n = axis - box.dims, box.points[axis]
    if box.axes[axis].periodic:
        return namespace_of(faces).roll(faces, 1, axis=negative), faces
    rest = [slice(None)] * (-negative - 1)
    return faces[(..., slice(0, n), *rest)], faces[(..., slice(1, n + 1), *rest)]


def parts(w: Any) -> tuple[Any, Any]:
    """Return max(w, 0) and min(w, 0), with derivative 0 at 0 on every backend."""
    if not getattr(w, "shape", ()) and isinstance(w, (int, float)):
        return max(w, 0.0), min(w, 0.0)
    xp = namespace_of(w)
    return w * xp.astype(w > 0, w.dtype), w * xp.astype(w < 0, w.dtype)
