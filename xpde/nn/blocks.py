"""The blocks that networks are built of, as lists of layers three wide.

Every block has its own parameters; none shares its random numbers with another.
"""

from collections.abc import Sequence

from xpde.nn.conv import Convolution
from xpde.nn.norm import GroupNorm
from xpde.nn.pointwise import Pointwise
from xpde.nn.residual import Residual
from xpde.nn.stack import Layer, Stack

__all__ = [
    "dilated_residual",
    "double_convolution",
    "postactivated_residual",
    "preactivated_residual",
]


def _norm(dims: int, channels: int, norm: bool) -> list[Layer | str]:
    return [GroupNorm(dims, channels)] if norm else []


def double_convolution(
    dims: int, channels_in: int, channels_out: int, activation: str, boundary: str, norm: bool
) -> Stack:
    """Twice σ(norm(K u + b)): C_in → C_out, then C_out → C_out.

    Reference: Ronneberger, Fischer & Brox, U-Net (MICCAI 2015).
    """
    first = Convolution(dims, channels_in, channels_out, boundary=boundary)
    second = Convolution(dims, channels_out, channels_out, boundary=boundary)
    after = [*_norm(dims, channels_out, norm), activation]
    return Stack((first, *after, second, *after))


def postactivated_residual(
    dims: int, width: int, activation: str, boundary: str, norm: bool
) -> Residual:
    """σ(u + norm(K₂ σ(norm(K₁ u + b₁)) + b₂)).

    Reference: He et al., Deep residual learning (CVPR 2016).
    """
    conv, after = Convolution(dims, width, width, boundary=boundary), _norm(dims, width, norm)
    main = Stack((conv, *after, activation, conv, *after))
    return Residual(main, activation=activation)


def preactivated_residual(
    dims: int, channels_in: int, channels_out: int, activation: str, boundary: str, norm: bool
) -> Residual:
    """g(u) + K₂ σ(norm(K₁ σ(norm(u)) + b₁)) + b₂, without an activation at the end.

    g is the identity, and where the channels change, a normalization and a pointwise map without
    bias.

    Reference: He et al., Identity mappings in deep residual networks (ECCV 2016).
    """
    first = Convolution(dims, channels_in, channels_out, boundary=boundary)
    second = Convolution(dims, channels_out, channels_out, boundary=boundary)
    before, between = _norm(dims, channels_in, norm), _norm(dims, channels_out, norm)
    main = Stack((*before, activation, first, *between, activation, second))
    if channels_in == channels_out:
        return Residual(main)
    change = Pointwise(dims, channels_in, channels_out, bias=False)
    return Residual(main, Stack((*before, change)))


def dilated_residual(
    dims: int, width: int, rates: Sequence[int], activation: str, boundary: str, norm: bool
) -> Residual:
    """Add (σ K_d norm) ... (σ K₁ norm) u to u, a convolution of every dilation in ``rates``.

    Reference: Stachenfeld et al., Learned coarse models for efficient turbulence simulation
    (ICLR 2022).
    """
    steps: list[Layer | str] = []
    for rate in rates:
        conv = Convolution(dims, width, width, dilation=rate, boundary=boundary)
        steps += [*_norm(dims, width, norm), conv, activation]
    return Residual(Stack(tuple(steps)))
