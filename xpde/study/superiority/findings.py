"""What an analysis of a pair found: ratios, errors and their parts, tables, sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from xpde.space import spectrum
from xpde.study.store import write_fields, write_json, write_table
from xpde.study.superiority.diagnosis import Parts, modes_of, parts_of
from xpde.study.superiority.pair import Fineness, Pair, Trajectories
from xpde.study.superiority.ratio import Ratio, Split, ratio_of, split
from xpde.study.superiority.verdict import verdict

__all__ = ["Findings", "Judged", "Rollouts"]

FRAMES = 101
"""Of the stored trajectories, at most."""


class Rollouts(NamedTuple):
    """Host rollouts (R, S, T, C, *N) of R seeds, and one step from every state of the judge."""

    states: np.ndarray
    single: np.ndarray


@dataclass(frozen=True, eq=False)
class Judged:
    """A network, or the teacher, beside the judge.

    Attributes
    ----------
    errors
        (R, S, T).
    ratio
        To the teacher's error; of the teacher itself 1.
    bounds
        Between which the ratio against the truth lies, by :class:`Fineness`; (T,) each.
    split
        Of the mean square error, made in a step and carried; seeds are samples here.
    parts
        Of the mean square error: magnitude, phase, noise; (R S, T) each.
    imitation
        Mean error of the first step against the teacher over the teacher's error.
    """

    errors: np.ndarray
    ratio: Ratio
    bounds: tuple[np.ndarray, np.ndarray]
    split: Split
    parts: Parts
    imitation: float


@dataclass(frozen=True, eq=False)
class Findings:
    """The whole analysis.

    Attributes
    ----------
    about
        The question, as plain values.
    fineness
        What the judge is worth.
    teacher
        The teacher beside the judge.
    nets
        The networks by name.
    tables
        By name: ``ratios``, ``errors``, ``parts``, ``modes``, ``spectra``, ``judge``.
    states
        A sample of everyone: ``judge``, ``teacher``, and the networks, (T+1, C, *N).
    """

    about: dict[str, Any]
    fineness: Fineness
    teacher: Judged
    nets: dict[str, Judged]
    tables: dict[str, pd.DataFrame]
    states: dict[str, np.ndarray]

    @classmethod
    def of(
        cls,
        pair: Pair,
        found: Trajectories,
        teacher: Rollouts,
        emulators: Mapping[str, Rollouts],
        about: dict[str, Any],
    ) -> "Findings":
        """Judge everyone by the judge.

        Parameters
        ----------
        pair, found
            The solvers and their trajectories.
        teacher, emulators
            Rollouts.
        about
            The question; ``resamples``, ``level`` and ``dtype`` are read.
        """
        reference = found.judge[:, 1:]
        baseline = pair.error(teacher.states[0], reference)
        floor = _floor(pair, reference, about["dtype"])
        errors = {net: pair.error(r.states, reference[None]) for net, r in emulators.items()}
        how = {"resamples": about["resamples"], "level": about["level"], "floor": floor}
        ratios = {net: ratio_of(e, baseline, **how) for net, e in errors.items()}
        own = ratio_of(baseline, baseline, **how)
        least = np.min([r.numerator for r in ratios.values()], axis=0)
        fineness = pair.fineness(found, least, own.denominator)

        def judged(rolled: Rollouts, errors: np.ndarray, ratio: Ratio) -> Judged:
            first = pair.error(rolled.states[:, :, :1], teacher.states[:, :, :1])
            start = float(own.denominator[0])
            return Judged(
                errors,
                ratio,
                fineness.bounds(ratio.numerator, ratio.denominator),
                split(*(_joined(v, rolled.states) for v in (*rolled, reference[None]))),
                parts_of(
                    _joined(rolled.states, rolled.states),
                    _joined(reference[None], rolled.states),
                    pair.problem.dims,
                ),
                float(np.mean(first)) / start if start > floor else float("nan"),
            )

        nets = {net: judged(r, errors[net], ratios[net]) for net, r in emulators.items()}
        taught = judged(teacher, baseline[None], own)
        everyone = {"teacher": teacher, **emulators}
        tables = {
            "ratios": pd.concat([_ratio_rows(n, j) for n, j in nets.items()], ignore_index=True),
            "errors": _error_rows(about, taught, nets),
            "parts": pd.concat(_part_rows({"teacher": taught, **nets}), ignore_index=True),
            "modes": pd.concat(_mode_rows(pair, reference, everyone), ignore_index=True),
            "spectra": pd.concat(_spectrum_rows(pair, found, everyone), ignore_index=True),
            "judge": _judge_rows(fineness),
        }
        return cls(about, fineness, taught, nets, tables, _states(found, everyone))

    def write(self, folder: Path) -> None:
        """Write tables, ``states.h5`` and ``findings.json`` into a folder, each atomically."""
        for name, table in self.tables.items():
            write_table(folder / f"{name}.parquet", table)
        settings = self.about["overrides"]
        about = {name: settings[name] for name in ("dt", "extent", "vlim", "dims")}
        with np.errstate(over="ignore", invalid="ignore"):
            single = {name: v.astype(np.float32) for name, v in self.states.items()}
        states = {name.replace("/", "|"): v for name, v in single.items()}
        write_fields(folder / "states.h5", states, about)
        found = verdict(self)
        said = {"headline": found.headline, "sentences": list(found.sentences)}
        write_json(folder / "findings.json", {"about": self.about, "good": found.good, **said})


def _floor(pair: Pair, reference: np.ndarray, dtype: str) -> float:
    """Return what rounding of T steps may make of an error: 10 ε √T, in its unit."""
    size = 10 * float(np.finfo(dtype).eps) * float(np.sqrt(reference.shape[1]))
    if pair.metric == "nRMSE":
        return size
    return size * float(np.sqrt(np.mean(reference**2)))


def _joined(values: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return (R, S, T, ...) as (R S, T, ...), one seed repeated for those of ``other``."""
    values = np.broadcast_to(values, (other.shape[0], *values.shape[1:]))
    return np.reshape(values, (-1, *values.shape[2:]))


