"""One solver of a pair: the teacher, the judge, or the judge refined."""

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from xpde.core import Backend
from xpde.core.backend import Array
from xpde.errors import InvalidInput, XpdeError, unknown_name
from xpde.space import Grid, resample
from xpde.study.checks import check_kind
from xpde.study.scenario import Scenario
from xpde.study.superiority.loaded import is_file_name, load, one_line

__all__ = ["SETTINGS", "Given", "Interpolation", "Side", "side_of"]

Given = str | Callable[..., Any]
"""A solver as the user gives it: words, ``FILE:NAME``, or a function."""

Interpolation = Literal["spectral"]

SETTINGS = ("points", "substeps", "order", "dealias", "conventions")
"""What may follow the word of a solver, as in ``etdrk,order=4,substeps=4``."""


@dataclass(frozen=True, eq=False)
class Side:
    """A solver as a map of host states (S, C, *N) of the scenario's grid.

    Attributes
    ----------
    role
        ``teacher``, ``judge`` or ``fine``, for the messages.
    name
        What the user calls it.
    step
        One dt ahead on states of ``grid`` on the backend; a :class:`~xpde.pde.Solver` or not.
    grid, home
        Where ``step`` works, and the scenario's grid. Where they differ, states are resampled
        before the first step of a rollout and for looking at them, not in between.
    backend
        Where it computes.
    finer
        The same solver made better, by what was done to it; empty where nothing is known.
    known
        Whether its name says all about it: words of a solver of the scenario.
    """

    role: str
    name: str
    step: Callable[[Array], Array]
    grid: Grid
    home: Grid
    backend: Backend
    finer: "dict[str, Callable[[], Side]]" = dataclasses.field(default_factory=dict, repr=False)
    known: bool = False

    def run(self, start: np.ndarray, steps: int) -> np.ndarray:
        """Return the trajectories (S, T+1, C, *N) from host states (S, C, *N), in float64.

        Frame 0 is ``start``. NaN and infinities are returned as they are.

        Raises
        ------
        InvalidInput
            If the user's function raises, or returns something else than states.
        """
        u = self._moved(self.backend.asarray(start), self.home, self.grid)
        with np.errstate(all="ignore"):
            states = self._marched(u, steps)
            states = self._moved(states, self.grid, self.home)
        host = np.array(self.backend.to_numpy(states), dtype=np.float64)
        return np.concatenate([np.asarray(start, np.float64)[:, None], host], axis=1)

    def after(self, states: np.ndarray) -> np.ndarray:
        """Return one step from every host state (S, T, C, *N), in the same shape."""
        flat = np.reshape(states, (-1, *states.shape[2:]))
        return np.reshape(self.run(flat, 1)[:, 1], states.shape)

    def _moved(self, u: Array, source: Grid, target: Grid) -> Array:
        return u if source == target else resample(u, source, target.points)

    def _marched(self, u: Array, steps: int) -> Array:
        solver: Any = self.step
        if hasattr(solver, "rollout") and hasattr(solver, "grid"):
            return self.backend.jit(lambda plan, v: plan.rollout(v, steps))(solver, u)
        frames = []
        for _ in range(steps):
            u = self._called(u)
            frames.append(u)
        return self.backend.xp.stack(frames, axis=1)

    def _called(self, u: Array) -> Array:
        """Call the user's function; whatever it does wrong is one line."""
        try:
            found = self.step(u)
            placed = self.backend.asarray(found, dtype=self.backend.dtype)
        except (XpdeError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise InvalidInput(
                f"{self.role} {self.name}: expected a state of shape {tuple(u.shape)}, got "
                f"{one_line(error)}"
            ) from error
        if tuple(placed.shape) != tuple(u.shape):
            raise InvalidInput(
                f"{self.role} {self.name}: expected states of shape {tuple(u.shape)} (samples, "
                f"channels, points), got {tuple(placed.shape)}"
            )
        return placed


def side_of(
    role: str,
    given: Given,
    problem: Scenario,
    backend: Backend,
    interpolation: Interpolation | None = None,
) -> Side:
    """Return a solver of the pair from what the user gives.

    Parameters
    ----------
    role
        For the messages.
    given
        Words of a solver of the scenario, followed by some of :data:`SETTINGS`:
        ``fd;0.5;1``, ``etdrk,order=4,substeps=4``, ``fd;0.5;20,points=64``. Or ``FILE:NAME``, or
        the function itself: of states (S, C, *N) of the backend one dt ahead, or of such states
        and a time, which can be refined. One on another grid has it as its attribute ``grid``.
    problem, backend
        The scenario, and where to compute.
    interpolation
        How states get to another grid and back: ``spectral`` is :func:`xpde.space.resample`.

    Raises
    ------
    InvalidInput
        If there is no such solver, or it is on another grid and no interpolation is given.
    """
    if isinstance(given, str) and not is_file_name(given):
        return _from_words(role, given, problem, backend, interpolation)
    name = given if isinstance(given, str) else getattr(given, "__name__", type(given).__name__)
    step = load(role, given) if isinstance(given, str) else given
    if not callable(step):
        raise InvalidInput(
            f"{role}: expected words, FILE:NAME or a function, got {type(step).__name__}"
        )
    return _from_function(role, name, step, problem, backend, interpolation)


def _from_words(
    role: str, text: str, problem: Scenario, bk: Backend, interpolation: Interpolation | None
) -> Side:
    word, *settings = (part.strip() for part in text.split(","))
    changes = _settings(role, settings, problem)
    grid = _grid(changes.pop("points", problem.points), problem)
    made = dataclasses.replace(problem, solver=word, **changes)
    _check_grid(role, text, grid, problem.grid, interpolation)

    def build(name: str, scenario: Scenario, grid: Grid) -> Side:
        # the coefficients are those of the problem's own grid and time, whatever the solver's
        plan = scenario.plan(bk, grid=grid)
        return Side(role, name, plan, grid, problem.grid, bk, known=True)

    twice = Grid(tuple(2 * n for n in grid.points), grid.extent)
    halved = dataclasses.replace(made, substeps=2 * made.substeps)
    finer = {
        "half the step": lambda: build(f"{text}, half the step", halved, grid),
        "twice the points": lambda: build(f"{text}, twice the points", made, twice),
    }
    return dataclasses.replace(build(text, made, grid), finer=finer)


def _settings(role: str, words: list[str], problem: Scenario) -> dict[str, Any]:
    """Read NAME=VALUE words of a solver."""
    defaults, found = problem.settings(), {}
    for word in words:
        name, equals, value = (part.strip() for part in word.partition("="))
        if not equals:
            raise InvalidInput(f"{role}: expected NAME=VALUE after the solver, got {word!r}")
        if name not in SETTINGS:
            raise unknown_name(f"setting of the {role}", name, SETTINGS)
        default = defaults[name][0] if isinstance(defaults[name], list) else defaults[name]
        found[name] = check_kind(role, name, _value(value), default)
    return found


def _value(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _from_function(
    role: str,
    name: str,
    step: Callable[..., Any],
    problem: Scenario,
    bk: Backend,
    interpolation: Interpolation | None,
) -> Side:
    own = getattr(step, "grid", None)
    points = getattr(own, "points", None)
    if points is not None and len(tuple(points)) != problem.dims:
        raise InvalidInput(
            f"{role} {name}: expected a grid of {problem.dims} axes, got {tuple(points)}"
        )
    grid = problem.grid if points is None else _grid(tuple(points), problem)
    _check_grid(role, name, grid, problem.grid, interpolation)
    if not _takes_time(role, name, step):
        return Side(role, name, step, grid, problem.grid, bk)
    dt = problem.dt

    def whole(u: Array) -> Array:
        return step(u, dt)

    def halves(u: Array) -> Array:
        return step(step(u, 0.5 * dt), 0.5 * dt)

    def finer() -> Side:
        return Side(role, f"{name}, half the step", halves, grid, problem.grid, bk)

    return Side(role, name, whole, grid, problem.grid, bk, {"half the step": finer})


def _takes_time(role: str, name: str, step: Callable[..., Any]) -> bool:
    """Tell whether a function takes a state and a time, or a state alone."""
    try:
        inspect.signature(step).bind(None)
    except ValueError:  # no signature: a compiled function
        return False
    except TypeError:
        try:
            inspect.signature(step).bind(None, None)
        except TypeError as error:
            raise InvalidInput(
                f"{role}: expected {name} to take a state, or a state and a time, got "
                f"{name}{inspect.signature(step)}"
            ) from error
        return True
    return False


def _grid(points: Any, problem: Scenario) -> Grid:
    each = points if isinstance(points, tuple) else (points,) * problem.dims
    return Grid(tuple(int(n) for n in each), problem.grid.extent)


def _check_grid(
    role: str, name: str, grid: Grid, home: Grid, interpolation: Interpolation | None
) -> None:
    if interpolation not in (None, "spectral"):
        raise unknown_name("interpolation", str(interpolation), ("spectral",))
    if grid.points != home.points and interpolation is None:
        raise InvalidInput(
            f"{role} {name}: expected the grid {home.points} of the scenario, got {grid.points} "
            "and no interpolation; give interpolation spectral, or a solver on this grid"
        )
