"""The command line: words to dataclasses. The only file that reads what a person types.

Exit codes: 0 fine, 1 a comparison found a disagreement or a failure, 2 bad input (one line on
stderr, nothing written), 130 interrupted.
"""

import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App, CycloptsError

import xpde
from xpde.errors import InvalidInput, XpdeError, unknown_name
from xpde.options import Emulator, Problem

if TYPE_CHECKING:
    from rich.console import Console

    from xpde.core import Backend

__all__ = ["app", "main"]

# Everything heavy is imported inside the commands, so that help and error messages are immediate.

app = App(
    name="xpde",
    help="PDE solvers and neural emulators, written once for every array library.",
    version=f"xpde {xpde.__version__}",
    help_format="markdown",
    result_action="return_value",
    suppress_keyboard_interrupt=False,
    help_epilogue="`xpde COMMAND --help` shows the options of a command with examples. "
    "Exit codes: 0 fine, 1 disagreement or failure in a comparison, 2 bad input, 130 interrupted.",
)


_AS_IS = Problem()
_DEFAULT = Emulator()


@app.command
def backends() -> int:
    """List the backends: installed or not, version, devices, gradients, compilation.

    For example:

    ```
    xpde backends
    ```
    """
    from rich import box
    from rich.table import Table

    from xpde.core import backend, backend_names

    table = Table("backend", "version", "devices", "gradients", "compiles", box=box.SIMPLE_HEAD)
    missing = []
    for name in backend_names():
        try:
            able = backend(name).capabilities
        except XpdeError as error:
            missing.append(str(error))
            table.add_row(name, "[dim]not available[/dim]", "", "", "")
            continue
        compiles = "yes" if able.compiles else "no"
        table.add_row(name, able.version, ", ".join(able.devices), able.gradients, compiles)
    console = _console()
    console.print(table)
    for line in missing:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


@app.command(name="list")
def list_(what: str = "all", /) -> int:
    """List scenarios with their equations, networks and metrics; or describe one scenario.

    For example:

    ```
    xpde list
    xpde list networks
    xpde list diff_ks
    ```

    Parameters
    ----------
    what
        `scenarios`, `networks`, `metrics`, `all`, or the key of a scenario.
    """
    from xpde.report.catalogue import metrics_table, networks_table, scenarios_table
    from xpde.study.catalogue import SCENARIOS

    console = _console()
    if what in SCENARIOS:
        console.print(SCENARIOS[what].describe(), highlight=False, markup=False)
        return 0
    tables = {"scenarios": scenarios_table, "networks": networks_table, "metrics": metrics_table}
    if what != "all" and what not in tables:
        raise unknown_name("list", what, [*tables, "all", *SCENARIOS])
    for table in tables.values() if what == "all" else [tables[what]]:
        console.print(table())
    return 0


@app.command
def simulate(
    scenario: str,
    /,
    *,
    backend: str = "numpy",
    out: Path | None = None,
    samples: int = 1,
    steps: int | None = None,
    seed: int | None = None,
    dtype: str = "float32",
    device: str | None = None,
    problem: Problem = _AS_IS,
) -> int:
    """Simulate a scenario: write a trajectory file and a picture.

    For example:

    ```
    xpde simulate diff_ks --backend jax --out out/ks
    xpde simulate phy_kolm_flow --points 64 --steps 50 --dtype float64
    ```

    Parameters
    ----------
    scenario
        Key of a scenario; `xpde list` shows them.
    backend
        Framework to compute with; `xpde backends` shows them.
    out
        Folder for `trajectory.h5` and `trajectory.png`; `out/SCENARIO` by default.
    samples
        Number of trajectories, each from its own random initial state.
    steps
        Steps of each trajectory; the scenario's test horizon by default.
    seed
        Seed of the initial states.
    dtype
        `float32` or `float64`.
    device
        Where to compute, in the framework's words: `cpu`, `cuda`, `cuda:1`.
    """
    from xpde.report.pictures import trajectory
    from xpde.report.theme import save_png
    from xpde.study.data import reference_data
    from xpde.study.store import write_fields

    more = {"test_samples": samples, "test_horizon": steps, "test_seed": seed}
    found = problem.scenario(scenario, **more)
    bk = _backend(backend, device, dtype)
    folder = _folder(out, scenario)
    states = bk.to_numpy(reference_data(found, bk, "test"))
    extent = found.grid.extent
    about: dict[str, Any] = {
        "scenario": scenario,
        "equation": found.equation.formula,
        "backend": bk.name,
    }
    about |= {"extent": extent, "dt": found.dt, "seed": found.test_seed, "vlim": found.vlim}
    write_fields(folder / "trajectory.h5", {"trajectory": states}, about)
    save_png(trajectory(states[0], extent, found.dt), folder / "trajectory.png")
    _say(f"trajectories {states.shape}: {folder / 'trajectory.h5'}")
    _say(f"picture: {folder / 'trajectory.png'}")
    return 0


