"""Run the bench: ``python -m bench [--quick] [--resume] [--out FOLDER] [--only SUITE]``."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

# Threads are the harness's business, not the library's; set before any framework is imported.
os.environ.setdefault("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0))))
os.environ.setdefault("JAX_PLATFORMS", "cpu")


def suites() -> dict[str, Callable[[dict], list]]:
    """Name the suites; each takes the backends and returns rows."""
    from bench import evaluation, krylov, steps, suite, tape, training

    return {
        "floor": steps.against_floor,
        "peer": steps.against_peer,
        "training": training.against_peer,
        "evaluation": evaluation.against_peer,
        "tape": tape.overhead,
        "krylov": krylov.against_floor,
        "suite": suite.against_everything,
    }


def main() -> None:
    """Time every suite and write the table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="folder of the tables")
    parser.add_argument("--only", action="append", help="suite to run (repeatable)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, without the 46")
    parser.add_argument("--resume", action="store_true", help="keep cases of a run cut off")
    arguments = parser.parse_args()

    import xpde
    from bench import kept, table, timing

    kept.FOLDER, kept.RESUME = arguments.out / "rows", arguments.resume
    if arguments.quick:
        timing.ROUNDS = 5
    backends = {}
    for name in ("numpy", "jax", "torch"):
        try:
            backends[name] = xpde.backend(name)
        except xpde.XpdeError as error:
            print(f"{name}: left out ({error})")
    rows = []
    chosen = [name for name in suites() if name != "suite" or not arguments.quick]
    for name, suite in suites().items():
        if name not in (arguments.only or chosen):
            continue
        found = suite(backends)
        print(table.markdown(found))
        rows += found
    table.write(rows, arguments.out)
    print(f"written to {arguments.out}")


if __name__ == "__main__":
    main()
