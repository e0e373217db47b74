"""Starting: processes that import xpde or print its help, and first calls, compilation included."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import xpde
from bench.steps import STEPS, peers, smooth_state
from bench.table import Row, row
from bench.timing import fresh, interleave
from xpde.pde import Stepper

__all__ = ["against_nothing"]

LIMITS = {"import xpde": 0.3, "xpde --help": 0.4}
"""Seconds."""
ROUNDS = 5


def process(*words: str) -> Callable[[], None]:
    """A case that is one run of the interpreter."""

    def case() -> None:
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)

    return case


def processes() -> list[Row]:
    """Time of both over what a user waits at most, and over importing NumPy alone."""
    program = str(Path(sys.executable).with_name("xpde"))
    timing = interleave(
        {
            "import numpy": process("-c", "import numpy"),
            "import xpde": process("-c", "import xpde"),
            "xpde --help": process(program, "--help"),
        },
        rounds=2 * ROUNDS,
    )
    rows = []
    for name, limit in LIMITS.items():
        key = f"at most {limit} s"
        timing.rounds[key] = [limit] * len(timing.rounds[name])
        rows += [
            row(timing, name, over, suite="startup", case=name, backend="python", against=over,
                target=target)
            for over, target in ((key, 1.0), ("import numpy", None))
        ]  # fmt: skip
    return rows


def first_calls(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time of the first rollout of a new program, over the peer's first."""
    import exponax
    import jax
    import jax.numpy as jnp

    rows = []
    for case, (peer, equation, grid, dt, _) in peers().items():
        host = smooth_state(grid, equation.channels)

        def theirs(peer: Any = peer, host: np.ndarray = host) -> None:
            compiled = jax.jit(exponax.rollout(peer, STEPS))
            jax.block_until_ready(compiled(jnp.asarray(host, dtype=jnp.float32)))

        cases = {"peer": theirs}
        for name, bk in backends.items():

            def ours(
                bk: xpde.Backend = bk, host: np.ndarray = host,
                equation: Any = equation, grid: Any = grid, dt: float = dt,
            ) -> None:  # fmt: skip
                plan = Stepper.build(equation, grid, dt, order=2, backend=bk)
                compiled = bk.jit(lambda s, u: s.rollout(u, STEPS))
                bk.synchronize(compiled(plan, bk.asarray(host)))

            cases[name] = ours
        timing = fresh(cases, jax.clear_caches, ROUNDS)
        rows += [
            row(timing, name, "peer", suite="startup", case=f"first rollout, {case}", backend=name,
                against="exponax 0.2.0, first", target=None)
            for name in backends
        ]  # fmt: skip
    return rows


def against_nothing(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time processes and first calls."""
    return processes() + first_calls(backends)