@app.command
def train(
    scenario: str,
    /,
    *,
    backend: str = "numpy",
    dtype: str = "float32",
    device: str | None = None,
    out: Path | None = None,
    emulator: Emulator = _DEFAULT,
    problem: Problem = _AS_IS,
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
    backend
        Framework to compute with; `xpde backends` shows them.
    dtype
        `float32` or `float64`.
    device
        Where to compute, in the framework's words: `cpu`, `cuda`, `cuda:1`.
    out
        Folder for `weights.safetensors`, `losses.parquet`, `metrics.parquet` and `config.json`;
        `out/SCENARIO` by default.
    """
    from xpde.report.progress import reporting
    from xpde.study import train_to

    config = emulator.config(scenario, problem, [backend], dtype=dtype, device=device)
    folder = _folder(out, scenario)
    bk = _backend(backend, device, dtype)
    with reporting(_console(stderr=True)) as progress:
        scores = train_to(config, bk, folder, progress)
    for name, values in scores.items():
        steps = sorted({1, 10, 100, len(values)} & set(range(1, len(values) + 1)))
        _say(f"{name}: " + ", ".join(f"{values[t - 1]:.4g} at step {t}" for t in steps))
    _say(f"weights: {folder / 'weights.safetensors'}")
    return 0


@app.command
def compare(
    scenario: str,
    /,
    *,
    backends: str = "numpy,jax,torch",
    dtype: str = "float64",
    device: str | None = None,
    out: Path | None = None,
    emulator: Emulator = _DEFAULT,
    problem: Problem = _AS_IS,
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
    folder = _folder(out, scenario)
    _prepare(names, dtype)
    from xpde.report.progress import reporting
    from xpde.study.compare import compare as run

    with reporting(_console(stderr=True)) as progress:
        run(config, folder, progress)
    return _show(folder)


@app.command
def report(folder: Path, /, *, out: Path | None = None, pictures: Path | None = None) -> int:
    """Print the tables of a comparison again and redraw its page from the stored numbers.

    For example:

    ```
    xpde report out/diff_burgers
    xpde report out/diff_burgers --out page.html --pictures pictures
    ```

    Parameters
    ----------
    folder
        Folder that `xpde compare` wrote.
    out
        Where to write the page; `report.html` inside the folder by default.
    pictures
        Folder for every figure as a PNG file; none by default.
    """
    if pictures is not None:
        from xpde.report import Record, write_pictures

        for path in write_pictures(Record.read(folder), pictures):
            _say(f"picture: {path}")
    return _show(folder, out)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; bad input is one line on stderr."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ✓ or ν shows ? instead
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # overflow ends as an error of its own
            code = app(words, exit_on_error=False, print_error=False)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (CycloptsError, XpdeError, OSError) as error:
        return _complain(error)
    except KeyboardInterrupt:
        print("xpde: interrupted; run the same command again", file=sys.stderr)
        return 130
    return code if isinstance(code, int) else 0


def _complain(error: Exception) -> int:
    """Print an error as one line."""
    print(f"xpde: {' '.join(str(error).split())}", file=sys.stderr)
    return 2


def _show(folder: Path, page: Path | None = None) -> int:
    """Write the page, print the tables, say where the page is; 1 if anything is wrong."""
    from xpde.report import Record, print_comparison, verdict, write_page

    record = Record.read(folder)
    written = write_page(folder, page)
    console = _console()
    print_comparison(record, console)
    _say(f"page: {written}")
    return 0 if verdict(record).good else 1


def _say(text: str) -> None:
    _console().print(text, highlight=False, markup=False, soft_wrap=True)


def _folder(out: Path | None, scenario: str) -> Path:
    """Choose where to write, and refuse a place that is a file before anything is computed."""
    folder = out or Path("out") / scenario
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"--out: expected a folder, got the file {str(folder)!r}")
    return folder


def _backend(name: str, device: str | None, dtype: str) -> "Backend":
    from xpde.core import backend

    _prepare([name], dtype)
    return backend(name, device=device, dtype=dtype)


def _console(stderr: bool = False) -> "Console":
    from rich.console import Console

    console = Console(stderr=stderr)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 100
    return console


def _prepare(names: Sequence[str], dtype: str) -> None:
    """Set what must be set before a framework starts: 64-bit mode of JAX, memory shared on GPUs."""
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    if "jax" not in names or dtype != "float64":
        return
    try:
        import jax
    except ImportError:
        return  # a missing backend is a row of the table, or an error of its own
    jax.config.update("jax_enable_x64", True)
