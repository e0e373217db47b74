"""Trainings that differ in their seeds only, done together: every operation once for all."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from xpde.core import Backend, Tree, backend_of, stacked, unstacked
from xpde.errors import InvalidInput, NonFinite, XpdeError
from xpde.train.checkpoint import Checkpointing, diverged, save_checkpoints
from xpde.train.course import Course
from xpde.train.journal import Journal, resumed_members
from xpde.train.program import Batches
from xpde.train.trained import Trained
from xpde.train.trainer import Trainer

Array = Any
Outcome = Trained | Exception
"""What a training returns alone, or raises: exceptions carry ``.trained``, the last good state."""

__all__ = ["Outcome", "Together", "lanes"]

_OWN = ("seed", "callbacks", "checkpoint")
_OBJECTS = ("network", "objective", "optimizer")


@dataclass(frozen=True)
class Together:
    """Several trainers that differ in their seeds, callbacks and names only.

    Each gives what it gives alone, up to rounding: its own batches, noise and initial weights, its
    own best parameters and end. Parameters and optimizer states are stacked along an axis of
    seeds, and an update is mapped over it (:meth:`xpde.core.Backend.vmap`). It is meant for
    accelerators, which one small network leaves idle; a CPU is faster with one after the other.

    Attributes
    ----------
    trainers
        By name; one network, one objective and one optimizer, no checkpoints of their own.
    checkpoint
        One file for all, so that a kill finds all of them at one update.

    Raises
    ------
    InvalidInput
        If there is no trainer, or they differ in more.
    """

    trainers: Mapping[str, Trainer]
    checkpoint: Checkpointing | None = None

    def __post_init__(self) -> None:
        if not self.trainers:
            raise InvalidInput("together: expected one trainer or more, got none")
        first, *others = self.trainers.values()
        for field in fields(Trainer):
            mine = getattr(first, field.name)
            values = [getattr(other, field.name) for other in others]
            same = all(v is mine or (field.name not in _OBJECTS and v == mine) for v in values)
            if field.name not in _OWN and not same:
                raise InvalidInput(
                    f"together: expected trainers that differ in their seeds only, got different "
                    f"{field.name}; let one be made of the other with dataclasses.replace"
                )
        looks = [{callback.every for callback in t.callbacks} for t in self.trainers.values()]
        if any(found != looks[0] for found in looks):
            raise InvalidInput("together: expected callbacks that look equally often, got others")
        if any(t.refine is not None for t in self.trainers.values()):
            raise InvalidInput(
                "together: expected trainers without refine, since each seed has a level of its "
                "own, got one with it; train them one after another"
            )
        if any(t.checkpoint is not None for t in self.trainers.values()):
            raise InvalidInput("together: expected one checkpoint for all, got one of a trainer")

    def run(
        self,
        params: Mapping[str, Tree],
        data: Array,
        progress: Callable[[str, int, int, float], None] | None = None,
        states: Mapping[str, Outcome] | None = None,
    ) -> dict[str, Outcome]:
        """Train all from ``params``, or go on from ``states``; return what became of each.

        One whose loss becomes NaN or infinite ends with :class:`~xpde.errors.NonFinite`, one whose
        callback raises with that exception; its last good state is ``.trained``, and the others go
        on. Those that are behind catch up first.

        Parameters
        ----------
        params
            Initial parameters by name, host trees or on the device; unused where there is a state.
        data
            Trajectories (S, L, C, *N).
        progress
            Called as ``progress(name, done, total, loss)`` for each after its dispatch.
        states
            What an earlier run returned, or :meth:`saved` read: bits go on as if never stopped.

        Raises
        ------
        KeyboardInterrupt
            As it comes, after the checkpoint was written.
        XpdeError
            If a state does not fit, or the checkpoint cannot be written.
        """
        session = _Session(self, params, data, states or {})
        try:
            session.judge_all()
            while names := session.behind():
                told = session.advance(names)
                session.keep(last=not session.behind())
                for name, state in told.items():
                    if progress is not None:
                        progress(name, state.updates, self.trainers[name].updates, state.loss)
        except KeyboardInterrupt as error:
            session.rescue(error)
            raise
        return session.now

    def saved(self) -> dict[str, Outcome]:
        """Return the states in the checkpoint by name, to hand to :meth:`run`.

        Raises
        ------
        InvalidInput
            If the file cannot be read, or was written by trainers whose numbers differ.
        """
        if self.checkpoint is None or not self.checkpoint.exists():
            return {}
        settings = {name: trainer.settings for name, trainer in self.trainers.items()}
        return {**resumed_members(self.checkpoint.path, settings)}

    def save(self, states: Mapping[str, Outcome]) -> None:
        """Write states into the checkpoint, such as those of trainings that began otherwise.

        One that an exception of another kind than NonFinite has ended is written as unfinished.
        """
        if self.checkpoint is None:
            return
        members = {
            name: state if isinstance(state, Trained | NonFinite) else state.trained  # type: ignore[attr-defined]
            for name, state in states.items()
        }
        settings = {name: self.trainers[name].settings for name in states}
        about = {**self.checkpoint.about, "trainers": settings}
        save_checkpoints(self.checkpoint.path, members, about)


class _Session:
    """The trainings of one run: where each is, and their next updates."""

    def __init__(
        self,
        together: Together,
        params: Mapping[str, Tree],
        data: Array,
        states: Mapping[str, Outcome],
    ) -> None:
        self.together, self.verbs = together, backend_of(data)
        self.courses = {name: Course(t, data) for name, t in together.trainers.items()}
        self.now: dict[str, Outcome] = {}
        self.journals: dict[str, Journal] = {}
        for name, course in self.courses.items():
            state = states.get(name)
            if state is None:
                state = course.start(params[name])
            elif isinstance(state, Trained):
                state = course.continued(state)
            self.now[name] = state
            if isinstance(state, Trained):
                with self._guarded(name, state):
                    callbacks = together.trainers[name].callbacks
                    self.journals[name] = Journal(callbacks, None, {}, state)
        self._saved = time.perf_counter()

    @contextmanager
    def _guarded(self, name: str, good: Trained) -> Iterator[None]:
        """Let what is raised within end this one training, with its last good state."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the boundary between trainings
            error.trained = good  # type: ignore[attr-defined]
            self.now[name] = error

    def behind(self) -> list[str]:
        """Return those with the fewest updates of all that have not ended."""
        live = {
            n: s for n, s in self.now.items() if isinstance(s, Trained) and not self._last(n, s)
        }
        least = min((state.updates for state in live.values()), default=0)
        return [name for name, state in live.items() if state.updates == least]

    def _last(self, name: str, state: Trained) -> bool:
        return state.updates >= self.together.trainers[name].updates or bool(state.stopped)

    def judge_all(self) -> None:
        """Measure validation losses that are due before the first update."""
        states = {n: s for n, s in self.now.items() if isinstance(s, Trained)}
        self.now |= self._judged(states)

    def advance(self, names: Sequence[str]) -> dict[str, Trained]:
        """Do the updates of a dispatch; return the states that these led to."""
        began = time.perf_counter()
        before = {name: state for name in names if isinstance(state := self.now[name], Trained)}
        ended, then = self._updated(before)
        then = self._judged(then)
        share = (time.perf_counter() - began) / len(names)
        fresh: dict[str, Outcome] = dict(ended)
        told = {}
        for name, found in then.items():
            state = replace(found, seconds=found.seconds + share)
            with self._guarded(name, before[name]):
                total = self.together.trainers[name].updates
                self.journals[name].tell(state, total, self._last(name, state))
                told[name] = state
        self.now |= fresh | told  # an interrupt from here on finds all of them told of
        return told

    def _updated(
        self, before: Mapping[str, Trained]
    ) -> tuple[dict[str, NonFinite], dict[str, Trained]]:
        """Return those that diverge, and the states of the others.

        Those with the first bad loss are taken out and the rest is done again from where it was,
        so that no backend can carry a NaN from one to another.
        """
        chunks = {name: next(self.courses[name].chunks(now)) for name, now in before.items()}
        names, ended = list(before), dict[str, NonFinite]()
        while names:
            carries, losses = self._dispatched(names, before, chunks)
            bad = ~np.isfinite(losses)
            if not bad.any():
                break
            first = int(np.argmax(bad.any(axis=1)))
            for place in np.flatnonzero(bad[first]):
                name = names[place]
                ended[name] = self._diverged(name, before[name], losses[:, place])
            names = [name for name in names if name not in ended]
        then = {
            name: self.courses[name].recorded(before[name], *carries[i], losses[:, i])
            for i, name in enumerate(names)
        }
        return ended, then

    def _diverged(self, name: str, now: Trained, losses: np.ndarray) -> NonFinite:
        try:
            self.courses[name].recorded(now, None, None, losses)
        except NonFinite as error:
            return diverged(str(error), now)
        raise AssertionError("every loss is a number")

    def _dispatched(
        self,
        names: Sequence[str],
        before: Mapping[str, Trained],
        chunks: Mapping[str, tuple[int, np.ndarray]],
    ) -> tuple[list[tuple[Tree, Tree]], np.ndarray]:
        """Return (parameters, optimizer state) of each, and the losses (n, S)."""
        leader, stage = self.courses[names[0]], chunks[names[0]][0]
        filled = self._filled(names)
        carries = [(before[n].params, before[n].optimizer_state) for n in filled]
        parts = [self.courses[n].batches(before[n].updates, chunks[n][1]) for n in filled]
        if len(filled) == 1:
            params, state, losses = leader.dispatch(stage, carries[0], parts[0])
            return [(params, state)], losses[:, None]
        join, split = _compiled(self.verbs)
        *carry, losses = leader.dispatch(stage, join(carries), _joined(parts), seeds=True)
        return split(tuple(carry))[: len(names)], losses[:, : len(names)]

    def _filled(self, names: Sequence[str]) -> list[str]:
        """Return the names of all lanes: the first one again in those that are left over."""
        return [*names, *[names[0]] * (lanes(len(self.now), len(names)) - len(names))]

    def _judged(self, states: dict[str, Trained]) -> dict[str, Trained]:
        """Return the states with their validation losses, of those where it is due."""
        due = [name for name, state in states.items() if self.courses[name].due(state)]
        if not due:
            return states
        filled, leader = self._filled(due), self.courses[due[0]]
        if len(filled) == 1:
            values = leader.validation(states[due[0]].averaged)[None]
        else:
            join, _ = _compiled(self.verbs)
            values = leader.validation(join([states[n].averaged for n in filled]), seeds=True)
        found = {n: self.courses[n].judged(states[n], values[i]) for i, n in enumerate(due)}
        return states | found

    def keep(self, last: bool) -> None:
        """Write the checkpoint if it is time, or the ``last`` one."""
        checkpoint = self.together.checkpoint
        if checkpoint is None:
            return
        if last or time.perf_counter() - self._saved >= checkpoint.seconds:
            self.together.save(self.now)
            self._saved = time.perf_counter()

    def rescue(self, error: BaseException) -> None:
        """Write the last good states if they can be written."""
        try:
            self.keep(last=True)
        except XpdeError as second:
            error.add_note(str(second))


def lanes(total: int, live: int) -> int:
    """Return how many seeds a dispatch has room for: ``total``, halved while all ``live`` fit.

    When trainings end at different times, few shapes are compiled, and less than half is idle.
    """
    width = total
    while width > 1 and -(-width // 2) >= live:
        width = -(-width // 2)
    return width


def _joined(parts: Sequence[Batches]) -> Batches:
    """Return the batches of several seeds, which have one shape and the same constants."""
    rows = np.stack([part.rows for part in parts], axis=1)
    noises = [part.noise for part in parts if part.noise is not None]
    return Batches(rows, parts[0].constants, np.stack(noises, axis=1) if noises else None)


@lru_cache(maxsize=16)
def _compiled(verbs: Backend) -> tuple[Callable[..., Tree], Callable[..., list[Tree]]]:
    """Return what puts trees together and takes them apart: one program for all leaves."""
    return verbs.jit(stacked), verbs.jit(unstacked)
