"""Stored rollouts of one run: reference and emulator at some steps."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xpde.errors import InvalidInput
from xpde.report.scales import largest
from xpde.study.store import read_fields

__all__ = ["Rollout"]


@dataclass(frozen=True)
class Rollout:
    """The first stored test sample of a run, its first channel.

    Attributes
    ----------
    reference, emulator
        (F, *N) at the steps ``frames``; frame 0 is the initial state of both.
    frames
        (F,) steps.
    extent
        Length of the box along each axis.
    dt
        Time of one step.
    limit
        Colors run over [-limit, limit].
    channels
        How many there are.
    """

    reference: np.ndarray
    emulator: np.ndarray
    frames: np.ndarray
    extent: tuple[float, ...]
    dt: float
    limit: float
    channels: int

    @property
    def dims(self) -> int:
        """Number of space axes."""
        return self.reference.ndim - 1

    @classmethod
    def read(cls, path: Path) -> "Rollout":
        """Read ``rollouts.h5``; a file that is damaged or of another form is named."""
        arrays, attributes = read_fields(path)
        wanted = ("reference", "emulator", "frames")
        if any(name not in arrays for name in wanted):
            raise InvalidInput(
                f"{path}: expected datasets {', '.join(wanted)}, got {', '.join(arrays) or 'none'}"
            )
        reference, emulator = arrays["reference"], arrays["emulator"]
        frames = np.atleast_1d(arrays["frames"])
        same = reference.shape == emulator.shape and reference.ndim > 3 and reference.shape[0] > 0
        if not same or reference.shape[1] != len(frames):
            raise InvalidInput(
                f"{path}: expected reference and emulator of shape (n, {len(frames)}, C, *N), "
                f"got {reference.shape} and {emulator.shape}"
            )
        truth = reference[0, :, 0]
        dims = truth.ndim - 1
        extent = np.broadcast_to(np.asarray(attributes.get("extent", 1.0), dtype=float), (dims,))
        limit = min(_bound(attributes.get("vlim")), largest(truth))
        dt = float(np.asarray(attributes.get("dt", 1.0)))
        return cls(
            truth, emulator[0, :, 0], frames, tuple(map(float, extent)), dt, limit,
            reference.shape[2],
        )  # fmt: skip

    def flat(self) -> "Rollout":
        """Cut a box in the middle of its last axis, (F, N1, N2); leave 1D and 2D as they are."""
        if self.dims < 3:
            return self
        middle = self.reference.shape[-1] // 2
        return Rollout(
            self.reference[..., middle], self.emulator[..., middle], self.frames,
            self.extent[:2], self.dt, self.limit, self.channels,
        )  # fmt: skip

    def at(self, picks: Any) -> "Rollout":
        """Keep the frames with the positions ``picks``."""
        return Rollout(
            self.reference[picks], self.emulator[picks], self.frames[picks],
            self.extent, self.dt, self.limit, self.channels,
        )  # fmt: skip


def _bound(vlim: Any) -> float:
    """Read color limits, stored as one number or as a pair."""
    values = np.abs(np.atleast_1d(np.asarray([] if vlim is None else vlim, dtype=float)))
    return float(values.max()) if values.size and values.max() > 0 else float("inf")
