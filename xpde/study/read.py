"""Reading data sets in the layout of The Well, piece by piece; ours and anyone's."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np

from xpde.core import Backend
from xpde.core.backend import Array
from xpde.errors import InvalidInput, unknown_name

__all__ = ["Trajectories", "read_well"]

_RANKS = range(3)


def read_well(
    path: Path | str, backend: Backend | None = None, fields: Sequence[str] | None = None
) -> "Trajectories":
    """Open a data set in the layout of The Well for reading; states are loaded when asked for.

    ``read_well("ks.h5")[0, 10:20]`` loads ten states of the first sample, (10, C, *N).

    Parameters
    ----------
    path
        An HDF5 file.
    backend
        Where states are placed; host arrays in the file's precision without it.
    fields
        Names, in the order of the channels. By default every field that varies in time: scalars,
        then vectors, then tensors. A constant field that is asked for is repeated.

    Raises
    ------
    InvalidInput
        If the file does not have the layout or a field is unknown; the file is left alone.
    """
    return Trajectories(Path(path), backend, fields)


class Trajectories:
    """A data set as if it were one array (S, T, C, *N), read lazily; a context manager.

    Index it with integers and slices: sample, step, channel, then points. Samples and steps that
    are not asked for are not read. A vector field fills D channels, a tensor D², in C order.

    Attributes
    ----------
    path, name
        The file and the name of its data set.
    fields
        ``(name, rank)`` of what the channels hold.
    shape, dtype
        Of the whole, (S, T, C, *N).
    dims
        D, the number of space axes.
    attributes
        The root attributes as plain values; ``xpde_...`` ones are read from JSON where they are.
    scalars
        The constant scalars by name.
    finite_steps
        States of every sample that are there and finite, (S,), counted from the first; all of
        them where the file does not say.
    """

    def __init__(self, path: Path, backend: Backend | None, fields: Sequence[str] | None) -> None:
        self.path, self.backend = path, backend
        try:
            self._file = h5py.File(path)
        except OSError as error:
            raise _foreign(path, error) from error
        try:
            self._read_about(fields)
        except (KeyError, TypeError, ValueError, IndexError, RuntimeError, OSError) as error:
            self._file.close()
            if isinstance(error, InvalidInput):
                raise
            raise _foreign(path, error) from error

    def _read_about(self, fields: Sequence[str] | None) -> None:
        file = self._file
        self.attributes = {name: _plain(name, value) for name, value in file.attrs.items()}
        self.name = str(self.attributes["dataset_name"])
        self.dims = int(self.attributes["n_spatial_dims"])
        self._axes = [str(axis) for axis in file["dimensions"].attrs["spatial_dims"]]
        points = tuple(int(file["dimensions"][axis].shape[-1]) for axis in self._axes)
        samples, steps = int(self.attributes["n_trajectories"]), file["dimensions/time"].shape[-1]
        ranks = {
            str(name): rank for rank in _RANKS for name in self._group(rank).attrs["field_names"]
        }
        if fields is None:
            fields = [
                n for n, rank in ranks.items() if self._dataset(n, rank).attrs["time_varying"]
            ]
        for name in fields:
            if name not in ranks:
                raise unknown_name(f"field of {self.path.name}", name, ranks)
        if not fields or len(points) != self.dims:
            raise ValueError(f"{len(fields)} fields that vary in time and {len(points)} axes")
        self.fields = tuple((name, ranks[name]) for name in fields)
        sets = [self._dataset(name, rank) for name, rank in self.fields]
        self.dtype = np.result_type(*sets)
        channels = sum(self.dims**rank for _, rank in self.fields)
        self.shape = (samples, int(steps), channels, *points)
        for data, (name, _) in zip(sets, self.fields, strict=True):
            sizes = [n for n, a in ((samples, "sample"), (steps, "time")) if _varies(data, a)]
            if list(data.shape[: len(sizes)]) != sizes:
                raise ValueError(f"field {name!r} of shape {data.shape} for {self.shape}")
        scalars = file["scalars"]
        self.scalars = {
            str(name): float(scalars[name][()])
            for name in scalars.attrs["field_names"]
            if scalars[name].shape == ()
        }
        counted = file.get("invariants/finite_steps")
        self.finite_steps = np.full(samples, steps) if counted is None else counted[:]

    def __len__(self) -> int:
        """S, the number of samples."""
        return self.shape[0]

    def __getitem__(self, index: Any) -> Array:
        """Read the states of an index of integers and slices (steps of 1 or more)."""
        index = index if isinstance(index, tuple) else (index,)
        index = (*index, slice(None), slice(None))[: max(2, len(index))]
        lead = tuple(self._place(p, n) for p, n in zip(index, self.shape[:2], strict=False))
        rest = index[2:]
        parts = [self._load(name, rank, lead) for name, rank in self.fields]
        states = np.concatenate(parts, axis=-self.dims - 1)
        if rest:
            kept = sum(isinstance(part, slice) for part in lead)
            states = states[(*(slice(None),) * kept, *rest)]
        return states if self.backend is None else self.backend.asarray(states)

    def _place(self, part: Any, n: int) -> Any:
        """Check one entry of an index over samples or steps."""
        if isinstance(part, slice) and (part.step or 1) > 0:
            return part
        if not isinstance(part, (int, np.integer)):
            raise InvalidInput(f"expected integers and slices with a step above 0, got {part!r}")
        if not -n <= part < n:
            raise IndexError(f"{self.path.name}: expected an index below {n}, got {part}")
        return int(part) % n

    def _load(self, name: str, rank: int, lead: tuple[Any, Any]) -> np.ndarray:
        """Read a field as (..., D^rank, *N); what does not vary is repeated."""
        data, points = self._dataset(name, rank), self.shape[3:]
        varying = [_varies(data, "sample"), _varies(data, "time")]
        values = data[tuple(part for part, varies in zip(lead, varying, strict=True) if varies)]
        counts, place = [], 0
        for part, varies, n in zip(lead, varying, self.shape, strict=False):
            if isinstance(part, slice):
                counts.append(len(range(*part.indices(n))))
                if not varies:
                    values = np.expand_dims(values, place)
                place += 1
        space = values.shape[len(counts) : values.ndim - rank]
        if len(space) < self.dims:  # an axis that does not vary may be left out or have one point
            kept = iter(space)
            used = data.attrs["dim_varying"]
            space = tuple(next(kept) if varies else 1 for varies in used)
        values = np.reshape(values, (*values.shape[: len(counts)], *space, self.dims**rank))
        whole = np.broadcast_to(values, (*counts, *points, self.dims**rank))
        return np.moveaxis(whole, -1, -self.dims - 1)

    def times(self, sample: int = 0) -> np.ndarray:
        """Return the times of the states of a sample, (T,)."""
        time = self._file["dimensions/time"]
        return time[sample] if time.ndim > 1 else time[:]

    def coordinates(self) -> tuple[np.ndarray, ...]:
        """Return the coordinates along every axis (of the first sample, where they differ)."""
        axes = (self._file["dimensions"][axis] for axis in self._axes)
        return tuple(axis[0] if axis.ndim > 1 else axis[:] for axis in axes)

    def close(self) -> None:
        """Close the file; nothing can be read any more."""
        self._file.close()

    def __enter__(self) -> "Trajectories":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _group(self, rank: int) -> h5py.Group:
        return self._file[f"t{rank}_fields"]

    def _dataset(self, name: str, rank: int) -> h5py.Dataset:
        return self._group(rank)[name]


def _varies(data: h5py.Dataset, what: str) -> bool:
    return bool(data.attrs[f"{what}_varying"])


def _plain(name: str, value: Any) -> Any:
    """Turn an attribute into plain values."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if name.startswith("xpde_") and str(value).startswith("{"):
        return json.loads(value)
    return value


def _foreign(path: Path, error: Exception) -> InvalidInput:
    first = " ".join(str(error).split()) or type(error).__name__
    return InvalidInput(
        f"expected a data set in the HDF5 layout of The Well at {path}, got: {first}; it was left "
        "as it is"
    )
