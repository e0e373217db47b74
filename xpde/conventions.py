"""Where the reference implementations compute something else: one frozen value, three presets."""

from dataclasses import dataclass, field

from xpde.errors import unknown_name

__all__ = ["APEBENCH_0_1", "EXACT", "EXPONAX_0_2", "PRESETS", "Conventions"]

# rule: its value under exact, exponax-0.2 and apebench-0.1 (which runs on exponax 0.1)
_RULES: dict[str, tuple[object, object, object]] = {
    "coefficients": ("complex", "real part", "real part"),
    "nyquist": ("zero", "one-sided", "one-sided"),
    "series_zeroth": ("once", "per axis", "per axis"),
    "drag_zeroth": ("once", "once", "per axis"),
    "forcing": ("curl", "reference", "reference"),
    "masked": ("both", "both", "before"),
    "offset": ("as asked", "per point", "as asked"),
    "fourier_floor": (0.0, 1e-5, 1e-5),
    "fourier_zeroth": ("once", "per axis", "per axis"),
    "fourier_measure": ("mean", "integral", "integral"),
}

PRESETS = ("exact", "exponax-0.2", "apebench-0.1")
"""Names of the presets."""


@dataclass(frozen=True)
class Conventions:
    """Rules in which the references differ from the mathematics; made from the name of a preset.

    ``exact`` is the default everywhere. The others reproduce published numbers and peers:
    ``Conventions("exponax-0.2")`` and ``Conventions("apebench-0.1")``, which ran on exponax 0.1.

    Attributes
    ----------
    name
        ``exact``, ``exponax-0.2`` or ``apebench-0.1``.
    coefficients
        ETDRK coefficients of complex symbols: ``complex``, or their ``real part`` (which makes
        every order first order for advection and dispersion).
    nyquist
        Odd derivatives of the Nyquist mode: ``zero``, or ``one-sided``.
    series_zeroth
        How often a_0 of a generic family acts: ``once``, or ``per axis`` (D a_0).
    drag_zeroth
        How often the drag of a vorticity equation acts: ``once``, or ``per axis``.
    forcing
        Kolmogorov forcing: the body force γ sin(κ x_1) and its ``curl``, or the ``reference``'s.
    masked
        The dealiasing mask acts on ``both`` factors and products, or only ``before`` products.
    offset
        Mean of a truncated Fourier series: ``as asked``, or divided by the number of points
        (``per point``).
    fourier_floor
        Fourier metrics drop coefficients below this size of the unscaled transform.
    fourier_zeroth
        How often a Fourier metric counts the state for an explicit derivative of order 0:
        ``once``, or ``per axis`` (D times).
    fourier_measure
        Fourier metrics are the ``mean`` over the box, or the ``integral``: times ∏ L_j.

    Raises
    ------
    InvalidInput
        If there is no such preset; the text lists the nearest.

    References: Koehler et al., APEBench (2024); exponax 0.1.0 and 0.2.0.
    """

    name: str = "exact"
    coefficients: str = field(init=False)
    nyquist: str = field(init=False)
    series_zeroth: str = field(init=False)
    drag_zeroth: str = field(init=False)
    forcing: str = field(init=False)
    masked: str = field(init=False)
    offset: str = field(init=False)
    fourier_floor: float = field(init=False)
    fourier_zeroth: str = field(init=False)
    fourier_measure: str = field(init=False)

    def __post_init__(self) -> None:
        if self.name not in PRESETS:
            raise unknown_name("conventions", str(self.name), PRESETS)
        column = PRESETS.index(self.name)
        for rule, values in _RULES.items():
            object.__setattr__(self, rule, values[column])


EXACT = Conventions("exact")
"""The mathematically right form."""

EXPONAX_0_2 = Conventions("exponax-0.2")
"""Bit-alike with exponax 0.2.0 to rounding."""

APEBENCH_0_1 = Conventions("apebench-0.1")
"""Bit-alike with the benchmark's data (exponax 0.1.0) to rounding."""
