"""A training in one file, to go on with elsewhere and later."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

import xpde
from xpde.core import backend_of, leaves
from xpde.core.files import write_whole
from xpde.errors import InvalidInput, NonFinite
from xpde.train.packing import packed, unpacked
from xpde.train.refinement import Refinement
from xpde.train.trained import Trained

__all__ = [
    "Checkpointing",
    "diverged",
    "load_checkpoint",
    "load_checkpoints",
    "save_checkpoint",
    "save_checkpoints",
]

_FORMAT = "xpde checkpoint 1"
_SEVERAL = "xpde checkpoint 1 of several"
_TREES = ("params", "optimizer_state", "losses", "validated", "validation", "best")
_NUMBERS = ("updates", "stopped", "seconds")
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
    with names for leaves, the updates, the refinement, ``about``, and by what it was written; and
    the SHA-256 of manifest and tensors (``sha256``). The file holds no state of random numbers,
    since streams have none: batch orders and noise are functions of the seed and the update.

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
    content = _packed(trained, "", arrays) | {"about": dict(about or {})}
    _write(Path(path), {"format": _FORMAT} | content | _written_by(trained), arrays)


def save_checkpoints(
    path: str | Path,
    members: Mapping[str, Trained | NonFinite],
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write several trainings into one file, so that none is ever ahead of the others on the disk.

    As :func:`save_checkpoint`, with a part for each name. Of one that has diverged, as its
    exception, the state that this carries as ``.trained`` is written, and its text.
    """
    arrays: dict[str, np.ndarray] = {}
    states = {name: _state(outcome) for name, outcome in members.items()}
    parts = {
        name: _packed(state, f"{name}.", arrays)
        | {"diverged": "" if state is members[name] else str(members[name])}
        for name, state in states.items()
    }
    content = {"format": _SEVERAL, "members": parts, "about": dict(about or {})}
    _write(Path(path), content | _written_by(next(iter(states.values()))), arrays)


def load_checkpoint(path: str | Path) -> tuple[Trained, dict[str, Any]]:
    """Read ``(trained, about)`` back, with the bits and the types that were written.

    All trees are on the host; ``Trainer.run(..., state=trained)`` places them on any device.
    Beside what was given, ``about["written_by"]`` says the version of xpde, backend and dtype.

    Raises
    ------
    InvalidInput
        If the file is missing, truncated, changed, or no checkpoint; it is left alone.
    """
    with _reading(path, "save_checkpoint"):
        manifest, arrays = _read(path, _FORMAT)
        return _unpacked(manifest, arrays), _about(manifest)


def load_checkpoints(
    path: str | Path,
) -> tuple[dict[str, Trained | NonFinite], dict[str, Any]]:
    """Read ``(members, about)`` of :func:`save_checkpoints` back, as :func:`load_checkpoint` does.

    Raises
    ------
    InvalidInput
        If the file is missing, truncated, changed, or no such checkpoint; it is left alone.
    """
    with _reading(path, "save_checkpoints"):
        manifest, arrays = _read(path, _SEVERAL)
        members: dict[str, Trained | NonFinite] = {}
        for name, part in manifest["members"].items():
            state = _unpacked(part, arrays)
            members[name] = diverged(part["diverged"], state) if part["diverged"] else state
        return members, _about(manifest)


def diverged(reason: str, trained: Trained) -> NonFinite:
    """Return the exception of a training that diverged, with its last good state."""
    error = NonFinite(reason)
    error.trained = trained  # type: ignore[attr-defined]
    return error


def _state(outcome: Trained | NonFinite) -> Trained:
    return outcome if isinstance(outcome, Trained) else outcome.trained  # type: ignore[attr-defined]


def _packed(trained: Trained, prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    trees = {name: packed(getattr(trained, name), prefix + name, arrays) for name in _TREES}
    part = {"trees": trees} | {name: getattr(trained, name) for name in _NUMBERS}
    found = trained.refinement
    return part if found is None else part | {"refinement": found.plain()}


def _unpacked(part: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> Trained:
    trees = {name: unpacked(part["trees"][name], arrays) for name in _TREES}
    numbers = {name: part[name] for name in _NUMBERS}
    refinement = Refinement.read(part["refinement"]) if "refinement" in part else None
    return Trained(**trees, **numbers, refinement=refinement)


def _written_by(trained: Trained) -> dict[str, Any]:
    first = leaves(trained.params)[0]
    by = {
        "xpde": xpde.__version__,
        "backend": backend_of(first).name,
        "dtype": str(first.dtype).rpartition(".")[2],
    }
    return {"written_by": by, "streams": _STREAMS}


def _about(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return dict(manifest["about"]) | {"written_by": manifest["written_by"]}


def _write(path: Path, manifest: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> None:
    text = json.dumps(manifest)
    write_whole(path, save(arrays, {"manifest": text, "sha256": _digest(text, arrays)}))


def _read(path: str | Path, kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    with safe_open(str(path), framework="numpy") as file:
        header = file.metadata() or {}
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if header["sha256"] != _digest(header["manifest"], arrays):
        raise ValueError("its SHA-256 is another than when it was written")
    manifest: dict[str, Any] = json.loads(header["manifest"])
    if manifest["format"] != kind:
        raise ValueError(f"its format is {manifest['format']!r}, not {kind!r}")
    return manifest, arrays


@contextmanager
def _reading(path: str | Path, writer: str) -> Iterator[None]:
    """Say of whatever is wrong with a file which one it is."""
    try:
        yield
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InvalidInput(
            f"checkpoint: expected a whole file written by {writer}, got {path} ({reason}); "
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
