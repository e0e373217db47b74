"""Every stepper of Exponax 0.2.0 beside our equation, and the cases that are compared."""

from collections.abc import Iterator

from peer_equations import CONVECTIVE, FLOWS, LINEAR, REACTIVE
from peer_families import DIFFICULT, GENERIC, NORMALIZED
from peer_pair import BOUND, PEER, SIZES, STEPS, Pair, random_state

__all__ = ["BOUND", "PAIRS", "PEER", "STEPS", "Pair", "product", "quick", "random_state"]

PAIRS = [*LINEAR, *CONVECTIVE, *FLOWS, *REACTIVE, *GENERIC, *NORMALIZED, *DIFFICULT]


def product() -> Iterator[tuple[Pair, int, int, int | None]]:
    """Every pair, D, N odd and even, and order."""
    for pair in PAIRS:
        for dims in pair.dims:
            for n in SIZES[dims]:
                for order in pair.orders:
                    yield pair, dims, n, order


def quick() -> Iterator[tuple[Pair, int, int, int | None]]:
    """Every pair: in 1D all orders; in one of 2D (N odd) and 3D (N even) an order, in turns.

    Both N in 1D for the first physical pair of a class, one in turns for the others: time goes to
    compiling operations for every new shape.
    """
    seen = set()
    for i, pair in enumerate(PAIRS):
        whole = pair.peer not in seen and not pair.reduced
        seen.add(pair.peer)
        for j, order in enumerate(pair.orders if 1 in pair.dims else ()):
            sizes = SIZES[1] if whole else SIZES[1][(i + j) % 2 :][:1]
            yield from ((pair, 1, n, order) for n in sizes)
        dims = pair.dims[-1 - i % 2 * (len(pair.dims) == 3)]
        yield pair, dims, SIZES[dims][dims - 2], pair.orders[(i // 2) % len(pair.orders)]
