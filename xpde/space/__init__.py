"""Floor 3: the periodic grid, its wavenumbers, derivative symbols, bands and transforms."""

from xpde.space.band import Band
from xpde.space.grid import Grid
from xpde.space.symbols import Symbols
from xpde.space.transforms import to_physical, to_spectral

__all__ = ["Band", "Grid", "Symbols", "to_physical", "to_spectral"]
