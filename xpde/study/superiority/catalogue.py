"""The tables and figures with trained networks, by name."""

from collections.abc import Callable, Mapping

from xpde.errors import unknown_name
from xpde.study.superiority import published
from xpde.study.superiority.advection import advection, multimode
from xpde.study.superiority.burgers import burgers
from xpde.study.superiority.experiment import SeedGrid
from xpde.study.superiority.table import Budget, Row, Table

__all__ = ["GROUPS", "TABLES", "table"]

_ADVECTION = SeedGrid(tuple(range(6)), (10, 11), (20, 21), (30,))
_BURGERS = SeedGrid(tuple(range(30)), (100,), (10_000,), (1_000_000,))
_QUICK = Budget(seeds=2, updates=1_000, batch=4)


def _multimode() -> Table:
    rows = [
        Row(initial, multimode(initial), "Pure;2;identity", {1: ratio})
        for initial, ratio in published.MULTIMODE.items()
    ]
    title = "advection, two linear weights, tested on mode 5, by the modes of the training"
    return Table("T1", title, tuple(rows), SeedGrid(), Budget(updates=5_000))


def _case(case: str) -> Table:
    """Figure 5: every network on a case."""
    rows = [Row(words, advection(case), words) for words in published.NETWORKS]
    seeds = SeedGrid((0, 1, 2), (10, 11), (20, 21), (30,))
    return Table(f"F5{case}", f"advection, case {case}", tuple(rows), seeds, _QUICK)


def _receptive() -> Table:
    rows = _on_case_a(published.RECEPTIVE)
    return Table("T2", "advection, case a, by receptive field", rows, _ADVECTION, _QUICK)


def _modes() -> Table:
    rows = _on_case_a(published.MODES)
    return Table("T3", "advection, case a, by modes of the FNO", rows, _ADVECTION, _QUICK)


def _on_case_a(numbers: Mapping[str, tuple[float, ...]]) -> tuple[Row, ...]:
    return tuple(Row(w, advection("a"), w, _by_step(found)) for w, found in numbers.items())


def _picard() -> Table:
    rows = [
        Row(f"{p} Picard", burgers(p), "UNet;12;2;relu", _by_step(published.PICARD.get(p, ())))
        for p in (1, 2, 3, 4)
    ]
    title = "Burgers, UNet;12;2;relu, by Picard steps of the teacher"
    return Table("T4", title, tuple(rows), _BURGERS, Budget(seeds=2, updates=3_000, batch=8))


def _networks() -> Table:
    rows = [Row(w, burgers(), w, _by_step(found)) for w, found in published.NETWORKS.items()]
    title = "Burgers, one Picard step as teacher, by network"
    return Table("T5", title, tuple(rows), _BURGERS, Budget(seeds=2, updates=3_000, batch=8))


def _by_step(ratios: tuple[float, ...]) -> dict[int, float]:
    return dict(enumerate(ratios, start=1))


TABLES: dict[str, Callable[[], Table]] = {
    "T1": _multimode,
    "T2": _receptive,
    "T3": _modes,
    "T4": _picard,
    "T5": _networks,
    "F5a": lambda: _case("a"),
    "F5b": lambda: _case("b"),
    "F5c": lambda: _case("c"),
}
"""What makes each; T5 is also figure 6."""

GROUPS: dict[str, tuple[str, ...]] = {
    "advection": ("T1", "T2", "T3", "F5a", "F5b", "F5c"),
    "burgers": ("T5", "T4"),
}
"""The tables of an equation, in the order in which they are made."""


def table(name: str) -> Table:
    """Return a table.

    Raises
    ------
    InvalidInput
        If nothing has the name.
    """
    if name not in TABLES:
        raise unknown_name("table", name, TABLES)
    return TABLES[name]()
