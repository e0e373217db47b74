"""What is told of a training while it runs; nobody who listens can change its numbers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from xpde.core import Tree, namespace_of, tree_map
from xpde.errors import InvalidInput
from xpde.train.refinement import Refinement
from xpde.train.trained import Trained
from xpde.train.weights import save_weights

__all__ = ["Callback", "Event", "weight_files"]


@dataclass(frozen=True)
class Event:
    """A look at a training between two updates.

    Attributes
    ----------
    update, total
        Updates done, and to do in all.
    loss
        The last recorded loss, of the batch of an update before.
    validation
        The validation loss of these parameters; None where it was not measured.
    elapsed
        Seconds of training, those before an interruption counted.
    """

    update: int
    total: int
    loss: float
    validation: float | None
    elapsed: float
    _trained: Trained = field(repr=False, compare=False)

    @classmethod
    def of(cls, trained: Trained, total: int) -> "Event":
        """Return the look at a state of a training of ``total`` updates."""
        measured = trained.validated.size > 0 and trained.validated[-1] == trained.updates
        validation = float(trained.validation[-1]) if measured else None
        return cls(
            trained.updates, total, trained.loss, validation, trained.seconds, _trained=trained
        )

    @property
    def refinement(self) -> Refinement | None:
        """The level of the solvers and all decisions about it; None without refinement."""
        return self._trained.refinement

    @property
    def last(self) -> bool:
        """Whether the training ends here."""
        return self.update >= self.total or bool(self._trained.stopped)

    @property
    def params(self) -> Tree:
        """A copy of the trained parameters, on the device."""
        return _copied(self._trained.params)

    @property
    def emulator(self) -> Tree:
        """A copy of the parameters to judge now: the average where the optimizer keeps one."""
        return _copied(self._trained.averaged)


def _copied(tree: Tree) -> Tree:
    return tree_map(lambda p: namespace_of(p).asarray(p, copy=True), tree)


@dataclass(frozen=True)
class Callback:
    """Something to call while a training runs.

    Attributes
    ----------
    every
        Called after every multiple of this number of updates and after the last update; a dispatch
        ends there.
    call
        ``call(event)``. What it raises ends the training.
    begin
        ``begin(updates)``, called first with the updates that are done already: 0, or where an
        interrupted training goes on.
    """

    every: int
    call: Callable[[Event], object]
    begin: Callable[[int], object] | None = None

    def __post_init__(self) -> None:
        if self.every < 1:
            raise InvalidInput(f"every: expected at least 1 update, got {self.every}")


def weight_files(folder: str | Path, every: int) -> Callback:
    """Return a callback that writes the parameters to judge into ``folder/UPDATE.safetensors``.

    UPDATE has eight digits; see :func:`~xpde.train.save_weights`, whose metadata say the update
    and the losses.
    """

    def call(event: Event) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        about = {"update": event.update, "loss": event.loss, "validation": event.validation}
        save_weights(Path(folder) / f"{event.update:08d}.safetensors", event.emulator, about)

    return Callback(every, call)
