"""The commands about emulator superiority: ``superiority theory``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from xpde.cli.shared import complain, output_folder, say, terminal
from xpde.cli.superiority_check import check
from xpde.cli.superiority_run import run
from xpde.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from xpde.study.superiority import Combination

__all__ = ["superiority", "theory"]

superiority = App(name="superiority", help="When does an emulator beat the solver it learned from?")
# Further commands are added here, each from a file of its own.
superiority.command(check)
superiority.command(run)

LAST_STEP = 100_000
"""Of the ratio over steps, if nothing is said."""

Number = Annotated[str | None, Parameter(allow_leading_hyphen=True)]


@superiority.command
def theory(
    equation: str | None = None,
    /,
    *,
    train: str | None = None,
    baseline: str | None = None,
    reference: Annotated[str | None, Parameter(name=("--reference", "--test"))] = None,
    difficulty: Number = None,
    psi: str | None = None,
    phi: float | None = None,
    over: Literal["phi", "T", "map"] | None = None,
    steps: int | None = None,
    latex: bool = False,
    figure: int | None = None,
    out: Path | None = None,
) -> int:
    """Draw the superiority ratio of a linear emulator, from the Fourier symbols of schemes.

    The emulator has one or two weights, fitted to one step of the scheme `--train` at the relative
    mode psi = k/N, and is compared with the scheme `--baseline`; both errors are against
    `--reference`. Below 1 the emulator is superior. Writes `ratios.parquet` and `picture.png`
    (figures 2 and 9: `errors.parquet`).

    Schemes of advection (upwind) and diffusion are `explicit`, `implicit`, `analytic`; of poisson
    `fd2`, `jacobi-Q` (Q sweeps), `analytic`.

    For example:

    ```
    xpde superiority theory advection --train implicit --test analytic
    xpde superiority theory advection --train implicit --difficulty -0.3 --over T
    xpde superiority theory diffusion --train analytic --baseline implicit --over map
    xpde superiority theory poisson --train jacobi-10 --test fd2 --psi 0.01,0.1
    xpde superiority theory --figure 3
    ```

    Parameters
    ----------
    equation
        `advection`, `diffusion` or `poisson`; none with `--figure`.
    train
        Scheme that the emulator is trained on.
    baseline
        Scheme that it is compared with; the one it is trained on by default.
    reference
        Scheme that is taken as the truth, `analytic` by default.
    difficulty
        Numbers separated by commas: gamma_1 of advection (CFL number, negative moves to the
        right), gamma_2 of diffusion; those of the paper by default. With `--over map` two, the
        ends of the axis.
    psi
        Relative modes of the training, separated by commas; 0.003 by default.
    phi
        Relative mode of the test for `--over T`; that of the paper by default.
    over
        `phi`, the default, draws against the test mode, `T` against the number of steps, `map` over
        test mode and difficulty.
    steps
        Last step of `--over T`, 100000 by default.
    latex
        Print the formulas too, derived with SymPy; gamma below 0 for advection, q sweeps.
    figure
        Figure of the paper: 2, 3, 4, 7, 8, 9, 10, 11 or 12.
    out
        Folder; `out/superiority/EQUATION` or `out/superiority/figure-N` by default.
    """
    if figure is not None:
        _expect_none(
            "with --figure", equation=equation, train=train, baseline=baseline, reference=reference,
            difficulty=difficulty, psi=psi, phi=phi, over=over, steps=steps, latex=latex or None,
        )  # fmt: skip
        return _figure(figure, output_folder(out, f"superiority/figure-{figure}"))
    if equation is None or train is None:
        raise InvalidInput("expected EQUATION and --train SCHEME, or --figure N, got less")
    if over != "T":
        _expect_none("without --over T", phi=phi, steps=steps)
    over, modes = over or "phi", _numbers("psi", psi or "0.003")
    pairs = _combinations(
        equation, train, baseline or train, reference or "analytic", difficulty, over
    )
    table = _table(pairs, modes, over, phi, LAST_STEP if steps is None else steps)
    _warn(pairs, modes, table)
    folder = output_folder(out, f"superiority/{equation}")
    from xpde.report.superiority_theory import draw_map, draw_ratios, ratio_table

    if latex:
        _print_formulas(pairs[0])
    if over != "map":
        terminal().print(ratio_table(table))
    _write(folder, table, draw_map(table) if over == "map" else draw_ratios(table), "ratios")
    return 0


def _expect_none(where: str, **options: object) -> None:
    """Refuse the first option that would do nothing."""
    for name, value in options.items():
        if value is not None:
            raise InvalidInput(f"{name}: expected none {where}, got {value}")


def _combinations(
    equation: str, train: str, baseline: str, reference: str, difficulty: str | None, over: str
) -> "list[Combination]":
    """Return one for each difficulty; for a map those of its two ends."""
    from xpde.study.superiority import Combination
    from xpde.study.superiority.figures import DIFFICULTIES
    from xpde.study.superiority.schemes import check_scheme

    check_scheme(equation, train)
    if equation == "poisson":
        _expect_none("for poisson, where Q is in jacobi-Q", difficulty=difficulty)
    numbers = _numbers("difficulty", difficulty) if difficulty else DIFFICULTIES[equation]
    if over == "map" and equation != "poisson":
        numbers = _ends(numbers) if difficulty else (numbers[0], 60 * numbers[0])
    return [Combination(equation, train, baseline, reference, d) for d in numbers]


def _figure(number: int, folder: Path) -> int:
    """Draw a figure of the paper."""
    from xpde.report.superiority_theory import draw_errors, draw_ratios
    from xpde.study.superiority.figures import FIGURES, figure_table
    from xpde.study.superiority.sweep import undefined_lines

    table = figure_table(number)
    say(f"figure {number}: {FIGURES[number][0]}")
    if "ratio" not in table:
        _write(folder, table, draw_errors(table), "errors")
        return 0
    for line in undefined_lines(table):
        complain(f"warning: {line}")
    _write(folder, table, draw_ratios(table), "ratios")
    return 0


def _print_formulas(pair: "Combination") -> None:
    """Print every formula on a line, by name."""
    from xpde.study.superiority.symbolic import latex

    schemes = (pair.train, pair.baseline, pair.reference)
    train, baseline, reference = (s.split("-", maxsplit=1)[0] for s in schemes)
    for name, formula in latex(pair.equation, train, baseline, reference).items():
        say(f"{name}: {formula}")


def _table(
    pairs: "list[Combination]", psi: tuple[float, ...], over: str, phi: float | None, steps: int
) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    from xpde.study.superiority import sweep
    from xpde.study.superiority.figures import TEST_MODE

    if over == "phi":
        return sweep.over_modes(pairs, psi, sweep.default_modes())
    if over == "map":
        if len(psi) != 1:
            raise InvalidInput(f"psi: expected one mode with --over map, got {len(psi)}")
        first, last = pairs[0].difficulty, pairs[-1].difficulty
        line = np.linspace(first, last, 60)
        return sweep.over_difficulties(pairs[0], psi[0], sweep.default_modes(60), line)
    if pairs[0].equation == "poisson":
        raise InvalidInput("over: expected phi for poisson, which has no steps, got T")
    if steps < 2:
        raise InvalidInput(f"steps: expected at least 2 with --over T, got {steps}")
    turns, test = sweep.default_steps(steps), TEST_MODE if phi is None else phi
    measures = ("magnitude", "phase") if pairs[0].equation == "advection" else ("complex",)
    parts = [sweep.over_steps(pairs, mode, test, turns, measures) for mode in psi]
    return pd.concat(parts, ignore_index=True)


def _warn(pairs: "list[Combination]", psi: tuple[float, ...], table: "pd.DataFrame") -> None:
    """Print what grows and what is undefined, each as one line, once."""
    import numpy as np

    from xpde.study.superiority.sweep import undefined_lines

    phi = np.unique(table["phi"].to_numpy())
    grown = [line for pair in pairs for mode in psi for line in pair.unstable(mode, phi)]
    for line in dict.fromkeys([*grown, *undefined_lines(table)]):
        complain(f"warning: {line}")


def _write(folder: Path, table: "pd.DataFrame", drawn: "Figure", name: str) -> None:
    from xpde.report.theme import save_png
    from xpde.study.store import write_table

    write_table(folder / f"{name}.parquet", table)
    save_png(drawn, folder / "picture.png")
    say(f"numbers: {folder / name}.parquet")
    say(f"picture: {folder / 'picture.png'}")


def _ends(numbers: tuple[float, ...]) -> tuple[float, ...]:
    if len(numbers) != 2 or numbers[0] * numbers[1] <= 0 or numbers[0] == numbers[1]:
        raise InvalidInput(
            "difficulty: expected two different numbers of one sign with --over map, got "
            f"{', '.join(f'{x:g}' for x in numbers)}"
        )
    return numbers


def _numbers(name: str, words: str) -> tuple[float, ...]:
    try:
        found = tuple(float(word) for word in words.split(","))
    except ValueError as error:
        raise InvalidInput(
            f"{name}: expected numbers separated by commas, got {words!r}"
        ) from error
    return found
