"""What recording costs: gradient over forward pass on the NumPy backend."""

from typing import Any

import numpy as np

import xpde
from bench.table import Row, row
from bench.timing import interleave
from xpde.core import namespace_of, stream, tree_map
from xpde.nn import FNO, Conv, Network


def overhead(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Gradient of a mean square over the plain forward pass, 1D, N=160, batch 20, float32."""
    bk = backends.get("numpy")
    if bk is None:  # on a GPU
        return []
    u = bk.asarray(np.random.default_rng(0).standard_normal((20, 1, 160)))
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
        rows.append(
            row(timing, "gradient", "forward", suite="tape", case=f"{name}, 1D batch 20",
                backend="numpy", against="its forward pass", target=target)
        )  # fmt: skip
    return rows
