"""Affine maps between channels: matrices whose entries are maps of one channel."""

from collections.abc import Sequence

from xpde.solvers import GENERAL, LinearOperator, Tags
from xpde.solvers.block import Block
from xpde.space.finite.affine import Affine, Source, affine
from xpde.space.finite.embedded import Embedded

__all__ = ["blocks"]


def blocks(
    rows: Sequence[Sequence[Affine | LinearOperator | None]], known: Tags = GENERAL
) -> Affine:
    """Return u ↦ (Σ_c F_rc(u_c))_r for the channels u_c of a state (..., C, *N).

    A divergence is a row, a gradient a column, a diffusion of vectors a diagonal, the Stokes
    operator a matrix of all three.

    Parameters
    ----------
    rows
        The F_rc, affine maps or operators of domain (1, *N) (``channels=1``), all of one domain and
        one codomain; None is zero.
    known
        What is known of the linear part; it is not checked.
    """
    maps = [[None if a is None else affine(a) for a in row] for row in rows]
    linear = Block(
        tuple(tuple(None if a is None else a.linear for a in row) for row in maps), known
    )
    sources = []
    for r, row in enumerate(maps):
        for source in [s for entry in row if entry for s in entry.sources]:
            side, at = source.operator.domain, (r, *(0,) * (len(linear.codomain) - 1))
            placed = Embedded(source.operator, side, linear.codomain, gives_at=at)
            sources.append(Source(placed, source.value))
    return Affine(linear, tuple(sources))
