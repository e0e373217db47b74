"""Run the bench: ``python -m bench [--quick] [--only SUITE] [--device cuda] [--out FOLDER]``.

``python -m bench compare OLD NEW`` says what got slower between two runs.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

# Threads are the harness's business, not the library's; set before any framework is imported.
os.environ.setdefault("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0))))
os.environ.setdefault(
    "JAX_PLATFORMS", "cuda,cpu" if any("cuda" in word for word in sys.argv) else "cpu"
)

LONG = ("suite", "suite64", "training", "unrolled", "runs", "evaluation", "throughput", "growth")
"""Suites that ``--quick`` leaves out."""


SUITES = {
    "startup": "startup.against_nothing",
    "floor": "steps.against_floor",
    "peer": "steps.against_peer",
    "batches": "batches.against_jitted",
    "measures": "measures.against_peer",
    "training": "training.one_step",
    "unrolled": "training.unrolled",
    "runs": "runs.against_peer",
    "evaluation": "evaluation.against_peer",
    "tape": "tape.overhead",
    "krylov": "krylov.against_floor",
    "solvers": "solvers.against_peers",
    "refining": "refining.against_converged",
    "superiority": "superiority.against_floor",
    "throughput": "throughput.over_workers",
    "growth": "growth.exponents",
    "suite": "suite.against_everything",
    "suite64": "suite.in_double",
}
"""Functions of modules of this package; each takes the backends and returns rows."""


def suite(name: str) -> Callable[[dict], list]:
    """Import a suite, and no other: a process has what its own suite needs."""
    module, function = SUITES[name].split(".")
    return getattr(import_module(f"bench.{module}"), function)


def placed(device: str, dtype: str = "float32", only: Sequence[str] = ()) -> dict[str, Any]:
    """Return the backends that have the device, each on it; say which ones have not."""
    import xpde

    found = {}
    names = ("numpy", "jax", "torch") if device == "cpu" else ("jax", "torch", "cupy")
    for name in (n for n in names if not only or n in only):
        try:
            found[name] = xpde.backend(name, device=device, dtype=dtype)
        except xpde.XpdeError as error:
            print(f"{name}: left out ({error})")
    return found


def arguments_of() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"suites: {', '.join(SUITES)}",
    )
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="folder of the tables")
    parser.add_argument("--only", action="append", choices=SUITES, help="suite (repeatable)")
    parser.add_argument(
        "--quick", action="store_true", help=f"fewer rounds, without {', '.join(LONG)}"
    )
    parser.add_argument("--resume", action="store_true", help="keep cases of a run cut off")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--no-memory", action="store_true", help="times only")
    parser.add_argument("--child", choices=SUITES, help=argparse.SUPPRESS)
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def child(name: str, device: str, memory: bool) -> int:
    """Time one suite, or measure its memory, in this process; return the exit status."""
    from bench import apart, kept, timing
    from xpde.core.memory import keep_freed_memory

    if memory:
        timing.MEMORY, kept.SUFFIX = True, apart.SUFFIX
    else:
        keep_freed_memory()
    dtype = "float64" if name in apart.DOUBLE else "float32"
    return apart.attempt(
        name, lambda: suite(name)(placed(device, dtype, apart.ALONE.get(name, ())))
    )


def parent(arguments: argparse.Namespace) -> int:
    """Time the suites one after the other; write the tables and the page after each."""
    from bench import apart, table

    left = LONG if arguments.quick else ()
    chosen = arguments.only or [name for name in SUITES if name not in left]
    words = [sys.executable, "-m", "bench", "--out", str(arguments.out)]
    words += ["--device", arguments.device]
    words += ["--quick"] * arguments.quick + ["--resume"] * arguments.resume

    def start(process: str) -> int:
        name = process.removesuffix(apart.SUFFIX)
        own = ["--child", name] + ["--memory"] * (memory := name != process)
        return apart.run([*words, *own], apart.environment(name, memory))

    try:
        failed = apart.joined(
            chosen,
            start,
            lambda rows: table.write(rows, arguments.out, arguments.device),
            () if arguments.no_memory else apart.MEMORY,
        )
    except KeyboardInterrupt:
        print("\nstopped; --resume goes on from here", file=sys.stderr)
        return 130
    print(f"written to {arguments.out}: bench.md, bench.parquet, index.html")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def main() -> None:
    """Time the suites, or compare two runs; end with 1 if something failed or got slower."""
    if sys.argv[1:2] == ["compare"]:
        from bench import compare

        raise SystemExit(compare.main(sys.argv[2:]))
    arguments = arguments_of()
    from bench import kept, peak, timing

    kept.FOLDER, kept.RESUME = arguments.out / "rows", arguments.resume
    peak.DEVICE = arguments.device
    if arguments.quick:
        timing.ROUNDS = 5
    if arguments.child:
        raise SystemExit(child(arguments.child, arguments.device, arguments.memory))
    raise SystemExit(parent(arguments))


if __name__ == "__main__":
    main()
