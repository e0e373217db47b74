"""A scenario: an equation with its grid, its data sets and how an emulator of it is judged."""

import dataclasses
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xpde.conventions import Conventions
from xpde.core import Backend
from xpde.errors import InvalidInput, UnstableWarning
from xpde.pde import Equation, Solver, Stepper
from xpde.space import Grid
from xpde.study.checks import check_scenario
from xpde.study.coefficients import Coefficients, Coordinates
from xpde.study.families import FAMILIES
from xpde.study.finite import check_solver, finite_stepper, is_finite_difference
from xpde.study.horizon import growth_warning

__all__ = ["Scenario"]

Builder = Callable[["Scenario"], Equation]


@dataclass(frozen=True)
class Scenario:
    """What is solved, from which initial states, for how long; defaults are the benchmark's.

    Attributes
    ----------
    key
        Name in the catalogue.
    summary
        One sentence for people.
    parameters
        Numbers of the equation, by name.
    family
        Name of a family of generic coefficients (:mod:`xpde.study.families`), or None.
    build
        Makes the equation from the other fields where there is no family.
    coordinates
        In which coordinates the parameters are given.
    allowed_dims
        Numbers of space axes for which the equation is meant.
    by_dims
        Parameters with another default in some dimensions.
    dims, points, extent
        D, N and L; points and extent are one number for a cube, or one for each axis.
    dt, substeps, order, dealias, conventions
        Time between states and how the stepper gets there.
    solver
        ``etdrk``, or ``fd;THETA;PICARD`` for finite differences, see
        :func:`xpde.study.finite.finite_stepper`; order, dealias and conventions are then unused.
    coarse_proportion
        Share of a step that the coarse solver of a correction takes.
    initial, warmup
        Initial states, and how many steps they are advanced before the data begin.
    train_samples, train_horizon, train_seed, test_samples, test_horizon, test_seed
        Sizes and seeds of the two data sets; a horizon is a number of steps.
    optimizer, batch
        Default optimizer string and windows per update.
    metrics
        Names of metrics, separated by commas.
    vlim
        Color limits of pictures.

    Reference: Koehler et al., APEBench (2024), appendix on scenarios.
    """

    key: str
    summary: str
    parameters: Mapping[str, Any]
    family: str | None = None
    build: Builder | None = field(default=None, repr=False)
    coordinates: Coordinates = "physical"
    allowed_dims: tuple[int, ...] = (1, 2, 3)
    by_dims: Mapping[int, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    dims: int = 1
    points: int | tuple[int, ...] = 160
    extent: float | tuple[float, ...] = 1.0
    dt: float = 1.0
    substeps: int = 1
    order: int = 2
    dealias: float = 2 / 3
    solver: str = "etdrk"
    coarse_proportion: float = 0.5
    conventions: str = "exact"
    initial: str = "fourier;5;true;true"
    warmup: int = 0
    train_samples: int = 50
    train_horizon: int = 50
    train_seed: int = 0
    test_samples: int = 30
    test_horizon: int = 200
    test_seed: int = 773
    optimizer: str = "adam;10_000;warmup_cosine;0.0;1e-3;2_000"
    batch: int = 20
    metrics: str = "mean_nRMSE"
    vlim: tuple[float, float] = (-1.0, 1.0)

    def __post_init__(self) -> None:
        if self.dims not in self.allowed_dims:
            allowed = ", ".join(map(str, self.allowed_dims))
            raise InvalidInput(f"{self.key}: expected dims of {allowed}, got {self.dims}")
        check_scenario(self.key, self.settings())
        Conventions(self.conventions)
        check_solver(self.key, self.solver)
        for name in ("points", "extent"):
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != self.dims:
                raise InvalidInput(
                    f"{self.key}: expected {name} as one number or {self.dims}, got {value}"
                )
        if (
            self.coordinates != "physical"
            and len({*self.grid.points}) + len({*self.grid.extent}) > 2
        ):
            raise InvalidInput(
                f"{self.key}: expected equal axes, because {self.coordinates} coordinates have one "
                f"N and L, got points {self.points} and extent {self.extent}; use a phy_ scenario"
            )

    @property
    def grid(self) -> Grid:
        """The box of ``dims`` axes."""
        return Grid(_each(self.points, self.dims), _each(self.extent, self.dims))

    @property
    def coefficients(self) -> Coefficients | None:
        """Physical coefficients of a scenario that belongs to a family."""
        if self.family is None:
            return None
        given = FAMILIES[self.family].coefficients(self.parameters, self.coordinates)
        if self.coordinates == "physical":
            return given
        if self.coordinates == "difficulty":
            given = given.normalized_of_difficulties(dims=self.dims, points=self.grid.points[0])
        return given.physical(extent=self.grid.extent[0], dt=self.dt)

    @property
    def equation(self) -> Equation:
        """The equation with physical coefficients."""
        coefficients = self.coefficients
        if self.family is not None and coefficients is not None:
            return FAMILIES[self.family].make(self.dims, coefficients, self.parameters)
        if self.build is None:
            raise InvalidInput(f"{self.key}: expected a family or a builder, got neither")
        return self.build(self)

    @property
    def channels(self) -> int:
        """C, the number of channels of a state."""
        return self.equation.channels

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The metrics as a tuple."""
        return tuple(name.strip() for name in self.metrics.split(",") if name.strip())

    @property
    def steps_in_all(self) -> int:
        """Warm-up plus the longer horizon."""
        return self.warmup + max(self.train_horizon, self.test_horizon)

    def warnings(self) -> list[str]:
        """Return one line for everything that looks unstable before anything is computed."""
        if is_finite_difference(self.solver):
            return []
        line = growth_warning(
            self.equation,
            self.grid,
            self.dt,
            self.steps_in_all,
            self.dealias,
            Conventions(self.conventions),
        )
        return [] if line is None else [f"{self.key}: {line}"]

    def stepper(self, backend: Backend | None = None) -> Solver:
        """Return the reference solver; NumPy in float64 without a backend.

        Warns (:class:`~xpde.errors.UnstableWarning`) if modes grow beyond what float32 holds.
        """
        for line in self.warnings():
            warnings.warn(line, UnstableWarning, stacklevel=2)
        return self.plan(backend)

    def plan(
        self, backend: Backend | None = None, *, grid: Grid | None = None, dt: float | None = None
    ) -> Solver:
        """Return the solver of this equation on another grid or for another time, unchecked.

        Difficulties are those of the scenario's own grid and time: the equation is the same.
        """
        if is_finite_difference(self.solver):
            return finite_stepper(self, grid or self.grid, self.dt if dt is None else dt)
        return Stepper.build(
            self.equation,
            grid or self.grid,
            self.dt if dt is None else dt,
            order=self.order,
            substeps=self.substeps,
            dealias=self.dealias,
            conventions=Conventions(self.conventions),
            backend=backend,
        )

    def settings(self) -> dict[str, Any]:
        """Return every field that an override may set, parameters among them, as plain values."""
        fixed = {"key", "summary", "family", "build", "coordinates", "parameters", "allowed_dims"}
        fixed.add("by_dims")
        names = [f.name for f in dataclasses.fields(self) if f.name not in fixed]
        values = {name: getattr(self, name) for name in names} | dict(self.parameters)
        return {name: _plain(value) for name, value in values.items()}


def _each(value: Any, dims: int) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) * dims


def _plain(value: Any) -> Any:
    return [_plain(v) for v in value] if isinstance(value, (tuple, list)) else value
