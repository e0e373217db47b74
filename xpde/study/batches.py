"""Runs that train together: who they are, and the one file with the states of all of them.

``batches/DIGEST.safetensors`` in the study has the states, ``batch.json`` in the folder of each run
says so. A run's own checkpoint, where there is one, is later.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from xpde.errors import InvalidInput
from xpde.study.place import Place
from xpde.study.store import digest, read_json, write_json
from xpde.train import Trainer
from xpde.train.checkpoint import Checkpointing
from xpde.train.journal import resumed, resumed_members
from xpde.train.together import Outcome, Together

__all__ = ["batch_file", "begun", "enter", "leave", "saved"]


def batch_file(study: Path, names: Iterable[str]) -> Path:
    """Return the file of these runs, in any order."""
    return study / "batches" / f"{digest(sorted(names))}.safetensors"


def begun(places: Iterable[Place]) -> list[tuple[str, ...]]:
    """Return the names that have begun together, two or more of a batch, in the order given."""
    found: dict[str, list[str]] = {}
    for place in places:
        if place.batch.exists():
            with suppress(InvalidInput):  # the run itself will complain
                found.setdefault(str(_read(place)["file"]), []).append(place.folder.name)
    return [tuple(names) for names in found.values() if len(names) > 1]


def saved(trainers: Mapping[str, Trainer], places: Mapping[str, Place]) -> dict[str, Outcome]:
    """Return the states of unfinished trainings by name, wherever they are.

    Raises
    ------
    InvalidInput
        If a file is damaged, or of another configuration; it is left as it is.
    """
    found: dict[str, Outcome] = {}
    files: dict[Path, list[str]] = {}
    for name, trainer in trainers.items():
        place = places[name]
        if place.checkpoint.exists():
            found[name] = resumed(Checkpointing(place.checkpoint), trainer.settings)
        elif place.batch.exists():
            path = place.in_batches(_read(place)["file"])
            if path.exists():
                files.setdefault(path, []).append(name)
    for path, names in files.items():
        found |= resumed_members(path, {name: trainers[name].settings for name in names})
    return found


def enter(together: Together, places: Mapping[str, Place], states: Mapping[str, Outcome]) -> None:
    """Let runs with these states share a file from now on; it is whole before they point to it."""
    assert together.checkpoint is not None
    path = Path(together.checkpoint.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for rest in path.parent.glob(f".{path.name}.*"):  # of processes that were killed
        rest.unlink(missing_ok=True)
    here = all(_is_of(places[n], path) and not places[n].checkpoint.exists() for n in states)
    if not states:
        path.unlink(missing_ok=True)
    elif not here:
        together.save(states)
    values = {"file": path.name, "runs": sorted(places)}
    for place in places.values():
        if not _is_of(place, path):
            before = _read(place) if place.batch.exists() else None
            write_json(place.batch, values)
            _drop(place, before)
        place.checkpoint.unlink(missing_ok=True)


def leave(place: Place) -> None:
    """Let a run that is final have no part in a batch; the last one removes the file."""
    if place.batch.exists():
        before = None
        with suppress(InvalidInput):
            before = _read(place)
        place.batch.unlink()
        _drop(place, before)


def _read(place: Place) -> dict[str, Any]:
    values = read_json(place.batch)
    if not isinstance(values, dict) or not {"file", "runs"} <= values.keys():
        raise InvalidInput(
            f"{place.batch}: expected a file and runs, got something else; remove it"
        )
    return values


def _is_of(place: Place, path: Path) -> bool:
    return place.batch.exists() and _read(place)["file"] == path.name


def _drop(place: Place, batch: Mapping[str, Any] | None) -> None:
    """Remove the file of a batch that no run points to."""
    if batch is None:
        return
    path = place.in_batches(batch["file"])
    others = [Place(place.folder.parent / name) for name in batch["runs"]]
    with suppress(InvalidInput):  # one that cannot be read may point to it
        if not any(_is_of(other, path) for other in others):
            path.unlink(missing_ok=True)
            with suppress(OSError):  # others are in it
                path.parent.rmdir()
