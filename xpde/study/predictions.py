"""A file of rollouts that someone else computed: its shape, and what its first frame is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from xpde.errors import InvalidInput, unknown_name
from xpde.study.read import read_well
from xpde.study.scenario import Scenario

__all__ = ["FIRST", "First", "Predictions", "first_frame", "predictions"]

First = Literal["auto", "initial", "prediction"]

FIRST = ("auto", "initial", "prediction")
"""What the first frame of a file may be."""

_SAME = 1e-3
"""Largest relative difference of an initial frame: twice what rounding to float16 changes."""


@dataclass(frozen=True)
class Predictions:
    """An open file of rollouts, read seed by seed.

    Attributes
    ----------
    raw
        What has a shape, a dtype and slices: a mapped array, or trajectories of The Well.
    frames
        L, with the initial state or without.
    seeds
        Length R of the first axis, or 0 if the file has no axis of seeds.
    """

    raw: Any
    frames: int
    seeds: int

    def __len__(self) -> int:
        """R, 1 without an axis of seeds."""
        return self.seeds or 1

    def seed(self, r: int) -> np.ndarray:
        """Return the rollouts of one seed, (S, L, C, *N)."""
        return np.asarray(self.raw[r] if self.seeds else self.raw[:])

    def distance(self, start: np.ndarray) -> float:
        """Return max|u - u₀| / max|u₀| between all first frames and the states (S, C, *N)."""
        first = self.raw[:, :, 0] if self.seeds else self.raw[:, 0]
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.max(np.abs(first - start)) / (np.max(np.abs(start)) or 1.0))


@contextmanager
def predictions(path: Path, problem: Scenario) -> Iterator[Predictions]:
    """Open ``.npy`` or HDF5 in the layout of The Well; nothing is unpickled.

    Raises
    ------
    InvalidInput
        If it is neither, or not (S, L, C, *N) or (R, S, L, C, *N) with the scenario's S, C and N
        and 1 ≤ L ≤ T + 1.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(6)
    except OSError as error:
        raise InvalidInput(f"predictions: expected a file at {path}, got: {error}") from error
    if magic.startswith(b"\x89HDF"):
        with read_well(path) as trajectories:
            yield _checked(path, trajectories, problem)
    elif magic == b"\x93NUMPY":
        yield _checked(path, _mapped(path), problem)
    else:
        raise InvalidInput(
            f"predictions: expected .npy or HDF5 at {path}, got another kind of file; write one "
            "with numpy.save"
        )


def _mapped(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise InvalidInput(
            f"predictions: expected a complete .npy file of numbers at {path}, got: {error}"
        ) from error


def _checked(path: Path, raw: Any, problem: Scenario) -> Predictions:
    if raw.dtype.kind != "f":
        raise InvalidInput(f"{path.name}: expected real floating-point numbers, got {raw.dtype}")
    shape, steps = tuple(raw.shape), problem.test_horizon
    state = (problem.channels, *problem.grid.points)
    seeded = len(shape) == len(state) + 3
    own = shape[1:] if seeded else shape
    fits = len(own) == len(state) + 2 and own[0] == problem.test_samples and own[2:] == state
    if not fits or not 1 <= own[1] <= steps + 1 or shape[0] < 1:
        whole = (problem.test_samples, steps, *state)
        raise InvalidInput(
            f"{path.name}: expected shape {whole}, or {steps + 1} frames with the initial one, or "
            f"fewer, or an axis of seeds before these, got {shape}; see --dims, --points and --set"
        )
    return Predictions(raw, own[1], shape[0] if seeded else 0)


def first_frame(
    first: str, given: Predictions, start: np.ndarray, steps: int
) -> tuple[int, tuple[str, ...]]:
    """Decide whether the first frame is the initial state.

    Parameters
    ----------
    first
        A word of :data:`FIRST`. ``auto`` takes T + 1 frames to begin with it and T frames not to;
        fewer begin with it if the first equals it to rounding.
    given, start, steps
        The file, the initial states (S, C, *N) in the precision of the computation, and T.

    Returns
    -------
    How many frames to leave out, 0 or 1, and a line for everything that was assumed.

    Raises
    ------
    InvalidInput
        If the first frame should be the initial state and is another, or there are T + 1
        predictions.
    """
    if first not in FIRST:
        raise unknown_name("first frame", first, FIRST)
    frames, away = given.frames, given.distance(start)
    rounding = max(np.finfo(given.raw.dtype).eps, np.finfo(start.dtype).eps)
    equal = away <= 4 * rounding  # two conversions and a difference
    how = "assumed" if first == "auto" else "told"
    begins = first == "initial" or (frames == steps + 1 or (frames < steps and equal))
    if first != "prediction" and begins:
        _check_start(frames, away)
        notes = [f"{frames} frames, {how} to be the initial state and {frames - 1} predictions"]
    elif frames > steps:
        raise InvalidInput(
            f"predictions: expected at most {steps} frames without the initial state, got {frames}"
        )
    else:
        begins = False
        notes = [f"{frames} frames, {how} to be predictions, without the initial state"]
        if equal and first == "auto":
            notes.append("the first frame equals the initial state; --first initial if it is that")
    if frames - begins < steps:
        notes.append(f"{frames - begins} of the {steps} steps of the scenario are scored")
    return int(begins), tuple(notes)


def _check_start(frames: int, away: float) -> None:
    """Refuse a single frame, and an initial state that is not the scenario's."""
    if frames < 2:
        raise InvalidInput(
            "predictions: expected the initial state and predictions, got one frame that equals "
            "the initial state; say --first prediction if it is one"
        )
    if not away <= _SAME:
        raise InvalidInput(
            f"predictions: expected the scenario's initial state first, got one that differs by "
            f"{away:.2g} of its size; start from what --initial writes, same backend and dtype"
        )
