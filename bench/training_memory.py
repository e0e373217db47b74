"""Peak memory of unrolled training in 2D, each in a process of its own.

``python -m bench.training_memory``: five steps, the benchmark's 50 trajectories of 51 snapshots at
64², batches of 20. trainax copies every window before the first update; windows of xpde are row
numbers. A peak is the resident size of making a trainer and doing two updates, beyond that of the
process with its data placed and its programs compiled. A network of one convolution shows the
windows, a UNet what its own states add on either side; with ``checkpoint`` those of one step are
kept and the others made again.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import numpy as np

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import xpde
from bench.peak import MIB, start, status, trim
from bench.training import Pair, networks, peer_updating, trajectories, updating
from xpde.nn import Pure

STEPS, UPDATES = 5, 2
NETWORKS = ("Pure;3", "UNet;12;2;relu")
AGAIN = ";checkpoint"
"""After the name of a backend: with ``Supervised(..., checkpoint=True)``."""
BACKENDS = ("jax", "torch", "numpy")
NAMES = ("reference", *BACKENDS, *(name + AGAIN for name in BACKENDS))


def window_copies(shape: tuple[int, ...]) -> float:
    """MiB of all windows of trajectories (S, L, C, *N) in float32."""
    samples, snapshots, *state = shape
    return samples * (snapshots - STEPS) * (STEPS + 1) * int(np.prod(state)) * 4 / MIB


def _pair(name: str) -> Pair:
    """Return the two networks of a name."""
    if name != "Pure;3":
        return networks()[name]
    from pdequinox.conv import PhysicsConv

    how = {"kernel_size": 3, "use_bias": False, "boundary_mode": "periodic"}
    return Pair(
        lambda dims: Pure(dims, 1, 1, 3), lambda dims, key: PhysicsConv(dims, 1, 1, key=key, **how)
    )


def _training(name: str, network: str) -> Callable[[], None]:
    """Place the data; return what makes a trainer and does the updates."""
    pair, host = _pair(network), trajectories(2)
    if name == "reference":
        import jax

        data, made = jax.numpy.asarray(host), pair.peer(2, jax.random.key(0))
        make = partial(peer_updating, made, data, UPDATES, STEPS)
    else:
        bk = xpde.backend(name.removesuffix(AGAIN))
        how = {"checkpoint": name.endswith(AGAIN)}
        make = partial(updating, bk, pair.own(2), bk.asarray(host), UPDATES, STEPS, **how)

    def train() -> None:
        make()()

    return train


def measure(name: str, network: str) -> float:
    """Return the peak in MiB of the second training in this process; the first one compiles."""
    train = _training(name, network)
    train()
    gc.collect()
    trim()
    before = start()
    train()
    return status("VmHWM") - before


def _child(name: str, network: str) -> float:
    words = [sys.executable, "-m", "bench.training_memory", "--child", name, network]
    run = subprocess.run(words, check=True, capture_output=True, text=True)
    return json.loads(run.stdout.splitlines()[-1])


def table() -> str:
    """Run every case in a child process and return a Markdown table."""
    copies = window_copies(trajectories(2).shape)
    lines = [
        f"Windows of {STEPS} steps are {copies:.0f} MiB when copied, a quarter {copies / 4:.0f}.",
        "",
        "| network | " + " | ".join(f"{n} (MiB)" for n in NAMES) + " |",
        "|---|" + "---|" * len(NAMES),
    ]
    for network in NETWORKS:
        peaks = [f"{_child(name, network):.0f}" for name in NAMES]
        lines.append(f"| {network} | " + " | ".join(peaks) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print the table, or (as a child) one measurement."""
    parser = argparse.ArgumentParser(prog="python -m bench.training_memory", description=__doc__)
    parser.add_argument("--child", nargs=2, metavar=("NAME", "NETWORK"))
    arguments = parser.parse_args()
    print(json.dumps(measure(*arguments.child)) if arguments.child else table())


if __name__ == "__main__":
    main()
