"""A whole benchmark run over that of the reference: ``python -m bench.whole [--updates N]``.

Process by process, in turns: start, data, compilation, training of one UNet on 2D Burgers at 64²,
and its rollouts over 200 steps from 30 states. The reference (apebench 0.1.1) gets a virtual
environment of its own, see ``bench/reference_0_1.py``. With the default of 1 000 updates a round
takes a quarter of an hour on two cores; ``--updates`` makes the training shorter, the rest is as
it is, and the table says so.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")

NET = "UNet;12;2;relu"
OPTIM = "adam;{updates};warmup_cosine;0.0;1e-3;{warmup}"
REQUIREMENT = "apebench==0.1.1"
TARGETS = {"torch": 0.25, "jax": 0.5}
"""The most that a run may take, in runs of the reference."""

THEIRS = """
import sys
from apebench.scenarios.difficulty import Burgers
updates = int(sys.argv[1])
scenario = Burgers(
    num_spatial_dims=2, num_points=64,
    optim_config=f"adam;{updates};warmup_cosine;0.0;1e-3;{updates // 5}",
)
data, _ = scenario(task_config="predict", network_config=sys.argv[2], train_config="one")
print(data[[c for c in data if c.startswith("mean_nRMSE")]].to_string())
"""


def environment(folder: Path) -> Path:
    """Make the reference's environment where it is missing; return its interpreter."""
    python = folder.absolute() / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", REQUIREMENT], check=True)
    return python


def reference(python: Path, updates: int) -> float:
    """Run the reference and return the seconds."""
    return _timed([python, "-c", THEIRS, str(updates), NET])


def own(backend: str, updates: int) -> float:
    """Run ours by its command and return the seconds."""
    program = Path(sys.executable).with_name("xpde")
    optim = OPTIM.format(updates=updates, warmup=updates // 5)
    with tempfile.TemporaryDirectory() as folder:
        words = ["train", "diff_burgers", "--dims", "2", "--points", "64", "--net", NET]
        more = ["--optim", optim, "--backend", backend, "--out", folder]
        return _timed([program, *words, *more])


def _timed(words: list[str | Path]) -> float:
    start = time.perf_counter()
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"whole: expected a finished run, got:\n{done.stderr[-2000:]}")
    return time.perf_counter() - start


def main() -> None:
    """Take turns and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.whole",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--updates", type=int, default=1000, help="of each training")
    parser.add_argument("--rounds", type=int, default=1, help="runs of each; the median counts")
    parser.add_argument("--venv", type=Path, default=Path("out/reference-0.1"))
    parser.add_argument("--backend", action="append", help="repeatable; torch and jax by default")
    arguments = parser.parse_args()
    python, updates = environment(arguments.venv), arguments.updates
    backends = arguments.backend or ["torch", "jax"]
    found: dict[str, list[float]] = {name: [] for name in (*backends, "reference")}
    for _ in range(arguments.rounds):
        for name, times in found.items():
            took = reference(python, updates) if name == "reference" else own(name, updates)
            times.append(took)
            print(f"{name}: {took:.1f} s", flush=True)
    print(f"\n{NET}, 2D Burgers 64², {updates} updates, 30 rollouts of 200 steps\n")
    print("| | seconds | over the reference | target |\n|---|---|---|---|")
    for name, times in found.items():
        middle = sorted(times)[len(times) // 2]
        over = middle / sorted(found["reference"])[len(times) // 2]
        target = f"≤ {TARGETS[name]:g}" if name in TARGETS else ""
        print(f"| {name} | {middle:.1f} | {over:.2f} | {target} |")


if __name__ == "__main__":
    main()
