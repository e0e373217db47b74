"""The HDF5 layout of The Well: what a file holds and how states are written into it.

A file is made whole before the first state is known: every dataset has its final size and its
place on the disk, and nothing is compressed. Writing states later changes numbers and no
structure, so a process killed at any moment leaves a file that opens.

Reference: Ohana et al., The Well (2024), and its description of the data format.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from xpde.space import Grid
from xpde.study.invariants import FieldReport, Report, good_steps, quantities, summarize

__all__ = ["AXES", "Layout", "chunks", "create", "read_report", "write_report", "write_states"]

AXES = ("x", "y", "z")
"""Names of the space axes."""

_CHUNK = 2**20  # bytes: small reads stay small, and the index of a large file stays short


@dataclass(frozen=True)
class Layout:
    """What a file is made of.

    Attributes
    ----------
    name
        Name of the data set.
    fields
        ``(name, rank)`` in the order of the channels; rank r fills D^r channels.
    grid
        Points and lengths of the periodic box.
    samples
        S, the number of trajectories.
    times
        Times of the states, (T,).
    dtype
        ``float32`` or ``float64``, of everything but the invariants (always float64).
    parameters
        Numbers of the equation: root attributes and constant scalars.
    about
        More root attributes: texts and numbers.
    """

    name: str
    fields: tuple[tuple[str, int], ...]
    grid: Grid
    samples: int
    times: np.ndarray
    dtype: str
    parameters: Mapping[str, float]
    about: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Bytes of all states."""
        channels = sum(self.grid.dims**rank for _, rank in self.fields)
        values = self.samples * len(self.times) * channels * self.grid.size
        return values * np.dtype(self.dtype).itemsize

    def parts(self) -> Iterator[tuple[str, int, slice]]:
        """Give name, rank and channels of every field."""
        first = 0
        for name, rank in self.fields:
            width = self.grid.dims**rank
            yield name, rank, slice(first, first + width)
            first += width


def create(path: Path, layout: Layout) -> None:
    """Write the file with everything but states and invariants, which read as zeros."""
    with h5py.File(path, "w", libver="earliest") as file:
        file.attrs["dataset_name"] = layout.name
        file.attrs["grid_type"] = "cartesian"
        file.attrs["n_spatial_dims"] = layout.grid.dims
        file.attrs["n_trajectories"] = layout.samples
        file.attrs["simulation_parameters"] = _texts(layout.parameters)
        for name, value in {**layout.parameters, **layout.about}.items():
            file.attrs[name] = value
        _dimensions(file, layout)
        _boundaries(file, layout.grid)
        scalars = file.create_group("scalars")
        scalars.attrs["field_names"] = _texts(layout.parameters)
        for name, value in layout.parameters.items():
            scalars.create_dataset(name, data=np.asarray(value, layout.dtype))
            scalars[name].attrs.update({"sample_varying": False, "time_varying": False})
        _fields(file, layout)
        _invariants(file, layout)


def _dimensions(file: h5py.File, layout: Layout) -> None:
    group = file.create_group("dimensions")
    axes = AXES[: layout.grid.dims]
    group.attrs["spatial_dims"] = _texts(axes)
    group.create_dataset("time", data=layout.times.astype(layout.dtype))
    group["time"].attrs["sample_varying"] = False
    for axis, n, spacing in zip(axes, layout.grid.points, layout.grid.spacing, strict=True):
        group.create_dataset(axis, data=(np.arange(n) * spacing).astype(layout.dtype))
        group[axis].attrs.update({"sample_varying": False, "time_varying": False})


def _boundaries(file: h5py.File, grid: Grid) -> None:
    """Mark both ends of every axis as periodic."""
    group = file.create_group("boundary_conditions")
    for axis, n in zip(AXES, grid.points, strict=False):
        ends = np.zeros(n, dtype=bool)
        ends[[0, -1]] = True
        boundary = group.create_group(f"{axis}_periodic")
        boundary.attrs["associated_dims"] = _texts([axis])
        boundary.attrs["associated_fields"] = _texts([])
        boundary.attrs["bc_type"] = "PERIODIC"
        boundary.attrs.update({"sample_varying": False, "time_varying": False})
        boundary.create_dataset("mask", data=ends)


def _fields(file: h5py.File, layout: Layout) -> None:
    """Make the datasets (S, T, *N, *(D,) * rank) in one group for each rank."""
    dims = layout.grid.dims
    for rank in range(3):
        group = file.create_group(f"t{rank}_fields")
        names = [name for name, r in layout.fields if r == rank]
        group.attrs["field_names"] = _texts(names)
        state = (*layout.grid.points, *(dims,) * rank)
        for name in names:
            field = group.create_dataset(
                name,
                shape=(layout.samples, len(layout.times), *state),
                dtype=layout.dtype,
                dcpl=_placed(chunks(len(layout.times), state, np.dtype(layout.dtype).itemsize)),
            )
            field.attrs["dim_varying"] = np.ones(dims, dtype=bool)
            field.attrs.update({"sample_varying": True, "time_varying": True})


