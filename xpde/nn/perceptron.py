"""Pointwise maps with an activation between them."""

from itertools import pairwise

from xpde.nn.pointwise import Pointwise
from xpde.nn.stack import Layer, Stack

__all__ = ["perceptron"]


def perceptron(dims: int, widths: tuple[int, ...], activation: str, bias: bool = True) -> Stack:
    """W_n σ(... σ(W₁ u + b₁) ...) + b_n at every point, one map between each pair of ``widths``."""
    steps: list[Layer | str] = []
    for c, o in pairwise(widths):
        steps += [Pointwise(dims, c, o, bias), activation]
    return Stack(tuple(steps[:-1]))
