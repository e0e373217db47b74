"""A training in one file, to go on with elsewhere and later."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

import xpde
from xpde.core import backend_of, leaves
from xpde.errors import InvalidInput
from xpde.train.files import write_whole
from xpde.train.packing import packed, unpacked
from xpde.train.trained import Trained

__all__ = ["Checkpointing", "load_checkpoint", "save_checkpoint"]

_FORMAT = "xpde checkpoint 1"
_TREES = ("params", "optimizer_state", "losses", "validated", "validation", "best")
_STREAMS = (
    "functions of (seed, name, number) without a state: stream(seed, 'batches', EPOCH) and "
    "stream(seed, 'noise', UPDATE)"
)


@dataclass(frozen=True)
class Checkpointing:
    """Where and how often a training is put on the disk.

    Attributes
    ----------
    path
        The file, replaced as a whole each time.
    seconds
        Least wall time between two of them; 0 writes one after every dispatch.
    about
        Plain values to keep in the file, such as the configuration.
    """

    path: str | Path
    seconds: float = 30.0
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.seconds >= 0:
            raise InvalidInput(f"seconds: expected a number at or above 0, got {self.seconds}")

    def exists(self) -> bool:
        """Tell whether something is at the path."""
        return Path(self.path).exists()


def save_checkpoint(
    path: str | Path, trained: Trained, about: Mapping[str, Any] | None = None
) -> None:
    """Write all that a training needs to go on into one safetensors file, atomically.

    The tensors are the leaves of the parameters, the optimizer state and the best parameters, the
    losses and the validation record. The header has a manifest in JSON (``manifest``): these trees
    with names for leaves, the updates, ``about``, and by what it was written; and the SHA-256 of
    manifest and tensors (``sha256``). The file holds no state of random numbers, since streams
    have none: batch orders and noise are functions of the seed and the update.

    Parameters
    ----------
    path
        The file; its folder must exist.
    trained
        Of any backend; leaves are copied to the host.
    about
        Plain values, given back by :func:`load_checkpoint`.

    Raises
    ------
    InvalidInput
        If a tree has nodes other than None, dicts, lists and tuples.
    XpdeError
        If the disk is full; the checkpoint of before is intact.
    """
    arrays: dict[str, np.ndarray] = {}
    first = leaves(trained.params)[0]
    manifest = {
        "format": _FORMAT,
        "trees": {name: packed(getattr(trained, name), name, arrays) for name in _TREES},
        "updates": trained.updates,
        "stopped": trained.stopped,
        "seconds": trained.seconds,
        "about": dict(about or {}),
        "written_by": {
            "xpde": xpde.__version__,
            "backend": backend_of(first).name,
            "dtype": str(first.dtype).rpartition(".")[2],
        },
        "streams": _STREAMS,
    }
    text = json.dumps(manifest)
    header = {"manifest": text, "sha256": _digest(text, arrays)}
    write_whole(Path(path), save(arrays, header))


def load_checkpoint(path: str | Path) -> tuple[Trained, dict[str, Any]]:
    """Read ``(trained, about)`` back, with the bits and the types that were written.

    All trees are on the host; ``Trainer.run(..., state=trained)`` places them on any device.
    Beside what was given, ``about["written_by"]`` says the version of xpde, backend and dtype.

    Raises
    ------
    InvalidInput
        If the file is missing, truncated, changed, or no checkpoint; it is left alone.
    """
    try:
        with safe_open(str(path), framework="numpy") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header["sha256"] != _digest(header["manifest"], arrays):
            raise ValueError("its SHA-256 is another than when it was written")
        manifest = json.loads(header["manifest"])
        if manifest["format"] != _FORMAT:
            raise ValueError(f"its format is {manifest['format']!r}, not {_FORMAT!r}")
        trees = {name: unpacked(manifest["trees"][name], arrays) for name in _TREES}
        numbers = {name: manifest[name] for name in ("updates", "stopped", "seconds")}
        return Trained(**trees, **numbers), manifest["about"] | {
            "written_by": manifest["written_by"]
        }
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InvalidInput(
            f"checkpoint: expected a whole file written by save_checkpoint, got {path} ({reason}); "
            "it was left as it is"
        ) from error


def _digest(manifest: str, arrays: Mapping[str, np.ndarray]) -> str:
    """Return the SHA-256 of the manifest and of the names, types, shapes and bytes of tensors."""
    sha = hashlib.sha256(manifest.encode())
    for name in sorted(arrays):
        array = arrays[name]
        sha.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        sha.update(array.tobytes())
    return sha.hexdigest()
