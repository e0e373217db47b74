"""The command that trains: ``train``."""

from pathlib import Path

from xpde.cli.frameworks import started
from xpde.cli.shared import output_folder, say, terminal
from xpde.options import AS_IS, DEFAULT, HERE, Emulator, Machine, Problem

__all__ = ["train"]


def train(
    scenario: str,
    /,
    *,
    out: Path | None = None,
    emulator: Emulator = DEFAULT,
    machine: Machine = HERE,
    problem: Problem = AS_IS,
) -> int:
    """Train one emulator on one backend and measure its rollout: weights, losses, metrics.

    For example:

    ```
    xpde train diff_adv --net "Conv;34;10;relu" --backend torch
    xpde train diff_burgers --net "FNO;12;18;4;gelu" --train "sup;5" --updates 2000
    ```

    Parameters
    ----------
    scenario
        Key of a scenario; `xpde list` shows them.
    out
        Folder for `weights.safetensors`, `losses.parquet`, `metrics.parquet` and `config.json`;
        `out/SCENARIO` by default.
    """
    from xpde.report.progress import reporting
    from xpde.study import train_to

    config = emulator.config(
        scenario, problem, [machine.backend], dtype=machine.dtype, device=machine.device
    )
    folder = output_folder(out, scenario)
    bk = started(machine)
    with reporting(terminal(stderr=True)) as progress:
        scores = train_to(config, bk, folder, progress)
    for name, values in scores.items():
        steps = sorted({1, 10, 100, len(values)} & set(range(1, len(values) + 1)))
        say(f"{name}: " + ", ".join(f"{values[t - 1]:.4g} at step {t}" for t in steps))
    say(f"weights: {folder / 'weights.safetensors'}")
    return 0
