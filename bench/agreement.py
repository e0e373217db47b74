"""Write docs/agreement_exponax.md: ``python -m bench.agreement``.

Every stepper of exponax 0.2.0, D, N odd and even and order, in double precision, from the table
that the tests run (tests/reference/steppers.py). It takes some minutes.
"""

import argparse
import contextlib
import io
import sys
from collections.abc import Iterator
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import jax
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "reference"))
jax.config.update("jax_enable_x64", True)

from steppers import BOUND, PAIRS, PEER, STEPS, Pair, product  # noqa: E402

from xpde.conventions import EXACT  # noqa: E402

CONVENTIONS = (PEER, EXACT)
HEAD = """# Agreement with exponax {exponax}

Written by `python -m bench.agreement`; the same table runs as a test (`tests/reference`). Each
number is max|ours - theirs| / max|theirs| after {steps} steps in float64 (jax {jax}, numpy {numpy})
from a random state of all modes below the Nyquist mode. Numbers without a mark must be at most
{bound:g}: their coefficients are means over 16 points of a contour, good to 3e-13. There are
{count}; the largest is {worst:.1e}.

† marks where the two differ by intent (`docs/decisions.md`). Under `exact`: coefficients of complex
symbols (odd derivatives beside a nonlinear term, decision 8), odd derivatives of Nyquist modes,
which only unmasked products of even N reach (decision 9), a_0 of a generic family for D > 1
(decision 10) and Kolmogorov forcing (decision 12). "Translated" is that forcing in our units, -L/2π
times their injection scale: `exact` agrees, and `exponax-0.2`, where the scale means what theirs
does, does not.

A stepper that takes no order is exact in time and has one number. Grids of 49, 98, 103 and some
other N are left out: there the wavenumbers of exponax are not integers in float64.
"""


def main() -> None:
    """Run the product and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.agreement", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/agreement_exponax.md"))
    arguments = parser.parse_args()
    rows, held = [], []
    for (name, dims, n), cases in groupby(product(), lambda case: (case[0].name, *case[1:3])):
        pair_cases = list(cases)
        gaps = {conventions.name: [] for conventions in CONVENTIONS}
        for pair, _, _, order in pair_cases:
            for conventions, gap in differences(pair, dims, n, order):
                agreed = conventions in pair.conventions(dims)
                held += [gap] * agreed
                gaps[conventions.name].append(f"{gap:.1e}" + "†" * (not agreed))
        rows += [[name, str(dims), str(n), key, *padded(found)] for key, found in gaps.items()]
        head = HEAD.format(
            exponax=version("exponax"),
            jax=version("jax"),
            numpy=version("numpy"),
            steps=STEPS,
            bound=BOUND,
            count=len(held),
            worst=max(held),
        )
    columns = ["stepper", "D", "N", "conventions", "order 1", "order 2", "order 3", "order 4"]
    text = [head, "## Differences\n", *table(columns, rows), "\n## Options\n"]
    text += table(["stepper", "options, in 3D where they depend on D"], list(options()))
    arguments.out.write_text("\n".join(text) + "\n")
    if max(held) > BOUND:
        raise SystemExit(f"agreement: expected at most {BOUND:g}, got {max(held):.1e}")


def differences(pair: Pair, dims: int, n: int, order: int | None) -> Iterator[tuple[Any, float]]:
    """Yield both conventions with the relative difference."""
    with contextlib.redirect_stdout(io.StringIO()):  # one of their classes prints a warning
        expected = pair.expected(dims, n, order)
    for conventions in CONVENTIONS:
        found = pair.found(dims, n, order, conventions)
        yield conventions, float(np.max(np.abs(found - expected)) / np.max(np.abs(expected)))


def padded(numbers: list[str]) -> list[str]:
    """One number for all orders, or four."""
    return numbers if len(numbers) == 4 else [numbers[0], "", "", ""]


def options() -> Iterator[list[str]]:
    """Yield the name of every pair with the keyword arguments of the peer."""
    for pair in PAIRS:
        given = pair.options(pair.dims[-1]) if callable(pair.options) else pair.options
        values = {k: np.asarray(v).tolist() if hasattr(v, "shape") else v for k, v in given.items()}
        yield [pair.name, ", ".join(f"`{k}={_short(v)}`" for k, v in values.items())]


def _short(value: Any) -> str:
    """Write a value with at most six digits a number."""
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(_short, value))})"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def table(columns: list[str], rows: list[list[str]]) -> list[str]:
    """Return the lines of a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


if __name__ == "__main__":
    main()
