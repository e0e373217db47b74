"""Refinement as a setting of the trainer: which rule, how often, told what."""

from collections.abc import Callable
from dataclasses import dataclass, field

from xpde.core import Tree
from xpde.errors import InvalidInput
from xpde.train.refinement import Refinement
from xpde.train.rule import Rule

__all__ = ["Refine"]


@dataclass(frozen=True)
class Refine:
    """Raise the level of the solvers in a training by a rule, as the training goes on.

    After every multiple of ``every`` updates, 0 among them, an error is measured and the rule says
    the level of the updates that follow. The level reaches every
    :class:`~xpde.train.Refinable` in the network and the objective.

    Parameters of which the error is measured are those to judge: averaged, if the optimizer
    averages. Without a monitor it is the validation loss, of network and objective *as they
    were given*, at their own level and not at that of the updates: so that values of different
    levels can be compared, and since that is what the emulator will be used with. The same
    holds for all validation losses of the training.

    Attributes
    ----------
    rule
        See :class:`~xpde.train.Rule`: :class:`~xpde.train.Progressive`, a schedule, or your own.
    every
        Updates between two checks, such as an epoch.
    monitor
        ``monitor(params)`` returns the error as a number of the host, 0 or more: that of two steps
        of a rollout, say. None is the validation loss.
    residual
        ``residual(params, level)`` returns the relative residual of the solver at a level, for
        rules that read it (:class:`~xpde.train.ResidualDriven`).

    Raises
    ------
    InvalidInput
        If ``every`` is below 1, or the rule is not given what it reads.
    """

    rule: Rule
    every: int = 8
    monitor: Callable[[Tree], float] | None = field(default=None, kw_only=True)
    residual: Callable[[Tree, int], float] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.every < 1:
            raise InvalidInput(f"refine: expected checks every 1 updates or more, got {self.every}")
        if self.rule.reads == "residual" and self.residual is None:
            raise InvalidInput(
                f"refine: expected residual(params, level) for the rule {self.rule}, got none; "
                "pass one, or choose a rule that reads errors"
            )

    def __str__(self) -> str:
        return f"{self.rule};every={self.every}"

    @property
    def validates(self) -> bool:
        """Whether checks measure the validation loss."""
        return self.rule.reads == "error" and self.monitor is None

    def start(self) -> Refinement:
        """Return the refinement before the first check."""
        return Refinement(self.rule.start())