def chunks(steps: int, state: Sequence[int], itemsize: int) -> tuple[int, ...]:
    """Return the chunks of a field: steps of one sample, about a MiB, whole states if they fit.

    A state beyond 64 MiB is cut along its first axis, far from the 4 GiB at which HDF5 ends.
    """
    size = math.prod(state) * itemsize
    rows = max(1, min(state[0], state[0] * _CHUNK * 64 // size))
    return (1, max(1, min(steps, _CHUNK // size)), rows, *state[1:])


def _placed(chunk: tuple[int, ...]) -> Any:
    """Describe chunks whose places in the file are fixed from the start."""
    described = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    described.set_chunk(chunk)
    described.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    described.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    return described


def _invariants(file: h5py.File, layout: Layout) -> None:
    """Make the tables (S, T, ...), and ``finite_steps`` (S,): states from the first that are good.

    Attributes get their place now and their value at the end.
    """
    group = file.create_group("invariants")
    group.create_dataset("finite_steps", data=np.zeros(layout.samples, dtype=np.int64))
    shape = (layout.samples, len(layout.times))
    for name, rank, part in layout.parts():
        zero = np.zeros((part.stop - part.start, *layout.grid.points))
        table = group.create_group(name)
        for quantity, value in quantities(zero, layout.grid, rank).items():
            empty = np.zeros((*shape, *value.shape), dtype=value.dtype)
            table.create_dataset(quantity, data=empty)
        for quantity, kind in FieldReport.__annotations__.items():
            if quantity != "field":
                table.attrs[quantity] = 0 if kind is int else np.nan


def write_states(
    file: h5py.File, layout: Layout, sample: int, step: int, states: np.ndarray
) -> None:
    """Write host states (S', T', C, *N) and their invariants at a place of the file.

    From the first value of a sample that is not finite, all its values are written as NaN, here
    and at every later step; ``invariants/finite_steps`` holds how many states are good.
    """
    count, length = states.shape[:2]
    rows, columns = slice(sample, sample + count), slice(step, step + length)
    finite = file["invariants/finite_steps"][rows]
    alive = (finite >= step) | (step == 0)
    good = np.where(alive, good_steps(states), 0)
    for i in range(count):
        states[i, good[i] :] = np.nan
    for name, rank, part in layout.parts():
        field = file[f"t{rank}_fields/{name}"]
        for i in range(count):
            field[sample + i, columns] = _last(states[i, :, part], layout.grid.dims, rank)
        for t in range(length):
            found = quantities(states[:, t, part], layout.grid, rank)
            for quantity, value in found.items():
                file[f"invariants/{name}/{quantity}"][rows, step + t] = value
    file["invariants/finite_steps"][rows] = np.where(alive, step + good, finite)


def _last(values: np.ndarray, dims: int, rank: int) -> np.ndarray:
    """Turn (T, D^rank, *N) into (T, *N, *(D,) * rank)."""
    apart = values.reshape(values.shape[0], *(dims,) * rank, *values.shape[2:])
    return np.moveaxis(apart, range(1, rank + 1), range(-rank, 0)) if rank else apart


def write_report(file: h5py.File, layout: Layout) -> None:
    """Reduce the tables of a complete file into the attributes of its ``invariants``."""
    group = file["invariants"]
    finite = group["finite_steps"][:]
    for name, _ in layout.fields:
        table = {quantity: data[()] for quantity, data in group[name].items()}
        for quantity, value in vars(summarize(name, table, finite)).items():
            if quantity != "field":
                group[name].attrs.modify(quantity, value)


def read_report(file: h5py.File) -> Report:
    """Return the report that :func:`write_report` wrote."""
    group = file["invariants"]
    names = [str(n) for rank in range(3) for n in file[f"t{rank}_fields"].attrs["field_names"]]
    fields = tuple(
        FieldReport(name, **{key: value.item() for key, value in group[name].attrs.items()})
        for name in names
    )
    finite = group["finite_steps"][:]
    short = np.flatnonzero(finite < file["dimensions/time"].shape[-1])
    return Report(fields, tuple(sorted((int(finite[i]), int(i)) for i in short)))


def _texts(values: Any) -> np.ndarray:
    """Return texts as HDF5 stores them, an empty list too."""
    return np.array(list(values), dtype=h5py.string_dtype())
