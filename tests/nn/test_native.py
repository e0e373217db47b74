"""Activations that a framework has itself: those of the formula, and so are their derivatives."""

import numpy as np
import pytest

from xpde.nn.activations import ACTIVATIONS, activation

EPS = np.finfo(np.float64).eps


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_native_is_the_formula(bk, relative, name):
    """At 0 too, where relu has derivative 0."""
    x, g = np.linspace(-6.0, 6.0, 121), np.cos(np.arange(121))
    outcomes = []
    for function in (activation(name), ACTIVATIONS[name]):
        value, pull = bk.vjp(function, bk.asarray(x))
        (slope,) = pull(bk.asarray(g))
        outcomes.append((bk.to_numpy(value), bk.to_numpy(slope)))
    for found, expected in zip(*outcomes, strict=True):
        assert relative(found, expected) < 16 * EPS  # a dozen roundings
