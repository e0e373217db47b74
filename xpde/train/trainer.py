"""The training loop: batches from the host, updates on the device, several a dispatch."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from xpde.core import Tree
from xpde.errors import InvalidInput, NonFinite, XpdeError
from xpde.nn import Network
from xpde.optim import Optimizer
from xpde.train.callbacks import Callback
from xpde.train.checkpoint import Checkpointing
from xpde.train.course import Course
from xpde.train.journal import Journal, resumed
from xpde.train.objectives import Objective
from xpde.train.refinable import at_level
from xpde.train.refine import Refine
from xpde.train.trained import Trained
from xpde.train.validation import check_options

Array = Any
Progress = Callable[[int, int, float], None]

__all__ = ["Progress", "Trained", "Trainer"]


@dataclass(frozen=True)
class Trainer:
    """Minimize an objective of a network over all windows of a data set.

    Attributes
    ----------
    network, objective, optimizer
        The map, its loss on a window, the method. Of a :class:`~xpde.train.Curriculum` each update
        minimizes its stage.
    updates
        Total number of updates.
    batch_size, seed
        Windows of an update, and the seed of their order; see :func:`xpde.train.batch_plan`.
    record_every
        Updates between recorded losses; update 0 is recorded.
    updates_per_dispatch
        Updates between two looks of the host (progress, finiteness, interrupts), at most.
    fuse
        On a backend that compiles: whether these updates are one program with a loop, or one
        update is a program. None fuses on accelerators only, since XLA runs convolutions in loops
        at half their speed on a CPU. Either is compiled once per batch shape.
    validation
        Share of the trajectories, the last ones, that is withheld; see
        :class:`xpde.train.validation.Split`. The validation loss is the objective over all their
        windows (of a curriculum its last stage, so that values can be compared) of the parameters
        to judge: averaged, if the optimizer averages.
    validate_every
        It is measured after every multiple of this number of updates, 0 included, and the last.
    patience
        Stop when no validation loss was below the best for this number of updates; None never.
    select
        ``"last"`` or ``"best"``: whether :attr:`Trained.emulator` are the parameters at the end or
        those at the least validation loss.
    noise
        Standard deviation of white noise on the first frame of every window of a batch, in the
        units of the state; drawn from ``stream(seed, "noise", update)``.
    callbacks
        Told of the training, see :class:`~xpde.train.Callback`; they cannot change the numbers.
    checkpoint
        Where and how often the state is put on the disk, or None. It is written between two
        dispatches, at the end, and when the training diverges or is interrupted.
    refine
        How the level of the solvers in network and objective rises in the course of the training,
        see :class:`~xpde.train.Refine`; None leaves them as they are.
    """

    network: Network
    objective: Objective
    optimizer: Optimizer
    updates: int
    batch_size: int = 20
    seed: int = 0
    record_every: int = 1
    updates_per_dispatch: int = 25
    fuse: bool | None = None
    validation: float = 0.0
    validate_every: int = 100
    patience: int | None = None
    select: str = "last"
    noise: float = 0.0
    callbacks: tuple[Callback, ...] = ()
    checkpoint: Checkpointing | None = None
    refine: Refine | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "callbacks", tuple(self.callbacks))
        sizes = ("updates", "batch_size", "record_every", "updates_per_dispatch", "validate_every")
        for name in sizes:
            if getattr(self, name) < 1:
                raise InvalidInput(f"{name}: expected at least 1, got {getattr(self, name)}")
        check_options(self.validation, self.patience, self.select, self.noise)
        if self.refine is not None:
            at_level(self.network, self.objective, self.refine.start().level)
            if self.refine.validates and self.validation == 0:
                raise InvalidInput(
                    f"refine: expected a validation share above 0 or a monitor for {self.refine}, "
                    "got neither; the rule reads an error"
                )

    def run(
        self,
        params: Tree,
        data: Array,
        progress: Progress | None = None,
        state: Trained | None = None,
    ) -> Trained:
        """Train from ``params``, or go on from ``state``.

        Parameters
        ----------
        params
            Initial parameters, a host tree or one on the device of the data; unused with
            ``state``.
        data
            Trajectories (S, L, C, *N), L snapshots with the initial one.
        progress
            Called as ``progress(done, total, loss)`` after each dispatch.
        state
            What an earlier run returned, what its exception carries, or what
            :func:`~xpde.train.load_checkpoint` or :meth:`saved` read; of any backend. Going on
            gives the same bits as never having stopped, on the same backend. (A training that is
            made longer keeps the validation loss after what was its last update.)

        Raises
        ------
        NonFinite
            If a loss is NaN or infinite; the text names the update. This and every other error of
            xpde, and KeyboardInterrupt, carry ``.trained``, the state after the last good dispatch.
        """
        course = Course(self, data)
        now = course.start(params) if state is None else course.continued(state)
        journal = Journal(self.callbacks, self.checkpoint, self.settings, now)
        try:
            now = course.refine(course.judge(now))
            for stage, rows in course.chunks(now):
                then = course.refine(course.judge(course.advance(now, stage, rows)))
                then = replace(then, seconds=journal.seconds)
                last = then.updates >= self.updates or bool(then.stopped)
                journal.tell(then, self.updates, last)
                now = then  # an interrupt from here on finds the update told of
                journal.keep(now, last)
                if progress is not None:
                    progress(now.updates, self.updates, now.loss)
                if last:
                    break
        except (NonFinite, KeyboardInterrupt) as error:
            journal.rescue(now, error)
            raise
        except XpdeError as error:
            error.trained = now  # type: ignore[attr-defined]
            raise
        return now

    def saved(self) -> Trained | None:
        """Return the state in the checkpoint, to hand to :meth:`run`; None before the first.

        Raises
        ------
        InvalidInput
            If the file cannot be read, or was written by a trainer whose numbers differ: another
            seed, batch size, noise, record, or validation.
        """
        if self.checkpoint is None or not self.checkpoint.exists():
            return None
        return resumed(self.checkpoint, self.settings)

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the numbers, apart from network, objective, optimizer and data."""
        names = ["seed", "batch_size", "record_every", "noise", "validation"]
        if self.validation > 0:
            names += ["validate_every", "select"]
        values = {name: getattr(self, name) for name in names}
        return values if self.refine is None else values | {"refine": str(self.refine)}
