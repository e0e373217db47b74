"""The findings in sentences: where an emulator wins, whether one may say so, and by what."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xpde.study.superiority.pair import MARGIN

if TYPE_CHECKING:
    from xpde.study.superiority.findings import Findings, Judged

__all__ = ["Verdict", "verdict"]

SATURATED = 0.7
"""A relative error beyond which states have little to do with each other: √½ of a sine."""

LEARNED = 0.3
"""Largest error of imitation, over the teacher's error, of an emulator that is trained."""

_WORDS = {
    "magnitude": "amplitudes of modes",
    "phase": "phases of modes",
    "noise": "noise in modes where the judge has nothing",
}


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Attributes
    ----------
    good
        Whether the judge could judge at all.
    headline
        One sentence.
    sentences
        The rest, one line each.
    """

    good: bool
    headline: str
    sentences: tuple[str, ...]


def verdict(found: "Findings") -> Verdict:
    """Put findings into words; numbers are means over test samples and seeds."""
    fine, line = found.fineness, found.teacher.ratio.undefined_line
    if line is not None and found.teacher.ratio.best is None:
        return Verdict(False, "The ratio is undefined at every step.", (_sentence(line),))
    good = not fine.known or bool(fine.fine.any())
    best = min(found.nets, key=lambda net: _least(found.nets[net]))
    headline = _headline(found, best) if good else _too_coarse(found)
    sentences = [_judge(found)]
    for net, judged in found.nets.items():
        sentences += _of_net(net, judged)
    return Verdict(good, headline, (*sentences, *_cautions(found)))


def _least(judged: "Judged") -> float:
    best = judged.ratio.best
    return np.inf if best is None else float(judged.ratio.value[best - 1])


def _headline(found: "Findings", net: str) -> str:
    ratio, teacher = found.nets[net].ratio, found.about["teacher"]
    step = ratio.best or 1
    at = step - 1
    numbers = (
        f"ξ = {ratio.value[at]:.3g} at step {step} "
        f"({100 * ratio.level:g} % interval {ratio.low[at]:.3g} to {ratio.high[at]:.3g})"
    )
    certain = np.flatnonzero(ratio.certain) + 1
    if not len(certain):
        return f"No emulator is certainly superior to the teacher {teacher}; at best {numbers}."
    return f"{net} is superior to its teacher {teacher} at {_ranges(certain)}; at best {numbers}."


def _too_coarse(found: "Findings") -> str:
    share = float(np.min(found.fineness.share))
    return (
        f"The judge {found.about['judge']} is too coarse to judge: its own error is at least "
        f"{100 * share:.2g} % of the errors it should tell apart."
    )


def _judge(found: "Findings") -> str:
    fine, name = found.fineness, found.about["judge"]
    if not fine.known:
        return (
            f"How fine the judge {name} is, is not known: give a second, finer one, or a function "
            "of a state and a time, which can be halved."
        )
    parts = ", ".join(f"{np.max(v):.1e} ({part})" for part, v in fine.parts.items())
    share, other = fine.share, "itself refined" if found.about["fine"] is None else "the finer one"
    if fine.fine.all():
        return (
            f"The judge is fine enough: it differs from {other} by at most {parts}, which "
            f"is {_percent(np.max(share))} or less of every error that it judges "
            f"(at most {100 * MARGIN:g} % are asked for)."
        )
    steps = np.flatnonzero(~fine.fine) + 1
    return (
        f"The judge is not fine enough at {_ranges(steps)}: it differs from {other} by up "
        f"to {parts}, which is up to {_percent(np.max(share))} of an error that it judges."
    )


def _of_net(net: str, judged: "Judged") -> Iterator[str]:
    ratio = judged.ratio
    kinds = {
        "state-space": "from the first step on: the states of the test suffice (state-space)",
        "autoregressive": f"by accumulation, not at the first step, where ξ = {ratio.value[0]:.3g}",
        "none": f"nowhere with certainty; at the first step ξ = {ratio.value[0]:.3g}",
    }
    yield f"{net}: superior {kinds[ratio.kind]}."
    high = judged.bounds[1]
    safe = np.flatnonzero(high < 1) + 1
    if ratio.kind != "none":
        yield (
            f"{net}: on these samples ξ < 1 at {_ranges(safe)}, wherever the truth lies within the "
            "judge's own error."
            if len(safe)
            else f"{net}: within the judge's own error ξ may be above 1 at every step."
        )
    imitated = judged.imitation
    if np.isfinite(imitated):
        state = (
            "it follows its teacher" if imitated <= LEARNED else "longer training may change all"
        )
        yield (
            f"{net}: one step differs from the teacher's by {_percent(imitated)} of the teacher's "
            f"error: {state}."
        )
    lost = np.flatnonzero(~np.isfinite(ratio.numerator)) + 1
    if len(lost):
        yield f"{net}: a rollout is not finite from step {lost[0]} on."


def removed(teacher: "Judged", judged: "Judged") -> dict[str, float]:
    """Return how much of the teacher's mean square error is gone, by part: in shares of it.

    Sums over all steps; negative where the emulator added something.
    """
    ours, theirs = judged.parts.mean(), teacher.parts.mean()
    whole = sum(float(np.sum(v)) for v in theirs.values())
    return {name: float(np.sum(theirs[name] - ours[name])) / whole for name in theirs}


def _cautions(found: "Findings") -> Iterator[str]:
    teacher = found.teacher
    whole = teacher.parts.mean()
    total = sum(float(np.sum(v)) for v in whole.values())
    if total > 0:
        shares = ", ".join(
            f"{_percent(float(np.sum(v)) / total)} {_WORDS[name]}" for name, v in whole.items()
        )
        yield f"The teacher's error is, of its mean square over all steps: {shares}."
        for net, judged in found.nets.items():
            if np.isfinite(judged.parts.whole).all():
                yield _removal(net, removed(teacher, judged))
    line = teacher.ratio.undefined_line
    if line is not None:
        yield _sentence(line)
    if found.about["metric"] == "nRMSE":
        large = np.flatnonzero(teacher.ratio.denominator > SATURATED) + 1
        if len(large):
            yield (
                f"From step {large[0]} on the teacher's error is above {SATURATED}: it saturates, "
                "and ratios say little."
            )


def _removal(net: str, gone: dict[str, float]) -> str:
    total, most = sum(gone.values()), max(gone, key=lambda name: gone[name])
    changes = ", ".join(
        f"{_percent(abs(v))} {'less' if v >= 0 else 'more'} in {_WORDS[name]}"
        for name, v in gone.items()
    )
    if total <= 0:
        return f"{net} added {_percent(-total)} to it: {changes}."
    return f"{net} removed {_percent(total)} of it, most in {_WORDS[most]}: {changes}."


def _sentence(line: str) -> str:
    return line[0].upper() + line[1:] + "."


def _percent(share: float) -> str:
    if share >= 10:
        return f"{share:.0f} times"
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def _ranges(steps: np.ndarray) -> str:
    """Say steps as ranges; beyond four of them the first and the last."""
    pieces = np.split(steps, np.flatnonzero(np.diff(steps) > 1) + 1)
    words = [f"{p[0]}" if len(p) == 1 else f"{p[0]} to {p[-1]}" for p in pieces]
    if len(words) > 4:
        return f"{len(steps)} steps between {steps[0]} and {steps[-1]}"
    plural = "s" if len(steps) > 1 else ""
    return f"step{plural} {', '.join(words)}"
