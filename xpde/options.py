"""Groups of options that several commands share: words to dataclasses."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from xpde.errors import InvalidInput

if TYPE_CHECKING:
    from xpde.study.config import CompareConfig
    from xpde.study.scenario import Scenario

__all__ = ["AS_IS", "DEFAULT", "HERE", "Emulator", "Machine", "Problem", "assignments"]


@Parameter(name="*")
@dataclass(frozen=True)
class Machine:
    """With what to compute.

    Parameters
    ----------
    backend
        Framework to compute with; `xpde backends` shows them.
    dtype
        Precision of the computation, `float32` or `float64`.
    device
        Where to compute, in the framework's words: `cpu`, `cuda`, `cuda:1`.
    """

    backend: str = "numpy"
    dtype: str = "float32"
    device: str | None = None


@Parameter(name="*")
@dataclass(frozen=True)
class Problem:
    """What to change about a scenario; everything else is the benchmark's default.

    Parameters
    ----------
    dims
        Space axes, 1 to 3.
    points
        Points on every axis: one number, or one for each as in `64,48`.
    extent
        Length of every axis: one number, or one for each as in `1.0,2.0`.
    dt
        Time between two states.
    substeps
        Steps of the solver within dt.
    order
        Order of the solver, 0 to 4.
    solver
        `etdrk`, or `fd;THETA;PICARD` for finite differences: `fd;1.0;1` is one linearly implicit
        Euler step, `fd;0.5;100` Crank-Nicolson, iterated. `;gmres;1e-6` names the linear solver.
    conventions
        `exact`, or `exponax-0.2` and `apebench-0.1` to reproduce the references.
    set
        Any other setting or equation parameter, as NAME=VALUE; may be repeated. Several numbers
        as in `gammas=0,-4,0`, rows as in `diffusion_coef_matrix=1,0;0,2`.
    """

    dims: int | None = None
    points: str | None = None
    extent: str | None = None
    dt: float | None = None
    substeps: int | None = None
    order: int | None = None
    solver: str | None = None
    conventions: str | None = None
    set: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = ()

    def scenario(self, key: str, **more: Any) -> "Scenario":
        """Look the scenario up, changed as asked."""
        from xpde.study.catalogue import scenario

        return scenario(key, **self.overrides(**more))

    def overrides(self, **more: Any) -> dict[str, Any]:
        """Return what was given, by name."""
        given = asdict(self) | more
        words = assignments(given.pop("set"))
        for name in ("points", "extent"):
            if given[name] is not None:
                given[name] = _value(given[name])
        return {name: value for name, value in given.items() if value is not None} | words


@Parameter(name="*")
@dataclass(frozen=True)
class Emulator:
    """The network and its training.

    Parameters
    ----------
    task
        `predict`, or `correct;sequential`, `correct;parallel`, `correct;sequential_with_bypass`
        to correct a coarse solver (`--set coarse_proportion=0.5`).
    net
        Network, such as `Conv;34;10;relu`; `xpde list networks` shows the forms.
    train
        `one` step, `sup;T` steps, `div;T` with the solver as the teacher of every step,
        `chain;T;B`, `mix;T;Q`, `residuum;T`; `;true` after T cuts gradients at every step.
    optim
        Optimizer, such as `adam;10_000;warmup_cosine;0.0;1e-3;2_000`; options follow, as in
        `adamw;10_000;constant;1e-3;decay=1e-4;clip=1;ema=0.999`.
    updates
        Number of updates; the schedule is scaled with it.
    seed
        Seed of initial weights, batch order and noise.
    validation
        Share of the training trajectories that is withheld to validate on, 0 to below 1.
    patience
        Updates without a better validation loss after which the training stops; needs
        `--validation`.
    select
        Parameters that are judged and stored: the `last`, or the `best` by validation loss.
    noise
        Standard deviation of white noise on the first frame of every window, in units of u.
    refine
        Rule by which the solver in the training takes more and more substeps, up to those of the
        scenario, or iterations (`--set "solver=fd;1;1;cg"`): `prdp`,
        `prdp;start=2;step=2;patience=5`, `prdp;preset=paper`, `linear;1;2`, `geometric;1;2;10`,
        `constant;3`, `manual;0=1;20=5`; `;every=N` checks after every N updates instead of an
        epoch. `prdp` needs `--validation`.
    """

    task: str = "predict"
    net: str = "Conv;34;10;relu"
    train: str = "one"
    optim: str | None = None
    updates: int | None = None
    seed: int = 0
    validation: float = 0.0
    patience: int | None = None
    select: str = "last"
    noise: float = 0.0
    refine: str | None = None

    def config(
        self, key: str, problem: Problem, names: Sequence[str], **where: Any
    ) -> "CompareConfig":
        """Return the checked configuration of a run on the named backends."""
        from xpde.study.config import CompareConfig

        return CompareConfig(
            scenario=key,
            overrides=problem.overrides(),
            network=self.net,
            task=self.task,
            training=self.train,
            optimizer=self.optim,
            updates=self.updates,
            seed=self.seed,
            validation=self.validation,
            patience=self.patience,
            select=self.select,
            noise=self.noise,
            refine=self.refine,
            backends=tuple(names),
            **where,
        )


AS_IS = Problem()
HERE = Machine()
"""A scenario with nothing changed."""

DEFAULT = Emulator()
"""The benchmark's emulator."""


def assignments(words: Sequence[str], option: str = "--set") -> dict[str, Any]:
    """Read the NAME=VALUE words of an option; a value is a number if it reads as one."""
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name or not value:
            raise InvalidInput(f"{option}: expected NAME=VALUE, got {word!r}")
        found[name.strip()] = _value(value.strip())
    return found


def _value(text: str) -> Any:
    """Read a number, a truth value, numbers with commas, rows with semicolons, or a text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    rows = [[_number(word.strip()) for word in row.split(",")] for row in text.split(";")]
    if any(isinstance(entry, str) for row in rows for entry in row):
        return text
    if len(rows) > 1:
        return tuple(tuple(row) for row in rows)
    return tuple(rows[0]) if len(rows[0]) > 1 else rows[0][0]


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