def _ratio_rows(net: str, judged: Judged) -> pd.DataFrame:
    ratio = judged.ratio
    low, high = judged.bounds
    return pd.DataFrame(
        {
            "net": net,
            "step": np.arange(1, ratio.steps + 1),
            "emulator": ratio.numerator,
            "teacher": ratio.denominator,
            "ratio": ratio.value,
            "low": ratio.low,
            "high": ratio.high,
            "truth_low": low,
            "truth_high": high,
        }
    )


def _error_rows(about: dict[str, Any], teacher: Judged, nets: dict[str, Judged]) -> pd.DataFrame:
    """Return of, seed, sample, step, value; the teacher has the seed -1."""
    parts = []
    for of, judged in {"teacher": teacher, **nets}.items():
        seeds = [-1] if of == "teacher" else about["seeds"]
        runs, samples, steps = np.indices(judged.errors.shape).reshape(3, -1)
        parts.append(
            pd.DataFrame(
                {
                    "of": of,
                    "seed": np.asarray(seeds)[runs],
                    "sample": samples,
                    "step": steps + 1,
                    "value": judged.errors.ravel(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _part_rows(everyone: dict[str, Judged]) -> Iterator[pd.DataFrame]:
    """Yield of, part, step, value: mean squares, in Fourier space and by their origin."""
    for of, judged in everyone.items():
        named = judged.parts.mean()
        named |= {name: np.mean(v, axis=0) for name, v in judged.split._asdict().items()}
        for part, values in named.items():
            steps = np.arange(1, len(values) + 1)
            yield pd.DataFrame({"of": of, "part": part, "step": steps, "value": values})


def _mode_rows(
    pair: Pair, reference: np.ndarray, everyone: Mapping[str, Rollouts]
) -> Iterator[pd.DataFrame]:
    """Yield of, step, wavenumber, amplitude, phase, share; the mean over seeds."""
    for of, rolled in everyone.items():
        found = [modes_of(states, reference, pair.problem.grid) for states in rolled.states]
        means = [np.mean([getattr(m, name) for m in found], axis=0) for name in found[0]._fields]
        step, wavenumber = np.indices(means[0].shape).reshape(2, -1)
        values = {name: v.ravel() for name, v in zip(found[0]._fields, means, strict=True)}
        yield pd.DataFrame({"of": of, "step": step + 1, "wavenumber": wavenumber} | values)


def _spectrum_rows(
    pair: Pair, found: Trajectories, everyone: Mapping[str, Rollouts]
) -> Iterator[pd.DataFrame]:
    """Yield of, step, wavenumber, value: energy of the judge, and of the errors of everyone."""
    reference = found.judge[:, 1:]
    fields = {"state of the judge": reference[None]}
    fields |= {of: rolled.states - reference[None] for of, rolled in everyone.items()}
    fields |= {f"judge, {n}": (v[:, 1:] - reference)[None] for n, v in found.judge_finer.items()}
    for of, field in fields.items():
        with np.errstate(all="ignore"):
            energy = np.asarray(spectrum(field, pair.problem.grid))
        mean = np.mean(np.sum(energy, axis=3), axis=(0, 1))
        step, wavenumber = np.indices(mean.shape).reshape(2, -1)
        rows = {"of": of, "step": step + 1, "wavenumber": wavenumber, "value": mean.ravel()}
        yield pd.DataFrame(rows)


def _judge_rows(fineness: Fineness) -> pd.DataFrame:
    """Return refinement, step, value, share."""
    parts = {**fineness.parts, "largest": fineness.own}
    steps = np.arange(1, len(fineness.own) + 1)
    return pd.concat(
        [
            pd.DataFrame({"refinement": name, "step": steps, "value": v, "share": fineness.share})
            for name, v in parts.items()
        ],
        ignore_index=True,
    )


def _states(found: Trajectories, everyone: Mapping[str, Rollouts]) -> dict[str, np.ndarray]:
    """Return the first sample of everyone, of the first seed, with the initial state."""
    start = found.judge[:1, 0]
    every = -(-found.judge.shape[1] // FRAMES)
    states = {"judge": found.judge[0]}
    for of, rolled in everyone.items():
        states[of] = np.concatenate([start, rolled.states[0, 0]], axis=0)
    return {name: v[::every] for name, v in states.items()}
