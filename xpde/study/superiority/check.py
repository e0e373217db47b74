"""A user's own pair, end to end: solvers, trainings, ratios, what the judge is worth, tables."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

import xpde
from xpde.core import Backend, backend, tree_map
from xpde.errors import InvalidInput, NonFinite, unknown_name
from xpde.study import words
from xpde.study.emulate import Reporter
from xpde.study.equipment import Equipment
from xpde.study.execute import execute
from xpde.study.lock import exclusive
from xpde.study.place import Place
from xpde.study.provenance import provenance
from xpde.study.runs import Run
from xpde.study.scenario import Scenario
from xpde.study.store import digest, read_fields, write_fields, write_json
from xpde.study.superiority.findings import Findings, Rollouts
from xpde.study.superiority.pair import METRICS, Pair, Trajectories
from xpde.study.superiority.side import Given, Interpolation, Side
from xpde.train import load_weights, rollout

__all__ = ["Check", "check"]


@dataclass(frozen=True)
class Check:
    """What is asked about a pair of solvers.

    Attributes
    ----------
    scenario, overrides
        Equation, grid, initial states and horizons; a solver among them is not looked at.
    teacher, judge, fine
        The solver that makes the training data, the one that is taken as the truth, and one that
        judges the judge; see :func:`xpde.study.superiority.side.side_of`. Without ``fine`` the
        judge is refined itself, if it is given by words or takes a time.
    interpolation
        How states get to the grid of a solver that has another one: ``spectral``.
    nets, seeds
        Networks, each trained with every seed.
    training, optimizer, updates
        As of an :class:`~xpde.study.Experiment`; a training must not need a solver.
    train_initial
        Initial states of the training, if others than those of the test.
    metric
        ``nRMSE`` or ``RMSE``.
    level, resamples
        Of the bootstrap, see :func:`ratio_of`.
    backend, dtype, device
        Where everything is computed.

    Raises
    ------
    InvalidInput
        As soon as it is made, if a name, a string or a number is wrong.
    """

    scenario: str
    teacher: Given
    judge: Given
    fine: Given | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    interpolation: Interpolation | None = None
    nets: tuple[str, ...] = ("Conv;34;10;relu",)
    seeds: tuple[int, ...] = (0,)
    training: str = "one"
    optimizer: str | None = None
    updates: int | None = None
    train_initial: str | None = None
    metric: str = "nRMSE"
    level: float = 0.95
    resamples: int = 1000
    backend: str = "numpy"
    dtype: str = "float64"
    device: str | None = None

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise unknown_name("metric of a ratio", self.metric, METRICS)
        for name, values in (("nets", self.nets), ("seeds", self.seeds)):
            if not values or len(set(values)) < len(values):
                raise InvalidInput(f"{name}: expected different ones, at least one, got {values}")
        if self.train_initial is not None:
            words.initial_condition(self.train_initial)
        if words.training(self.training).needs_solver:
            raise InvalidInput(
                f"train: expected a training on data alone, such as one or sup;T, got "
                f"{self.training!r}, which asks a solver"
            )
        _ = self.runs

    @property
    def problem(self) -> Scenario:
        """The scenario with its overrides."""
        return next(iter(self.runs.values()))[0].problem

    @property
    def runs(self) -> dict[str, list[Run]]:
        """The trainings of every network, one for each seed."""
        return {net: [self._run(net, seed) for seed in self.seeds] for net in self.nets}

    def _run(self, net: str, seed: int) -> Run:
        return Run(
            self.scenario,
            self.overrides,
            net,
            self.training,
            self.optimizer,
            self.updates,
            seed,
            self.dtype,
            self.device,
            backend=self.backend,
        )

    def pair(self, bk: Backend) -> Pair:
        """Return the two solvers on a backend."""
        more: dict[str, Any] = {"train_initial": self.train_initial, "metric": self.metric}
        return Pair.of(
            self.problem, bk, self.teacher, self.judge, self.fine, self.interpolation, **more
        )

    def plain(self, pair: Pair) -> dict[str, Any]:
        """Return the fields as plain values; solvers by their names."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        settings = self.problem.settings()
        values["overrides"] = {k: v for k, v in settings.items() if k not in _REPLACED}
        values |= {"teacher": pair.teacher.name, "judge": pair.judge.name}
        values["fine"] = None if pair.fine is None else pair.fine.name
        values |= {"nets": list(self.nets), "seeds": list(self.seeds), "xpde": xpde.__version__}
        values["optimizer"] = next(iter(self.runs.values()))[0].optimizer_text
        return values


