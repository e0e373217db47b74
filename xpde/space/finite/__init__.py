"""Floor 3: finite differences on boxes with walls, collocated and staggered."""

from xpde.space.finite.affine import Affine, Source, affine
from xpde.space.finite.axis import LAYOUTS, Axis
from xpde.space.finite.biharmonic import Biharmonic, biharmonic
from xpde.space.finite.blocks import blocks
from xpde.space.finite.box import Box
from xpde.space.finite.differences import derivative, divergence, gradient, laplacian
from xpde.space.finite.diffusion import MEANS, diffusion, face_values
from xpde.space.finite.embedded import Embedded, embedded
from xpde.space.finite.line import Lift, Line
from xpde.space.finite.sides import Dirichlet, Neumann, Periodic, Robin, Side
from xpde.space.finite.staggered import CROSS, Staggered, Wall
from xpde.space.finite.stencils import centered, halfway, one_sided, stencil_weights
from xpde.space.finite.sums import AxisSum, Term
from xpde.space.finite.transport import FORMS, WINDS, advection, convection, upwind
from xpde.space.finite.weighted import Weighted, volumes, weighted

__all__ = [
    "CROSS",
    "FORMS",
    "LAYOUTS",
    "MEANS",
    "WINDS",
    "Affine",
    "Axis",
    "AxisSum",
    "Biharmonic",
    "Box",
    "Dirichlet",
    "Embedded",
    "Lift",
    "Line",
    "Neumann",
    "Periodic",
    "Robin",
    "Side",
    "Source",
    "Staggered",
    "Term",
    "Wall",
    "Weighted",
    "advection",
    "affine",
    "biharmonic",
    "blocks",
    "centered",
    "convection",
    "derivative",
    "diffusion",
    "divergence",
    "embedded",
    "face_values",
    "gradient",
    "halfway",
    "laplacian",
    "one_sided",
    "stencil_weights",
    "upwind",
    "volumes",
    "weighted",
]
