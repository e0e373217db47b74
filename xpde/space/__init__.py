"""Floor 3: the periodic grid, its wavenumbers, symbols, bands and transforms; fields on it."""

from xpde.space.band import Band
from xpde.space.derivative import derivative, gradient
from xpde.space.grid import Grid
from xpde.space.interpolate import interpolate
from xpde.space.leray import curl, divergence, leray, project, unit_wavevectors
from xpde.space.poisson import poisson
from xpde.space.resample import resample
from xpde.space.spectrum import spectrum
from xpde.space.symbols import Symbols
from xpde.space.transforms import to_physical, to_spectral

__all__ = [
    "Band",
    "Grid",
    "Symbols",
    "curl",
    "derivative",
    "divergence",
    "gradient",
    "interpolate",
    "leray",
    "poisson",
    "project",
    "resample",
    "spectrum",
    "to_physical",
    "to_spectral",
    "unit_wavevectors",
]
