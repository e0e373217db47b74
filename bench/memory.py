"""Peak memory of a 3D rollout, each in a process of its own: ``python -m bench.memory``.

The peak resident size of a rollout, minus that of the process with its program compiled and its
initial state ready; and, for compiled programs, what the compiler accounts for (temporaries and
arguments, without the trajectory that is returned).
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.peak import MIB, start, status

os.environ.setdefault("JAX_PLATFORMS", "cpu")

STEPS = 20
POINTS = 64
SMALL = 12
KEYS = ("diff_adv", "diff_burgers", "diff_ks", "phy_gs_type", "phy_sh")


def _compiled(fn: Callable[..., Any], *args: Any) -> tuple[Callable[[], Any], float]:
    """Compile; return the call and the MiB of temporaries and arguments."""
    import jax

    program = jax.jit(fn).lower(*args).compile()
    about = program.memory_analysis()
    size = (about.temp_size_in_bytes + about.argument_size_in_bytes) / MIB
    return lambda: jax.block_until_ready(program(*args)), size


def rollout(name: str, key: str, points: int) -> tuple[Callable[[], Any], float]:
    """Return a call that does the rollout, and the MiB by the compiler's account."""
    import xpde
    from xpde.study.catalogue import scenario

    found = scenario(key, dims=3, points=points, substeps=1)
    u = np.zeros((found.channels, *found.grid.points), np.float32)
    if name == "exponax":
        return _peer(found, u)
    bk = xpde.backend(name)
    stepper, state = found.stepper(bk), bk.asarray(u)
    if bk.capabilities.compiles:
        return _compiled(lambda s, u: s.rollout(u, STEPS), stepper, state)
    return lambda: stepper.rollout(state, STEPS), 0.0


def _peer(found: Any, u: np.ndarray) -> tuple[Callable[[], Any], float]:
    import equinox
    import exponax
    import jax.numpy as jnp

    from bench.peers import peer_stepper

    arrays, rest = equinox.partition(peer_stepper(found), equinox.is_array)

    def fn(arrays: Any, u: Any) -> Any:
        return exponax.rollout(equinox.combine(arrays, rest), STEPS)(u)

    return _compiled(fn, arrays, jnp.asarray(u))


def measure(name: str, key: str) -> dict[str, float]:
    """Measure one rollout in this process, after the same on a small grid."""
    rollout(name, key, SMALL)[0]()
    call, account = rollout(name, key, POINTS)
    before = start()
    result = call()
    size = STEPS * int(np.prod(result.shape[1:])) * 4 / MIB
    return {"peak": status("VmHWM") - before, "account": account, "output": size}


def table() -> str:
    """Run every case in a child process and return a Markdown table."""
    lines = [
        f"Rollout of {STEPS} steps in 3D at {POINTS}³, float32, MiB. Peak: resident size beyond",
        "that before the call, the trajectory included. Program: temporaries and arguments by the",
        "compiler's account, without the trajectory.",
        "",
        "| scenario | trajectory | exponax peak | jax | torch | numpy "
        "| exponax program | jax | ratio |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for key in KEYS:
        found = {name: _child(name, key) for name in ("exponax", "jax", "torch", "numpy")}
        peaks = [f"{found[n]['peak']:.0f}" for n in ("exponax", "jax", "torch", "numpy")]
        peer, own = found["exponax"]["account"], found["jax"]["account"]
        row = [key, f"{found['jax']['output']:.0f}", *peaks, f"{peer:.1f}", f"{own:.1f}"]
        lines.append("| " + " | ".join([*row, f"{own / peer:.2f}"]) + " |")
    return "\n".join(lines)


def _child(name: str, key: str) -> dict[str, float]:
    words = [sys.executable, "-m", "bench.memory", "--child", name, key]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Print the table, or (as a child) one measurement as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--child", nargs=2, metavar=("NAME", "KEY"))
    arguments = parser.parse_args()
    print(json.dumps(measure(*arguments.child)) if arguments.child else table())


if __name__ == "__main__":
    main()
