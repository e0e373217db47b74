"""The configuration of a comparison: everything that decides its numbers."""

from dataclasses import dataclass
from typing import Any

from xpde.core import backend_names
from xpde.errors import InvalidInput, unknown_name
from xpde.study.experiment import Experiment
from xpde.study.store import digest

__all__ = ["CompareConfig"]


@dataclass(frozen=True)
class CompareConfig(Experiment):
    """One experiment on several backends.

    Attributes
    ----------
    backends
        Names, in the order of running; the reference is NumPy, or the first that runs.

    Raises
    ------
    InvalidInput
        As soon as it is made, if any name, string or override is wrong.
    """

    backends: tuple[str, ...] = ("numpy", "jax", "torch")

    def __post_init__(self) -> None:
        object.__setattr__(self, "backends", tuple(self.backends))
        for name in self.backends:
            if name not in backend_names():
                raise unknown_name("backend", name, backend_names())
        if not self.backends:
            raise InvalidInput("backends: expected at least one name, got none")
        if len(set(self.backends)) < len(self.backends):
            raise InvalidInput(f"backends: expected each name once, got {', '.join(self.backends)}")
        super().__post_init__()

    def plain(self) -> dict[str, Any]:
        """Return the fields as plain values, as stored in ``config.json``."""
        return super().plain() | {"backends": list(self.backends)}

    @property
    def name(self) -> str:
        """Twelve hexadecimal digits that name the run folder.

        The hash of everything that decides the numbers: the resolved settings of the scenario and
        the version of xpde, but not the list of backends, so that one more can be added later.
        """
        return digest(self.identity())
