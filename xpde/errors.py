"""Errors a person can act on: one line that says what was expected, what was given, what to do."""

from collections.abc import Iterable
from difflib import SequenceMatcher

__all__ = [
    "BackendUnavailable",
    "InvalidInput",
    "InvalidStudy",
    "MissingCapability",
    "MixedBackends",
    "NonFinite",
    "UnstableWarning",
    "XpdeError",
    "unknown_name",
]


class XpdeError(ValueError):
    """Base of every error that xpde raises on purpose; its text is one line."""


class InvalidInput(XpdeError):
    """A wrong name, shape, dtype or parameter value."""


class InvalidStudy(InvalidInput):
    """All that is wrong with a study; its text has one line for every problem."""

    @property
    def problems(self) -> tuple[str, ...]:
        """The lines, in the order of the file."""
        return self.args

    def __str__(self) -> str:
        return "\n".join(self.args)


class BackendUnavailable(XpdeError):
    """The framework is not installed, or not in the mode that was asked for."""


class MissingCapability(XpdeError):
    """The backend lacks a verb; the text names the verb and the alternative."""


class MixedBackends(XpdeError):
    """Arrays of two frameworks met in one call."""


class NonFinite(XpdeError):
    """A rollout or a training produced NaN or infinity; the text names the step."""


class UnstableWarning(UserWarning):
    """Parameters let modes grow beyond what float32 holds within the horizon."""


NEAR, TIE = 0.5, 0.3
"""Names as similar as NEAR are suggested, unless another is more similar by more than TIE."""


def unknown_name(kind: str, given: str, valid: Iterable[str]) -> InvalidInput:
    """Return the error for a name that is not in ``valid``, with the nearest valid ones."""
    names = sorted(valid)
    alike = {name: SequenceMatcher(None, name.lower(), given.lower()).ratio() for name in names}
    least = max(NEAR, max(alike.values(), default=0.0) - TIE)
    near = sorted(
        (n for n in names if alike[n] >= least), key=lambda n: (alike[n], n), reverse=True
    )
    hint = f"did you mean {' or '.join(near[:3])}?" if near else f"valid: {', '.join(names)}"
    return InvalidInput(f"unknown {kind} {given!r}: {hint}")
