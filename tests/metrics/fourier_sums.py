"""Spectra by explicit sums, one mode at a time: what the metrics are held against."""

import itertools
import math

import numpy as np


def modes(points):
    """All wavenumber vectors of a grid, -⌊N/2⌋ .. ⌈N/2⌉ - 1 on every axis."""
    return itertools.product(*(range(-(n // 2), (n + 1) // 2) for n in points))


def coefficient(field, k):
    """û(k) = Σ_n u(n) exp(-2πi k·n/N) of one channel (*N)."""
    total = 0j
    for n in np.ndindex(*field.shape):
        turns = sum(a * b / size for a, b, size in zip(k, n, field.shape, strict=True))
        total += float(field[n]) * np.exp(-2j * math.pi * turns)
    return complex(total)


def slope(k, axis, points, extent, order, one_sided=False):
    """|κ_j|^m, zero for the odd derivatives of a Nyquist mode."""
    if order % 2 and 2 * abs(k[axis]) == points[axis] and not one_sided:
        return 0.0
    return abs(2 * math.pi * k[axis] / extent[axis]) ** order


def fourier_size(
    field, p, q, low=0, high=None, derivative=None, extent=None, floor=0.0, per_axis=False,
    one_sided=False,
):  # fmt: skip
    """Σ_j (N⁻² Σ_k |κ_j^m û|^p)^q of one channel (*N)."""
    points = field.shape
    extent = extent or (1.0,) * len(points)
    once = derivative is None or (derivative == 0 and not per_axis)
    sums = [0.0] * (1 if once else len(points))
    for k in modes(points):
        largest = max(map(abs, k))
        modulus = abs(coefficient(field, k))
        if largest < low or (high is not None and largest > high) or modulus < floor:
            continue
        for j in range(len(sums)):
            factor = 1.0 if once else slope(k, j, points, extent, derivative, one_sided)
            sums[j] += (factor * modulus) ** p
    return sum((s / field.size**2) ** q for s in sums)


def compare(size, u, r, mode):
    """Σ_c of A(u - r), or of A(u - r) / A(r), for one state (C, *N)."""
    total = 0.0
    for a, b in zip(u, r, strict=True):
        error = size(a - b)
        if mode == "normalized":
            error = error / size(b) if size(b) else math.nan
        total += error
    return total


def well_spread(rng, shape, dims):
    """Draw states (..., *N) whose coefficients all lie between 1 and 2 Σ|noise| + 1.

    A point of height 1 + Σ|noise| has a flat spectrum that the noise cannot cancel, so that
    every |û(k)| is known to a few eps of itself.
    """
    u = 0.1 * rng.uniform(-1, 1, shape)
    first = (..., *[0] * dims)
    u[first] = 0.0
    u[first] = 1 + np.sum(np.abs(u), axis=tuple(range(-dims, 0)))
    return u
