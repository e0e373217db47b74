"""The command that writes data sets: ``data``."""

from pathlib import Path
from typing import Literal

from xpde.cli.frameworks import started
from xpde.cli.shared import complain, say, terminal
from xpde.errors import InvalidInput
from xpde.options import AS_IS, HERE, Machine, Problem

__all__ = ["data"]


def data(
    scenario: str,
    /,
    *,
    out: Path | None = None,
    split: Literal["train", "test"] = "test",
    samples: int | None = None,
    steps: int | None = None,
    seed: int | None = None,
    store: Literal["float32", "float64"] | None = None,
    memory: float = 512.0,
    machine: Machine = HERE,
    problem: Problem = AS_IS,
) -> int:
    """Write a data set of any size in the HDF5 layout of The Well, with an invariant report.

    The set is computed and written block by block into `FILE.part`, which becomes `FILE` when it
    is complete. After an interruption the same command goes on where it stopped.

    A sample that becomes non-finite keeps its states before that step and is NaN from there; the
    others go on, and the exit code is 1.

    For example:

    ```
    xpde data diff_ks --out ks.h5
    xpde data diff_burgers --split train --samples 100 --backend jax --out train.h5
    xpde data diff_burgers --dims 3 --points 64 --samples 8 --memory 2000 --out big.h5
    ```

    Parameters
    ----------
    scenario
        Key of a scenario; `xpde list` shows them.
    out
        The file; `out/SCENARIO/data/SPLIT/SCENARIO.h5` by default.
    split
        The training or the test set of the scenario: its size and seed.
    samples
        Number of trajectories; the split's own by default.
    steps
        Steps after the first state; the split's own by default.
    seed
        Seed of the initial states; the split's own by default.
    store
        Precision of the file; that of the computation by default.
    memory
        MiB that the computation may use for states.
    """
    from xpde.report.invariants import invariant_table
    from xpde.report.progress import reporting
    from xpde.study.data import blow_up
    from xpde.study.generate import generate

    more = {f"{split}_samples": samples, f"{split}_horizon": steps, f"{split}_seed": seed}
    found = problem.scenario(scenario, **more)
    bk = started(machine)
    file = out or Path("out") / scenario / "data" / split / f"{scenario}.h5"
    if file.is_dir():
        raise InvalidInput(f"--out: expected a file, got the folder {str(file)!r}")
    with reporting(terminal(stderr=True)) as progress:
        report = generate(
            found, bk, file, split=split, store=store, memory=memory, progress=progress
        )
    terminal().print(invariant_table(report))
    say(f"data set: {file}")
    if not report.stopped:
        return 0
    step, sample = report.stopped[0]
    others = f" ({len(report.stopped)} samples stopped)" if len(report.stopped) > 1 else ""
    kept = f"; everything before is in {file}{others}"
    return complain(blow_up(scenario, step, sample, kept), 1)