def check(asked: Check, folder: Path, progress: Reporter) -> Findings:
    """Analyze a pair: train the networks on the teacher's data, and judge them by the judge.

    Everything is written into ``folder``. Rollouts of solvers and trainings that are there already
    are not computed again, and an interrupted training goes on from its checkpoint.

    Parameters
    ----------
    asked
        The pair and what to train.
    folder
        Where to write: ``solvers`` and ``nets``, tables, ``states.h5``, ``findings.json``.
    progress
        Called as ``progress(label, done, total, note)``.

    Raises
    ------
    InvalidInput
        If the teacher is finer than the judge, grids differ without an interpolation, a function of
        the user fails, or another process has the folder.
    NonFinite
        If a solver is unstable, or a training diverges.
    """
    bk = backend(asked.backend, device=asked.device, dtype=asked.dtype)
    pair = asked.pair(bk)
    with exclusive(folder / "lock") as mine:
        if not mine:
            raise InvalidInput(f"out: expected a free folder, got {folder}, in use now")
        runner = _Runner(folder / "solvers", asked.problem, bk, progress)
        found = pair.trajectories(runner)
        data = pair.training(runner)
        emulators = {}
        for net, runs in asked.runs.items():
            places = [_trained(run, folder, bk, data, found, progress) for run in runs]
            emulators[net] = _emulated(runs, places, bk, found)
        progress("ratios", 0, 1)
        with np.errstate(all="ignore"):  # rollouts may become infinite: that is a result
            findings = Findings.of(pair, found, _taught(pair, found), emulators, asked.plain(pair))
        findings.write(folder)
        seeds = {f"run {i}": seed for i, seed in enumerate(asked.seeds)}
        write_json(folder / "provenance.json", provenance(bk, seeds))
        progress("ratios", 1, 1)
    return findings


_REPLACED = ("coarse_proportion", "metrics", "optimizer", "solver")
"""Settings of the scenario in whose place are others of the check, or none."""

_UNSEEN = ("batch", "coarse_proportion", "metrics", "optimizer", "solver", "vlim")
"""Settings that no rollout of a solver depends on."""


class _Runner:
    """Rollouts of solvers, from the store where they are already there.

    Solvers of the scenario are known by their words, a function of the user by what it does in one
    step, bit by bit: one that was changed is another one.
    """

    def __init__(self, folder: Path, problem: Scenario, bk: Backend, progress: Reporter) -> None:
        self.folder, self.backend, self.progress = folder, bk, progress
        self.settings = {k: v for k, v in problem.settings().items() if k not in _UNSEEN}
        self.done = 0

    def __call__(self, side: Side, start: np.ndarray, steps: int) -> np.ndarray:
        self.done += 1
        self.progress("solvers", self.done, 0, side.name)
        path = self.folder / f"{digest(self._identity(side, start, steps))}.h5"
        if path.exists():
            return read_fields(path)[0]["states"]
        states = side.run(start, steps)
        write_fields(path, {"states": states}, {"solver": side.name, "role": side.role})
        return states

    def _identity(self, side: Side, start: np.ndarray, steps: int) -> dict[str, Any]:
        return {
            "solver": side.name,
            "step": None if side.known else _hash(side.run(start[:1], 1)),
            "settings": self.settings,
            "start": _hash(start),
            "steps": steps,
            "backend": self.backend.name,
            "dtype": self.backend.dtype,
            "device": self.backend.device,
            "xpde": xpde.__version__,
        }


def _hash(states: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(states).tobytes()).hexdigest()


class _Taught(Equipment):
    """What a training on the teacher's data has: these data, and the teacher's test set."""

    def __init__(self, run: Run, bk: Backend, data: np.ndarray, test: np.ndarray) -> None:
        super().__init__(run)
        self.__dict__["train"] = bk.asarray(data)
        self.__dict__["test"] = bk.asarray(test)


def _trained(
    run: Run,
    folder: Path,
    bk: Backend,
    data: np.ndarray,
    found: Trajectories,
    progress: Reporter,
) -> Place:
    """Train a network on the teacher's data, or what is left of it; return its folder."""
    identity = {"run": run.name, "data": _hash(data), "test": _hash(found.teacher)}
    place = Place(folder / "nets" / digest(identity))

    def report(label: str, done: int = 0, total: int = 0, note: str = "") -> None:
        progress(f"{run.network} seed {run.seed}", done, total, note or label)

    place.folder.mkdir(parents=True, exist_ok=True)
    tools = _Taught(run, bk, data, found.teacher)
    with np.errstate(over="ignore", invalid="ignore"):  # a blow-up ends as an error of its own
        ending = execute(run, place, report, equipment=tools)
    if ending.status != "done":
        raise NonFinite(f"{run.network} seed {run.seed}: {ending.reason or ending.status}")
    return place


def _emulated(runs: list[Run], places: list[Place], bk: Backend, found: Trajectories) -> Rollouts:
    """Roll the networks of all seeds out, and take one step from every state of the judge."""
    rolled, single = [], []
    judge = found.judge
    flat = bk.asarray(np.reshape(judge[:, :-1], (-1, *judge.shape[2:])))
    start, steps = bk.asarray(judge[:, 0]), judge.shape[1] - 1
    for run, place in zip(runs, places, strict=True):
        network = run.make_emulator(bk)
        params = tree_map(bk.asarray, load_weights(place / "weights.safetensors")[0])
        with np.errstate(all="ignore"):
            rolled.append(bk.to_numpy(rollout(network, params, start, steps)))
            once = bk.to_numpy(rollout(network, params, flat, 1))
        single.append(np.reshape(once, judge[:, 1:].shape))
    return Rollouts(np.asarray(rolled, np.float64), np.asarray(single, np.float64))


def _taught(pair: Pair, found: Trajectories) -> Rollouts:
    """Return the same of the teacher, as of one seed."""
    return Rollouts(found.teacher[None, :, 1:], pair.teacher.after(found.judge[:, :-1])[None])
