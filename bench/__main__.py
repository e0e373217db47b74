"""Run the bench: ``python -m bench [--quick] [--only SUITE] [--device cuda] [--out FOLDER]``.

``python -m bench compare OLD NEW`` says what got slower between two runs.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Threads are the harness's business, not the library's; set before any framework is imported.
os.environ.setdefault("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0))))
os.environ.setdefault("JAX_PLATFORMS", "cpu" if "cuda" not in sys.argv else "cuda,cpu")

LONG = ("suite", "training", "evaluation", "throughput", "growth")
"""Suites that ``--quick`` leaves out."""


def suites() -> dict[str, Callable[[dict], list]]:
    """Name the suites; each takes the backends and returns rows."""
    from bench import (
        evaluation,
        growth,
        krylov,
        measures,
        refining,
        solvers,
        startup,
        steps,
        suite,
        superiority,
        tape,
        throughput,
        training,
    )

    return {
        "startup": startup.against_nothing,
        "floor": steps.against_floor,
        "peer": steps.against_peer,
        "measures": measures.against_peer,
        "training": training.against_peer,
        "evaluation": evaluation.against_peer,
        "tape": tape.overhead,
        "krylov": krylov.against_floor,
        "solvers": solvers.against_peers,
        "refining": refining.against_converged,
        "superiority": superiority.against_floor,
        "throughput": throughput.over_workers,
        "growth": growth.exponents,
        "suite": suite.against_everything,
    }


def placed(device: str) -> dict[str, Any]:
    """Return the backends that have the device, each on it; say which ones have not."""
    import xpde

    found = {}
    for name in ("numpy", "jax", "torch") if device == "cpu" else ("jax", "torch", "cupy"):
        try:
            found[name] = xpde.backend(name, device=device)
        except xpde.XpdeError as error:
            print(f"{name}: left out ({error})")
    return found


def arguments_of() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"suites: {', '.join(suites())}",
    )
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="folder of the tables")
    parser.add_argument("--only", action="append", choices=suites(), help="suite (repeatable)")
    parser.add_argument(
        "--quick", action="store_true", help=f"fewer rounds, without {', '.join(LONG)}"
    )
    parser.add_argument("--resume", action="store_true", help="keep cases of a run cut off")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    return parser.parse_args()


def main() -> None:
    """Time the suites; write the tables and the page after each, so that nothing is lost."""
    if sys.argv[1:2] == ["compare"]:
        from bench import compare

        raise SystemExit(compare.main(sys.argv[2:]))
    arguments = arguments_of()
    from bench import kept, table, timing

    kept.FOLDER, kept.RESUME = arguments.out / "rows", arguments.resume
    if arguments.quick:
        timing.ROUNDS = 5
    backends = placed(arguments.device)
    left = LONG if arguments.quick else ()
    chosen = arguments.only or [name for name in suites() if name not in left]
    rows: list[table.Row] = []
    for name in chosen:
        found = kept.kept(name, lambda name=name: suites()[name](backends))
        print(table.markdown(found), flush=True)
        rows += found
        table.write(rows, arguments.out)
    print(f"written to {arguments.out}: bench.md, bench.parquet, index.html")


if __name__ == "__main__":
    main()
