"""Where a nonlinear term forms its products: the band, and the symbols on both sides of it."""

from functools import cached_property

from xpde.conventions import EXACT, Conventions
from xpde.core.backend import Array
from xpde.space import Band, Symbols

__all__ = ["Products"]


class Products:
    """What the builder of a nonlinear term is given.

    A term transforms û, multiplied by symbols ``before``, to the grid, forms its products there,
    transforms them to the band and multiplies them by symbols ``after``.

    Attributes
    ----------
    band
        Transforms between band arrays and the grid.
    before, after
        Symbols that act on factors and on products; they hold the mask in the full layout.
    conventions
        Which rules hold.
    """

    def __init__(
        self, band: Band, like: Array | None = None, conventions: Conventions = EXACT
    ) -> None:
        self.band = band
        self.conventions = conventions
        self.before: Symbols = band.before(like, conventions)
        self.after: Symbols = band.after(like, conventions)

    @cached_property
    def mask_before(self) -> Array | None:
        """The mask of factors as a symbol; None where nothing has to be multiplied."""
        return None if self.before.mask is None else self.before.one

    @cached_property
    def mask_after(self) -> Array | None:
        """The mask of products as a symbol; None where nothing has to be multiplied."""
        return None if self.after.mask is None else self.after.one

    @property
    def alias_free(self) -> bool:
        """Whether what is left of quadratic products is free of aliasing: 3 K_j < N_j, masked.

        Only then are the advective, conservative and rotational forms of a convection equal.
        """
        small = (3 * k < n for k, n in zip(self.band.cutoff, self.band.grid.points, strict=True))
        return self.band.masked == "both" and all(small)
