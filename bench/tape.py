"""What recording costs: gradient over forward pass on the NumPy backend.

And the gradient over its matrix products alone, at the rate that NumPy reaches.
"""

from typing import Any

import numpy as np

import xpde
from bench.rates import update_floor
from bench.table import Row, row
from bench.timing import interleave
from xpde.core import namespace_of, stream, tree_map
from xpde.nn import FNO, Conv, Network

__all__ = ["overhead"]

POINTS = 160
BATCH = 20
PRODUCTS = "its matrix products at the measured rate"


def overhead(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Gradient of a mean square over the plain forward pass and over its products, 1D, float32."""
    bk = backends.get("numpy")
    if bk is None:  # on a GPU
        return []
    u = bk.asarray(np.random.default_rng(0).standard_normal((BATCH, 1, POINTS)))
    rows = []
    networks: dict[str, tuple[Network, float | None]] = {
        "Conv;34;10;relu": (Conv(1, 1, 1, 34, 10), 4.0),
        "FNO;12;18;4;gelu": (FNO(1, 1, 1, 12, 18, 4), None),
    }
    for name, (network, target) in networks.items():
        params = tree_map(bk.asarray, network.init(stream(0, "bench")))

        def loss(params: Any, network: Network = network) -> Any:
            difference = network.apply(params, u) - u
            return namespace_of(difference).mean(difference * difference)

        gradient = bk.value_and_grad(loss)
        timing = interleave(
            {
                "forward": lambda loss=loss, p=params: loss(p),
                "gradient": lambda gradient=gradient, p=params: gradient(p),
            },
            seconds=0.2,
        )
        floor = update_floor(bk, network, (POINTS,), BATCH)
        timing.rounds["floor"] = [floor] * len(timing.rounds["gradient"])
        rows += [
            row(timing, "gradient", over, suite="tape", case=f"{name}, 1D batch {BATCH}",
                backend="numpy", against=against, target=most)
            for over, against, most in (("forward", "its forward pass", target),
                                        ("floor", PRODUCTS, None))
        ]  # fmt: skip
    return rows
