"""The superiority ratio of measured errors: its bootstrap, and what an error is made of."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from xpde.core import stream
from xpde.errors import InvalidInput

__all__ = ["Ratio", "Split", "ratio_of", "split"]


@dataclass(frozen=True, eq=False)
class Ratio:
    """ξ[t] = E ζ(fᵗ u₀, rᵗ u₀) / E ζ(pᵗ u₀, rᵗ u₀) for t = 1 ... T: a ratio of means.

    f is the emulator, p the solver that taught it, r the reference. See :func:`ratio_of`.

    Attributes
    ----------
    numerator, denominator
        Mean error of the emulator and of the teacher, (T,). That of the emulator is infinite once
        one of its rollouts is not finite.
    value
        ξ, (T,); NaN where it is undefined.
    low, high
        Ends of the bootstrap interval, (T,); NaN as ``value``.
    per_sample
        The emulator's error over the teacher's one by one, in the shape of the emulator's errors;
        NaN where the teacher has none.
    level
        Of the interval.
    floor
        Largest denominator that counts as none.
    """

    numerator: np.ndarray
    denominator: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    per_sample: np.ndarray
    level: float = 0.95
    floor: float = 0.0

    @property
    def steps(self) -> int:
        """T."""
        return len(self.value)

    @property
    def superior(self) -> np.ndarray:
        """Where ξ < 1, (T,)."""
        return self.value < 1

    @property
    def certain(self) -> np.ndarray:
        """Where the whole interval is below 1, (T,)."""
        return self.high < 1

    @property
    def first(self) -> int | None:
        """The first step of superiority, from 1; None if there is none."""
        return next(iter(_steps(self.superior)), None)

    @property
    def last(self) -> int | None:
        """The last step of superiority; None if there is none."""
        return next(iter(reversed(_steps(self.superior))), None)

    @property
    def best(self) -> int | None:
        """The step of the least ξ; None if ξ is undefined everywhere."""
        known = ~np.isnan(self.value)
        return int(np.argmin(np.where(known, self.value, np.inf))) + 1 if known.any() else None

    @property
    def undefined(self) -> tuple[int, ...]:
        """Steps without a ratio: the denominator vanishes there, or is not finite."""
        return tuple(_steps(np.isnan(self.value)))

    @property
    def undefined_line(self) -> str | None:
        """One line that names the steps without a ratio and why; None if there are none."""
        if not self.undefined:
            return None
        lost = tuple(_steps(~np.isfinite(self.denominator)))
        gone = tuple(t for t in self.undefined if t not in lost)
        said = [f"is at most {self.floor:.3g} at {_words(gone)}"] if gone else []
        said += [f"is not finite at {_words(lost)}"] if lost else []
        return (
            "ratio: expected an error of the teacher above 0, but it "
            f"{' and '.join(said)}; undefined there"
        )

    @property
    def kind(self) -> str:
        """Say which superiority there is, by the interval.

        ``state-space`` if it begins at the first step, where the test states alone differ from
        those of the training; ``autoregressive`` if it begins later, by accumulation; else
        ``none``.
        """
        if not self.certain.any():
            return "none"
        return "state-space" if self.certain[0] else "autoregressive"


class Split(NamedTuple):
    """An error of step t in two parts, mean squares (S, T): whole = one_step + carried + cross.

    Attributes
    ----------
    one_step
        ⟨|f(rᵗ⁻¹u₀) - rᵗu₀|²⟩, made in this step, from a state of the reference: state-space.
    carried
        ⟨|f(fᵗ⁻¹u₀) - f(rᵗ⁻¹u₀)|²⟩, of the steps before as this one hands it on: autoregressive.
    cross
        Twice their scalar product; negative where they cancel.
    """

    one_step: np.ndarray
    carried: np.ndarray
    cross: np.ndarray

    @property
    def whole(self) -> np.ndarray:
        """⟨|fᵗu₀ - rᵗu₀|²⟩."""
        return self.one_step + self.carried + self.cross


def ratio_of(
    emulator: np.ndarray,
    teacher: np.ndarray,
    *,
    seed: int = 0,
    resamples: int = 1000,
    level: float = 0.95,
    floor: float = 0.0,
) -> Ratio:
    """Return the superiority ratio of errors against a reference, with its bootstrap interval.

    ξ[t] = mean over seeds and samples of ``emulator`` / mean over samples of ``teacher``

    Samples are drawn again with replacement, the same ones for both, and seeds apart from them.
    The interval is that of the percentiles. Few seeds make it too narrow; one has no spread.

    Parameters
    ----------
    emulator
        Errors (S, T), or (R, S, T) for R seeds; non-negative, NaN or infinite where lost.
    teacher
        Errors (S, T) of the solver that made the training data, from the same initial states.
    seed, resamples
        Of the bootstrap.
    level
        Of the interval, between 0 and 1.
    floor
        Largest mean error of the teacher that counts as none, such as rounding.

    Raises
    ------
    InvalidInput
        If shapes do not fit, an error is negative, or a number is out of range.

    References: Koehler & Thuerey (2025), superiority ratio; Owen, Ann. Appl. Stat. 1 (2007) 386,
    bootstrap over two crossed factors.
    """
    runs, baseline = _checked(emulator, teacher, resamples, level, floor)
    seeds, samples, _ = runs.shape
    rng = stream(seed, "superiority", "bootstrap")
    by_sample = _draws(rng, resamples, samples)
    by_seed = _draws(rng, resamples, seeds)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        drawn = _quotient(_means(runs, by_seed, by_sample), _mean(baseline, by_sample), floor)
        numerator = _means(runs, np.full((1, seeds), 1 / seeds), np.full((1, samples), 1 / samples))
        denominator = _mean(baseline, np.full((1, samples), 1 / samples))
        value = _quotient(numerator, denominator, floor)[0]
        single = _quotient(runs, baseline, floor)
    # order statistics, not means of two: an infinity stays one
    drawn = np.where(np.isnan(drawn), np.inf, drawn)
    ends = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")
    low, high = np.where(np.isnan(value), np.nan, ends)
    single = single.reshape(np.shape(emulator))
    return Ratio(numerator[0], denominator[0], value, low, high, single, level, floor)


def split(predicted: np.ndarray, from_reference: np.ndarray, reference: np.ndarray) -> Split:
    """Divide the error of rollouts into what each step adds and what it carries on.

    fᵗu₀ - rᵗu₀ = [f(rᵗ⁻¹u₀) - rᵗu₀] + [f(fᵗ⁻¹u₀) - f(rᵗ⁻¹u₀)]

    Mean squares are over space and summed over channels.

    Parameters
    ----------
    predicted
        Rollouts fᵗu₀ for t = 1 ... T, (S, T, C, *N).
    from_reference
        One step f(rᵗ⁻¹u₀) from the reference, in the same shape.
    reference
        rᵗu₀, in the same shape.

    Raises
    ------
    InvalidInput
        If shapes differ.
    """
    if not predicted.shape == from_reference.shape == reference.shape or predicted.ndim < 4:
        raise InvalidInput(
            "split: expected three arrays (S, T, C, *N), got "
            f"{predicted.shape}, {from_reference.shape}, {reference.shape}"
        )
    ours, before = from_reference - reference, predicted - from_reference
    return Split(_square(ours, ours), _square(before, before), 2 * _square(ours, before))


def _square(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    space = tuple(range(3, a.ndim))
    return np.asarray(np.sum(np.mean(a * b, axis=space), axis=2))


def _checked(
    emulator: np.ndarray, teacher: np.ndarray, resamples: int, level: float, floor: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return errors (R, S, T) and (S, T) in double precision."""
    runs, baseline = np.asarray(emulator, np.float64), np.asarray(teacher, np.float64)
    fits = runs.ndim in (2, 3) and baseline.ndim == 2 and runs.shape[-2:] == baseline.shape
    if not fits or not runs.size:
        raise InvalidInput(
            "ratio: expected errors (samples, times) or (seeds, samples, times) of the emulator "
            f"and (samples, times) of the teacher, got {runs.shape} and {baseline.shape}"
        )
    if np.any(runs < 0) or np.any(baseline < 0):
        raise InvalidInput("ratio: expected errors of at least 0, got a negative one; pass norms")
    if resamples < 1 or not 0 < level < 1 or not 0 <= floor < np.inf:
        raise InvalidInput(
            "ratio: expected resamples of at least 1, a level between 0 and 1 and a finite floor "
            f"of at least 0, got {resamples}, {level} and {floor}"
        )
    return (runs[None] if runs.ndim == 2 else runs), baseline


