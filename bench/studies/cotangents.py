"""How large the cotangents of a solver are in a training: ``python -m bench.studies.cotangents``.

Prints ‖g‖/(1e-5 ‖b‖) of the second solve in the Navier-Stokes training, over the samples of a
batch. An adjoint solve that stops at the absolute level of its forward solve, 1e-5 ‖b‖, does
nothing where it is below 1, and its gradient is zero.
"""

import argparse
from typing import Any

import numpy as np

import xpde
from xpde.core import namespace_of, tree_map
from xpde.study.prdp import Problem, Setup, experiment
from xpde.study.prdp.navier_stokes import TOLERANCE
from xpde.train import Trainer

__all__ = ["main", "ratios"]


def ratios(bk: xpde.Backend, problem: Problem, setup: Setup, params: Any) -> np.ndarray:
    """Return ‖g‖/(1e-5 ‖b‖) of each sample of a batch, g that of the mean square of both steps."""
    network, solve = setup.network.network, setup.solve.refined(problem.converged)
    states = bk.asarray(setup.data[: problem.batch])
    params = tree_map(lambda p: bk.asarray(bk.to_numpy(p)), params)
    once = solve(states[:, 0, ...])
    first = once + network.apply(params, once)
    second = solve(first)
    _, b = solve.system(first)

    def loss(c: Any) -> Any:
        wrong = c + network.apply(params, c) - states[:, 2, ...]
        return namespace_of(wrong).mean(wrong * wrong)

    _, g = bk.value_and_grad(loss)(second)
    sizes = [np.sqrt(np.sum(bk.to_numpy(x) ** 2, axis=(1, 2, 3))) for x in (g, b)]
    return sizes[0] / (TOLERANCE * sizes[1])


def main() -> None:
    """Print the ratios before the training and after some epochs of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.studies.cotangents", description=__doc__)
    parser.add_argument("--small", action="store_true", help="at 16² points")
    parser.add_argument("--epochs", type=int, default=20, help="0 trains nothing")
    parser.add_argument("--backend", default="jax")
    given = parser.parse_args()
    bk = xpde.backend(given.backend)
    samples = {} if given.epochs else {"samples": 25}
    problem = experiment("navier_stokes", given.small, adjoint="cut", **samples)
    setup = problem.setup(bk)
    params = setup.network.init(xpde.stream(0, "weights"))
    shown = {"untrained": params}
    if given.epochs:
        updates = given.epochs * problem.updates_per_epoch
        trainer = Trainer(
            setup.network, setup.objective, setup.optimizer, updates, batch_size=problem.batch
        )
        shown[f"{given.epochs} epochs"] = trainer.run(params, bk.asarray(setup.data)).params
    for name, weights in shown.items():
        found = ratios(bk, problem, setup, weights)
        error = setup.measure(tree_map(lambda p: bk.asarray(bk.to_numpy(p)), weights))["u_nMSE_2"]
        where = f"{problem.points}² {name}"
        print(f"{where}: {found.min():.3g} to {found.max():.3g}, u_nMSE_2 {error:.3g}", flush=True)


if __name__ == "__main__":
    main()
