"""The command that compares backends: ``compare``."""

from pathlib import Path

from xpde.cli.frameworks import prepare
from xpde.cli.reporting import show_comparison
from xpde.cli.shared import output_folder, terminal
from xpde.options import AS_IS, DEFAULT, Emulator, Problem

__all__ = ["compare"]


def compare(
    scenario: str,
    /,
    *,
    backends: str = "numpy,jax,torch",
    dtype: str = "float64",
    device: str | None = None,
    out: Path | None = None,
    emulator: Emulator = DEFAULT,
    problem: Problem = AS_IS,
) -> int:
    """Run one benchmark on several backends and say how closely they agree and how fast each is.

    Every backend makes the reference data, trains the same emulator from the same initial
    weights and batches, and evaluates it. Differences are judged at five levels: adapter, one
    step, rollout, statistics, training. A backend that is missing or fails is a row with its
    reason, and the others go on.

    Exit code: 0 if everything that ran agrees, 1 if a backend failed, disagrees or is not
    comparable, 2 for bad input. A backend that is not installed does not count.

    For example:

    ```
    xpde compare diff_burgers --backends numpy,jax,torch --updates 300
    xpde compare diff_ks --points 96 --net "FNO;12;8;4;gelu" --dtype float32
    ```

    Parameters
    ----------
    scenario
        Key of a scenario; `xpde list` shows them.
    backends
        Names separated by commas; the reference is NumPy, or the first that runs.
    dtype
        `float32` or `float64`, on every backend.
    device
        Where to compute, in the framework's words; each framework's CPU by default.
    out
        Folder for the tables and `report.html`; `out/SCENARIO` by default.
    """
    names = tuple(name.strip() for name in backends.split(",") if name.strip())
    config = emulator.config(scenario, problem, names, dtype=dtype, device=device)
    folder = output_folder(out, scenario)
    prepare(names, dtype)
    from xpde.report.progress import reporting
    from xpde.study.compare import compare as run

    with reporting(terminal(stderr=True)) as progress:
        run(config, folder, progress)
    return show_comparison(folder)
