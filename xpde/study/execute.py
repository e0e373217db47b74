"""One run in its folder: data, training, evaluation, tables, and ``done.json`` last."""

import re
import time
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from xpde.errors import InvalidInput, NonFinite
from xpde.study.batches import leave, saved
from xpde.study.emulate import Fit, Reporter, fit, score
from xpde.study.equipment import Equipment
from xpde.study.outcome import write_losses, write_scores
from xpde.study.place import Ending, Place
from xpde.study.provenance import provenance
from xpde.study.runs import Run
from xpde.study.store import write_json
from xpde.train import Callback, Trained, log_lines, save_weights
from xpde.train.checkpoint import Checkpointing, load_checkpoint
from xpde.train.together import Outcome

__all__ = ["Stopped", "checkpointing", "claim", "execute", "logs", "never", "renew"]

CHECKPOINT_SECONDS = 30.0
LOG_EVERY = 100
_LEFT_BEHIND = re.compile(r"\.(progress|\w+\.(json|parquet|safetensors|h5))\.\d+(\.part)?")


class Stopped(KeyboardInterrupt):
    """A run was asked to end; its checkpoint is on the disk."""


def never() -> bool:
    """Return False: do not stop."""
    return False


def execute(
    run: Run,
    place: Place,
    progress: Reporter,
    stop: Callable[[], bool] = never,
    equipment: Equipment | None = None,
    outcome: Outcome | None = None,
) -> Ending:
    """Do a run, or what is left of it, and write everything into its folder.

    A finished run is left alone. An unfinished training goes on from its checkpoint and gives the
    bits of one that never stopped. Rollouts may become infinite: that is a result. A training that
    does has ``diverged``: its losses are kept and nothing is evaluated.

    Parameters
    ----------
    run
        What to do.
    place
        The folder; the caller holds its lock.
    progress
        Called as ``progress(label, done, total, note)``.
    stop
        Asked at every dispatch and between the parts; True writes a checkpoint and ends.
    equipment
        What it shares with runs that differ in their seeds.
    outcome
        What became of its training together with others, see
        :func:`xpde.study.together.train_together`; None trains it here.

    Raises
    ------
    Stopped
        If ``stop`` said so.
    NonFinite
        If the reference solver blew up.
    InvalidInput
        If a file in the folder is damaged or of another configuration; it is left as it is.
    Exception
        The outcome, if it is one other than NonFinite.
    """
    found = place.ending()
    if found.final:
        return _finished(place, found)

    def report(label: str, done: int = 0, total: int = 0, note: str = "") -> None:
        progress(label, done, total, note)
        if stop():
            raise Stopped

    began = time.perf_counter()
    if outcome is None:
        claim(run, place)
        report("preparing")
    tools = equipment or Equipment(run)
    fitted = _trained(run, place, tools, report) if outcome is None else _settled(outcome)
    if isinstance(fitted, NonFinite):
        return _diverged(run, place, tools, fitted, began)
    report("evaluation")
    return _evaluated(run, place, tools, fitted, began)


def _trained(run: Run, place: Place, tools: Equipment, report: Reporter) -> Fit | NonFinite:
    """Train, or go on; return the exception of a training that diverges, with its state."""
    trainer = tools.trainer(
        run,
        callbacks=logs(place),
        checkpoint=checkpointing(place.checkpoint, {"run": run.name}),
    )
    state = saved({run.name: trainer}, {run.name: place}).get(run.name)
    report("reference data")
    data = tools.train
    try:
        if isinstance(state, Exception):
            raise state
        return fit(run, tools.backend, data, report, trainer, state)
    except NonFinite as error:
        return error


def _settled(outcome: Outcome) -> Fit | NonFinite:
    """Return the same of a training together with others; raise what else has ended it."""
    if isinstance(outcome, Trained):
        return Fit(outcome, 0.0, 0.0, outcome.updates / max(outcome.seconds, 1e-9))
    if isinstance(outcome, NonFinite):
        return outcome
    raise outcome


def logs(place: Place) -> tuple[Callback, ...]:
    """Return what is told of a training: lines in its log."""
    return (log_lines(place / "log.jsonl", LOG_EVERY),)


