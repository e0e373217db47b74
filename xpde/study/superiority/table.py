"""A table of the paper: its rows, its seeds, and a smaller budget where that is wanted."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Self

from xpde.errors import InvalidInput, unknown_name
from xpde.study.superiority.experiment import Experiment, SeedGrid, Seeds
from xpde.study.superiority.trial import Trial

__all__ = ["Budget", "Row", "Table"]


@dataclass(frozen=True)
class Budget:
    """What a table costs; None is as published.

    Attributes
    ----------
    seeds
        The first of the combinations of seeds.
    updates
        Of a training; the schedule is scaled with it.
    batch
        Pairs of an update.
    """

    seeds: int | None = None
    updates: int | None = None
    batch: int | None = None

    def __post_init__(self) -> None:
        for name in ("seeds", "updates", "batch"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidInput(f"{name}: expected 1 or more, got {value}")

    def over(self, other: "Budget") -> "Budget":
        """Return it with what the other one has where it has nothing."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Budget(*(theirs if mine is None else mine for mine, theirs in pairs))


@dataclass(frozen=True)
class Row:
    """A network in an experiment.

    Attributes
    ----------
    label
        Its name in the table, unique there.
    experiment, network
        What is trained.
    published
        Ratios of the paper by step; empty where it has none.
    """

    label: str
    experiment: Experiment
    network: str
    published: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Rows that are trained with the same seeds.

    Attributes
    ----------
    name, title
        As the paper counts, and what it is about.
    rows
        In the order of the paper.
    seeds
        Those of the paper.
    small
        A budget that shows the effect.
    paper
        The seeds of the paper if ``seeds`` are others.
    """

    name: str
    title: str
    rows: tuple[Row, ...]
    seeds: SeedGrid
    small: Budget
    paper: SeedGrid | None = None

    def seeded(self, **values: tuple[int, ...]) -> Self:
        """Return it with other values of some of the four seeds.

        Raises
        ------
        InvalidInput
            If there is no seed of such a name, or its values are not different.
        """
        for name in values:
            if name not in asdict(self.seeds):
                raise unknown_name("seed", name, asdict(self.seeds))
        return replace(self, seeds=replace(self.seeds, **values), paper=self.paper or self.seeds)

    def covers(self, done: Iterable[Seeds]) -> bool:
        """Whether these are all seeds of the paper, or more."""
        return {*(self.paper or self.seeds)} <= {*done}

    def select(self, labels: tuple[str, ...]) -> Self:
        """Return it with the rows of these labels only.

        Raises
        ------
        InvalidInput
            If there is no such row.
        """
        known = [row.label for row in self.rows]
        for label in labels:
            if label not in known:
                raise unknown_name(f"row of {self.name}", label, known)
        return replace(self, rows=tuple(row for row in self.rows if row.label in labels))

    def at(self, budget: Budget) -> Self:
        """Return it with experiments of a budget; seeds are counted in :meth:`trials`."""
        rows = tuple(
            replace(row, experiment=row.experiment.at(updates=budget.updates, batch=budget.batch))
            for row in self.rows
        )
        return replace(self, rows=rows)

    def trials(self, row: Row, seeds: int | None, backend: str, dtype: str) -> list[Trial]:
        """Return the trainings of a row with the first combinations of seeds."""
        chosen = self.seeds.first(len(self.seeds) if seeds is None else seeds)
        return [Trial(row.experiment, row.network, one, backend, dtype) for one in chosen]