def _draws(rng: np.random.Generator, resamples: int, count: int) -> np.ndarray:
    """Return how often each of ``count`` is drawn, over ``count``: rows of weights."""
    return rng.multinomial(count, np.full(count, 1 / count), size=resamples) / count


def _mean(errors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return weighted means (B, T) of (S, T); infinite where something lost has a weight."""
    lost = ~np.isfinite(errors)
    means = weights @ np.where(lost, 0.0, errors)
    return np.where(weights @ lost > 0, np.inf, means) if lost.any() else means


def _means(runs: np.ndarray, by_seed: np.ndarray, by_sample: np.ndarray) -> np.ndarray:
    """Return means (B, T) of (R, S, T) with weights of seeds and samples."""
    total = np.zeros((len(by_seed), runs.shape[-1]))
    for weight, errors in zip(by_seed.T, runs, strict=True):
        part = weight[:, None] * _mean(errors, by_sample)
        total += np.where(weight[:, None] > 0, part, 0.0)
    return total


def _quotient(above: np.ndarray, below: np.ndarray, floor: float) -> np.ndarray:
    """Return above / below; NaN where ``below`` is nothing or not finite, infinite where lost."""
    known = (below > floor) & np.isfinite(below)
    above = np.where(np.isfinite(above), above, np.inf)
    return np.where(known, above / np.where(known, below, 1.0), np.nan)


def _steps(where: np.ndarray) -> list[int]:
    return [int(t) + 1 for t in np.flatnonzero(where)]


def _words(steps: tuple[int, ...]) -> str:
    """Name steps: few one by one, a range by its ends, many by the first of them."""
    if len(steps) == 1:
        return f"step {steps[0]}"
    if steps[-1] - steps[0] == len(steps) - 1:
        return f"steps {steps[0]} to {steps[-1]}"
    if len(steps) <= 5:
        return f"steps {', '.join(map(str, steps))}"
    return f"{len(steps)} steps, the first of them {steps[0]}"