def checkpointing(path: Path, about: Mapping[str, Any]) -> Checkpointing:
    """Return how often the state of trainings is put at a path."""
    return Checkpointing(path, CHECKPOINT_SECONDS, about)


def _finished(place: Place, found: Ending) -> Ending:
    """Remove what a kill between the last file and the tidying up has left."""
    place.checkpoint.unlink(missing_ok=True)
    place.failed.unlink(missing_ok=True)
    leave(place)
    return found


def renew(run: Run, place: Place) -> None:
    """Let a folder that a finished run has be used by another one: its results are written over.

    An unfinished training is not, see :func:`execute`.
    """
    if place.done.exists() and place.config.exists() and Run.read(place.config).name != run.name:
        place.done.unlink()
        place.failed.unlink(missing_ok=True)
        for name in ("log.jsonl", "losses.parquet", "metrics.parquet", "weights.safetensors"):
            (place / name).unlink(missing_ok=True)


def claim(run: Run, place: Place) -> None:
    """Write the configuration of a run, and remove what killed processes have left half written.

    The caller holds the lock, so nobody else writes here.
    """
    if place.checkpoint.exists():
        owner = load_checkpoint(place.checkpoint)[1].get("run")
        if owner != run.name:
            raise InvalidInput(
                f"expected the checkpoint of run {run.name} at {place.checkpoint}, got that of "
                f"{owner}; finish that one, move it away, or choose another folder"
            )
    if place.folder.is_dir():
        for path in place.folder.iterdir():
            if _LEFT_BEHIND.fullmatch(path.name):
                path.unlink(missing_ok=True)
    run.write(place.config)


def _evaluated(run: Run, place: Place, tools: Equipment, fitted: Fit, began: float) -> Ending:
    """Judge the emulator and write what is known of it."""
    trained = fitted.trained
    scores = score(run, tools.backend, trained.emulator, tools.test, warm=False)
    about: dict[str, Any] = {"config": run.plain()}
    save_weights(place / "weights.safetensors", trained.emulator, about)
    write_losses(place, trained)
    write_scores(place, run, tools.backend, tools.test, scores)
    times = _times(fitted.seconds, fitted.updates_per_s, trained, began)
    times |= {"evaluate_s": scores.seconds}
    return _settle(run, place, tools, trained, times, Ending(run.name, "done", trained.stopped))


def _diverged(run: Run, place: Place, tools: Equipment, error: NonFinite, began: float) -> Ending:
    trained: Trained = error.trained  # type: ignore[attr-defined]
    write_losses(place, trained)
    rate = trained.updates / max(trained.seconds, 1e-9)
    times = _times(time.perf_counter() - began, rate, trained, began) | {"evaluate_s": None}
    return _settle(run, place, tools, trained, times, Ending(run.name, "diverged", str(error)))


def _times(seconds: float, rate: float, trained: Trained, began: float) -> dict[str, Any]:
    """Return the times, those of earlier sessions counted as far as checkpoints know them."""
    earlier = max(0.0, trained.seconds - seconds)
    return {
        "train_s": trained.seconds,
        "updates_per_s": rate,
        "total_s": time.perf_counter() - began + earlier,
    }


def _settle(
    run: Run,
    place: Place,
    tools: Equipment,
    trained: Trained,
    times: dict[str, Any],
    ending: Ending,
) -> Ending:
    """Write ``done.json``, which makes the run final, and tidy up."""
    problem, network = run.problem, run.make_network()
    seeds = {"run": run.seed, "train": problem.train_seed, "test": problem.test_seed}
    write_json(place / "provenance.json", provenance(tools.backend, seeds))
    field = network.receptive_field
    values = {
        "status": ending.status,
        "reason": ending.reason,
        "updates": trained.updates,
        "parameters": network.parameter_count(),
        "receptive_field": float(field) if isfinite(field) else None,
    }
    refined = trained.refinement
    if refined is not None:
        values |= {"refinement": refined.report(), "inner_iterations": refined.work}
    write_json(place.done, values | times)
    return _finished(place, ending)
