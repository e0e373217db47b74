"""Computing again instead of keeping: the same gradient from less memory."""

import gc
import tracemalloc

import numpy as np
import pytest

from xpde.core import leaves, stream, tree_map
from xpde.core.tape.traced import Traced
from xpde.nn import Conv, Pure
from xpde.pde import Stepper, burgers
from xpde.space import Grid
from xpde.train import (
    Applied,
    Composite,
    Corrector,
    DivertedChain,
    MixedChain,
    Pushforward,
    Residuum,
    Supervised,
)

EPS = np.finfo(np.float64).eps
GRID = Grid((12,), (2 * np.pi,))
NET = Conv(1, 1, 1, width=3, depth=1, activation="tanh")


def objectives(checkpoint):
    again = {"checkpoint": checkpoint}
    return Composite(
        (
            (1.0, Supervised(2, cut_every=1, **again)),
            (0.5, DivertedChain(2, branch_steps=2, **again)),
            (2.0, MixedChain(2, physics_steps=1, **again)),
            (0.25, Pushforward(Residuum(1, **again), 1)),
        )
    )


def window(steps, batch=2, points=12):
    return np.random.default_rng(0).standard_normal((steps + 1, batch, 1, points))


def forms(network):
    """A network with known parameters, and one that closes over them."""
    return {
        "applied": lambda p: Applied(network, p),
        "closure": lambda p: lambda u: network.apply(p, u),
    }


@pytest.mark.parametrize(("form", "corrects"), [("applied", True), ("closure", False)])
def test_the_gradient_is_the_same(bk, relative, form, corrects):
    """No parameter loses its gradient, wherever the network keeps it and whatever surrounds it."""
    solver = Stepper.build(burgers(1, 0.1), GRID, 0.05, backend=bk)
    network = Corrector(NET, solver, "parallel") if corrects else NET
    step, data = forms(network)[form], bk.asarray(window(2))
    params = tree_map(bk.asarray, NET.init(stream(0, "weights")))

    def gradient(checkpoint):
        bound = objectives(checkpoint).bind(solver)
        return bk.jit(bk.value_and_grad(lambda p: bound(step(p), data)))(params)

    plain, again = gradient(False), gradient(True)
    for a, b in zip(leaves(again), leaves(plain), strict=True):
        assert np.max(np.abs(bk.to_numpy(b))) > 0
        # the same products; cotangents of a parameter are added in another order
        assert relative(bk.to_numpy(a), bk.to_numpy(b)) < 1000 * EPS


def test_what_a_step_closes_over_may_have_no_hash(bk):
    """A stepper as the step: a frozen dataclass of arrays."""
    solver = Stepper.build(burgers(1, 0.1), GRID, 0.05, backend=bk)
    data = bk.asarray(window(2))
    values = [float(bk.to_numpy(Supervised(2, checkpoint=c)(solver, data))) for c in (False, True)]
    assert values[0] == values[1]


@pytest.mark.parametrize("name", ["numpy", "strict"])
def test_evaluations(backends, name):
    """T plain ones on the way forward, T recorded ones on the way back."""
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    bk, seen = backends[name], []

    class Spy(Pure):
        def apply(self, params, u):
            seen.append(type(params["weight"]) is Traced)
            return super().apply(params, u)

    net = Spy(1, 1, 1, 3)
    data, params = bk.asarray(window(3)), tree_map(bk.asarray, net.init(stream(0, "weights")))
    bk.value_and_grad(lambda p: Supervised(3, checkpoint=True)(Applied(net, p), data))(params)
    assert seen == [False] * 3 + [True] * 3


WIDE = Conv(1, 1, 1, width=8, depth=4, activation="tanh")
BATCH, POINTS = 8, 64


def numpy_peak(bk, steps, checkpoint):
    """Bytes that a gradient allocates at most."""
    params, data = WIDE.init(stream(0, "weights")), window(steps, BATCH, POINTS)
    objective = Supervised(steps, checkpoint=checkpoint)
    call = bk.value_and_grad(lambda p: objective(Applied(WIDE, p), data))
    call(params)
    gc.collect()
    tracemalloc.start()
    call(params)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_of_the_tape(backends):
    """One step's activations instead of T: a quarter at T = 8, a ninth of the growth with T."""
    bk = backends["numpy"]
    kept, again = ([numpy_peak(bk, steps, c) for steps in (8, 16)] for c in (False, True))
    assert 4 * again[0] < kept[0]  # measured 4.5: the one step is recorded while it is pulled back
    state = BATCH * POINTS * 8
    # a step more: its state, its error at the level, the product of it, and the nodes around them
    assert again[1] - again[0] < 8 * 6 * state
    assert 9 * (again[1] - again[0]) < kept[1] - kept[0]


def test_memory_of_pytorch(backends):
    """Bytes that autograd saves: T states and T errors of a level, and no activation."""
    if "torch" not in backends:
        pytest.skip("torch is not installed")
    import torch

    bk = backends["torch"]
    params = tree_map(bk.asarray, WIDE.init(stream(0, "weights")))
    data = bk.asarray(window(8, BATCH, POINTS))

    def saved(checkpoint):
        kept = {}

        def pack(x):
            kept[x.untyped_storage().data_ptr()] = x.untyped_storage().nbytes()
            return x

        def loss(p):
            with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
                return Supervised(8, checkpoint=checkpoint)(Applied(WIDE, p), data)

        bk.value_and_grad(loss)(params)
        return sum(kept.values())

    state, weights = BATCH * POINTS * 8, 8 * WIDE.parameter_count()
    assert saved(True) <= 8 * 4 * state + weights
    assert saved(False) > 8 * saved(True)


def test_memory_of_jax(backends):
    """Temporaries by the compiler's account: one step's at T = 8, where it kept those of all."""
    if "jax" not in backends or backends["jax"].device != "cpu":
        pytest.skip("the account is that of programs for a processor")
    bk = backends["jax"]
    if not bk.capabilities.version.startswith("0.10."):
        pytest.skip("barriers stay in programs of the releases that they were tried with")
    params = tree_map(bk.asarray, WIDE.init(stream(0, "weights")))
    data = bk.asarray(window(8, BATCH, POINTS))

    def temporaries(checkpoint):
        objective = Supervised(8, checkpoint=checkpoint)
        program = bk.jit(bk.value_and_grad(lambda p, w: objective(Applied(WIDE, p), w)))
        return program.lower(params, data).compile().memory_analysis().temp_size_in_bytes

    assert 3 * temporaries(True) < temporaries(False)
