"""The trainings of runs that differ in their seeds, together; evaluation is each run's own."""

from collections.abc import Callable, Mapping
from pathlib import Path

from xpde.core import backend
from xpde.errors import XpdeError, unknown_name
from xpde.study.batches import batch_file, enter, saved
from xpde.study.emulate import Reporter
from xpde.study.equipment import Equipment
from xpde.study.execute import Stopped, checkpointing, claim, logs
from xpde.study.place import Place
from xpde.study.run import configure_process
from xpde.study.runs import Run
from xpde.train.together import Outcome, Together

__all__ = ["WORDS", "joins", "train_together"]

WORDS = ("auto", "yes", "no")
"""Whether seeds train together: where it is faster, always, never."""


def joins(run: Run, word: str) -> bool:
    """Whether the seeds of a configuration are to train together.

    ``auto`` is yes where the framework compiles for an accelerator, which one small network leaves
    idle. On a CPU convolutions with a batch of weights take longer than one after the other, and
    without compilation the default of :meth:`xpde.core.Backend.vmap` is a loop. With refinement
    it is always no: every seed has a level of its own.
    """
    if word not in WORDS:
        raise unknown_name("together", word, WORDS)
    if run.refine is not None:
        return False
    if word != "auto":
        return word == "yes"
    try:
        configure_process(run.backend, run.dtype)
        found = backend(run.backend, device=run.device, dtype=run.dtype)
    except XpdeError:  # the run itself will complain
        return False
    return found.capabilities.compiles and "cpu" not in found.device.lower()


def train_together(
    study: Path,
    runs: Mapping[str, Run],
    reporters: Mapping[str, Reporter],
    stop: Callable[[], bool],
    tools: Equipment,
) -> dict[str, Outcome]:
    """Do the trainings of runs, or what is left of them; return what became of each by name.

    Parameters
    ----------
    study
        The folder of the study; the caller holds the locks of all runs.
    runs
        Of one configuration, by name; none is final.
    reporters
        As the ``progress`` of :func:`xpde.study.execute.execute`, one for each.
    stop
        Asked at every dispatch and between the parts; True writes the checkpoint and ends.
    tools
        What the runs share.

    Raises
    ------
    Stopped
        If ``stop`` said so.
    Exception
        Whatever concerns all: each run may then be tried alone.
    """
    places = {name: Place.of(study, name) for name in runs}

    def report(label: str) -> None:
        for reporter in reporters.values():
            reporter(label)
        if stop():
            raise Stopped

    def progress(name: str, done: int, total: int, loss: float) -> None:
        reporters[name]("training", done, total, f"loss {loss:.3e}")
        if stop():
            raise Stopped

    for name, run in runs.items():
        claim(run, places[name])
    report("preparing")
    trainers = {n: tools.trainer(run, callbacks=logs(places[n])) for n, run in runs.items()}
    together = Together(trainers, checkpointing(batch_file(study, runs), {}))
    states = saved(trainers, places)
    enter(together, places, states)
    report("reference data")
    params = {name: run.initial_weights() for name, run in runs.items() if name not in states}
    return together.run(params, tools.train, progress, states)
