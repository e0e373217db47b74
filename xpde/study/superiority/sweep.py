"""Superiority ratios over modes, steps and difficulties, as tables."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from xpde.errors import InvalidInput
from xpde.study.superiority.combination import Combination, Ratio, scheme_error

__all__ = [
    "COLUMNS",
    "default_modes",
    "default_steps",
    "measures_of",
    "over_difficulties",
    "over_modes",
    "over_steps",
    "scheme_errors",
    "undefined_lines",
]

COLUMNS = (
    "equation",
    "train",
    "baseline",
    "reference",
    "difficulty",
    "psi",
    "phi",
    "step",
    "measure",
    "emulator_error",
    "baseline_error",
    "ratio",
)
"""Columns of every table of ratios, a row for each number."""


def default_modes(count: int = 100) -> np.ndarray:
    """Return φ on a logarithmic scale from .003 to ½."""
    return np.geomspace(0.003, 0.5, count)


def default_steps(last: int = 100_000) -> np.ndarray:
    """Return T = 1, 2, ..., 200 and every 200th step from 201 on."""
    if last < 1:
        raise InvalidInput(f"steps: expected at least 1, got {last}")
    steps = np.concatenate([np.arange(1, 201), np.arange(201, last + 1, 200)])
    return steps[steps <= last]


def measures_of(equation: str) -> tuple[str, ...]:
    """Return the measures worth a look, those of the figures first."""
    if equation == "advection":
        return ("magnitude", "phase", "complex")
    return ("value",) if equation == "diffusion" else ("magnitude",)


def over_modes(
    combinations: Iterable[Combination],
    psi: Sequence[float],
    phi: np.ndarray,
    measures: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return ξ after one step for every combination, training mode, test mode and measure.

    Columns are :data:`COLUMNS`; ``emulator_error`` and ``baseline_error`` are numerator and
    denominator, and ``ratio`` is NaN where the latter vanishes.
    """
    return _table(
        _block(pair, mode, phi, 1, measure, pair.ratio(phi, mode, measure))
        for pair in combinations
        for mode in psi
        for measure in measures or measures_of(pair.equation)
    )


def over_steps(
    combinations: Iterable[Combination],
    psi: float,
    phi: float,
    steps: np.ndarray,
    measures: Sequence[str] = ("magnitude", "phase"),
) -> pd.DataFrame:
    """Return |ξ(T)| for every combination and measure; columns as of :func:`over_modes`.

    Errors of magnitude and of complex symbols are relative to the reference's amplitude at T.
    """
    return _table(
        _block(pair, psi, phi, steps, measure, pair.over_steps(steps, phi, psi, measure))
        for pair in combinations
        for measure in measures
    )


def over_difficulties(
    combination: Combination,
    psi: float,
    phi: np.ndarray,
    difficulties: np.ndarray,
    measures: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the map of ξ over test modes and difficulties; columns as of :func:`over_modes`."""
    if combination.equation == "poisson":
        raise InvalidInput("poisson: expected an equation with a difficulty; use --over phi")
    pairs = [replace(combination, difficulty=float(d)) for d in difficulties]
    return over_modes(pairs, (psi,), phi, measures)


def scheme_errors(
    schemes: Iterable[tuple[str, str, float, str]],
    phi: np.ndarray,
) -> pd.DataFrame:
    """Return relative errors of schemes given as (equation, scheme, difficulty, reference).

    Columns: equation, baseline, reference, difficulty, phi, measure, error.
    """
    parts = []
    for equation, scheme, difficulty, reference in schemes:
        for measure in measures_of(equation)[:2]:
            error = scheme_error(
                equation, scheme, phi, difficulty, reference=reference, measure=measure
            )
            parts.append(
                pd.DataFrame(
                    {
                        "equation": equation,
                        "baseline": scheme,
                        "reference": reference,
                        "difficulty": difficulty,
                        "phi": phi,
                        "measure": measure,
                        "error": error,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def undefined_lines(table: pd.DataFrame) -> list[str]:
    """Return a line for every curve that is not defined somewhere: where, and why."""
    lines = []
    keys = ["equation", "train", "baseline", "reference", "difficulty", "measure"]
    expected = (table["measure"] == "phase") & (table["phi"] == 0.5)  # a mode without phase
    for key, rows in table[~expected].groupby(keys, sort=False):
        missing = rows[rows["ratio"].isna()]
        if missing.empty:
            continue
        equation, train, baseline, reference, difficulty, measure = key
        axis = "step" if rows["step"].nunique() > 1 else "phi"
        where = f"{axis} {missing[axis].min():.4g} to {missing[axis].max():.4g}"
        lines.append(
            f"{equation} {train}-{baseline} against {reference}, difficulty {difficulty:g}: "
            f"{measure} is undefined at {len(missing)} of {len(rows)} points ({where}), where the "
            "baseline has no error"
        )
    return lines


def _block(
    pair: Combination,
    psi: float,
    phi: np.ndarray | float,
    steps: np.ndarray | int,
    measure: str,
    ratio: Ratio,
) -> tuple[Any, ...]:
    """Return the values of the columns for one combination and measure, numbers or vectors."""
    names = (pair.equation, pair.train, pair.baseline, pair.reference)
    errors = (ratio.emulator, ratio.baseline, ratio.value)
    return (*names, pair.difficulty, psi, phi, steps, measure, *errors)


def _table(blocks: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    """Stack blocks, column by column: a frame for each block would cost more than its numbers."""
    rows = list(blocks)
    lengths = [np.size(block[-1]) for block in rows]
    columns = {}
    for name, *values in zip(COLUMNS, *rows, strict=True):
        if all(np.ndim(value) == 0 for value in values):
            columns[name] = np.repeat(np.asarray(values), lengths)
        else:
            parts = zip(values, lengths, strict=True)
            columns[name] = np.concatenate([np.broadcast_to(v, (n,)) for v, n in parts])
    return pd.DataFrame(columns, columns=list(COLUMNS))
