"""What a run tells the outside: callbacks, and checkpoints every so many seconds."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xpde.errors import InvalidInput, NonFinite, XpdeError
from xpde.train.callbacks import Callback, Event
from xpde.train.checkpoint import (
    Checkpointing,
    load_checkpoint,
    load_checkpoints,
    save_checkpoint,
)
from xpde.train.trained import Trained

__all__ = ["Journal", "resumed", "resumed_members"]


class Journal:
    """The open journal of one run.

    Parameters
    ----------
    callbacks, checkpoint
        Who is told, and where the state is kept; None keeps it nowhere.
    settings
        What decides the numbers of the training, kept in the file for :func:`resumed`.
    start
        The state that the run begins with.
    """

    def __init__(
        self,
        callbacks: Sequence[Callback],
        checkpoint: Checkpointing | None,
        settings: Mapping[str, Any],
        start: Trained,
    ) -> None:
        self._callbacks = callbacks
        self._checkpoint = checkpoint
        self._about = dict(checkpoint.about if checkpoint else {}) | {"trainer": dict(settings)}
        self._began = time.perf_counter() - start.seconds
        self._saved = time.perf_counter()
        for callback in callbacks:
            if callback.begin is not None:
                callback.begin(start.updates)

    @property
    def seconds(self) -> float:
        """Seconds of training until now, those of earlier runs counted."""
        return time.perf_counter() - self._began

    def tell(self, now: Trained, total: int, last: bool) -> None:
        """Call those whose turn it is after ``now.updates`` of ``total``; all at the ``last``."""
        due = [c for c in self._callbacks if last or now.updates % c.every == 0]
        if due:
            event = Event.of(now, total)
            for callback in due:
                callback.call(event)

    def keep(self, now: Trained, last: bool) -> None:
        """Write the checkpoint if it is time, or the ``last`` one."""
        if self._checkpoint is None:
            return
        if last or time.perf_counter() - self._saved >= self._checkpoint.seconds:
            save_checkpoint(self._checkpoint.path, now, self._about)
            self._saved = time.perf_counter()

    def rescue(self, now: Trained, error: BaseException) -> None:
        """Let an exception carry the last good state, and write that if it can be written."""
        error.trained = now  # type: ignore[attr-defined]
        try:
            self.keep(now, last=True)
        except XpdeError as second:
            error.add_note(str(second))


def resumed(checkpoint: Checkpointing, settings: Mapping[str, Any]) -> Trained:
    """Return the state in a checkpoint, to go on with under the same settings.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or was written with other settings.
    """
    trained, about = load_checkpoint(checkpoint.path)
    found = about.get("trainer")
    if found is None:
        raise InvalidInput(
            f"checkpoint: expected one that a trainer wrote, got {checkpoint.path}; pass what "
            "load_checkpoint returns as state"
        )
    _check(checkpoint.path, found, settings)
    return trained


def resumed_members(
    path: str | Path, settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, Trained | NonFinite]:
    """Return the trainings of these names in a file of several, to go on under the same settings.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or one of them was written with other settings.
    """
    members, about = load_checkpoints(path)
    found = {name: members[name] for name in settings if name in members}
    for name in found:
        _check(path, about["trainers"][name], settings[name])
    return found


def _check(path: str | Path, found: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    other = [name for name, value in settings.items() if found.get(name) != value]
    if other:
        name = other[0]
        raise InvalidInput(
            f"checkpoint: expected {name} = {settings[name]} as now, got {found.get(name)} in "
            f"{path}; use that, or another file"
        )
