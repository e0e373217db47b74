"""Objectives with the reference solver: slow loops, evaluations, and which is which."""

from functools import cache
from itertools import product

import numpy as np
import pytest

import xpde
from xpde.core import backend_of, namespace_of, stream
from xpde.pde import Stepper, burgers
from xpde.space import Grid
from xpde.study import CompareConfig
from xpde.study.emulate import fit
from xpde.study.probes import first_gradient
from xpde.train import (
    MSE,
    Composite,
    DivertedChain,
    MixedChain,
    Residuum,
    Supervised,
)

EPS = np.finfo(np.float64).eps
GRID = Grid((12,), (2 * np.pi,))


@cache
def solver(bk):
    return Stepper.build(burgers(1), GRID, 0.1, backend=bk)


def states(batch=2):
    """Smooth first states of a batch."""
    x = GRID.coordinates()[0]
    rows = [np.sin(x + 0.3 * i) + 0.2 * np.cos((2 + i) * x) for i in range(batch)]
    return np.stack(rows)[:, None]


def network(p, u):
    """A map that is not linear in the state, with a parameter vector p (2,)."""
    xp = namespace_of(p, u)
    return p[0] * u + p[1] * xp.tanh(u) * xp.roll(u, 1, axis=-1)


def parameters(bk):
    return bk.asarray(np.asarray([0.9, -0.3]))


def loss_and_gradient(bk, objective, batch=2):
    first = bk.asarray(states(batch))
    frames = [first]
    while len(frames) <= objective.steps:
        frames.append(solver(bk)(frames[-1]))
    window = bk.xp.stack(frames)
    bound = objective.bind(solver(bk))
    call = bk.value_and_grad(lambda p: bound(lambda u: network(p, u), window[: bound.frames, ...]))
    value, gradient = call(parameters(bk))
    return np.append(bk.to_numpy(gradient), bk.to_numpy(value))


def slow_diverted(bk, steps, branch, cut, cut_reference):
    """Every branch for itself, as the definition says; cuts are at absolute levels."""
    p_solver, first = solver(bk), bk.asarray(states())

    def cut_at(level, v):
        return backend_of(v).stop_gradient(v) if cut and level % cut == 0 else v

    def loss(p):
        total, state = 0.0, first
        for t in range(steps - branch + 1):
            v, reference = state, state
            if cut_reference:
                reference = backend_of(state).stop_gradient(state)
            for b in range(1, branch + 1):
                v, reference = network(p, v), p_solver(reference)
                total = total + MSE(v, reference)
                v = cut_at(t + b, v)
            state = cut_at(t + 1, network(p, state))
        return total

    value, gradient = bk.value_and_grad(loss)(parameters(bk))
    return np.append(bk.to_numpy(gradient), bk.to_numpy(value))


LENGTHS = [(t, b) for t in range(1, 5) for b in range(1, t + 1)]


@pytest.mark.parametrize("name", ["numpy", "torch"])
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_diverted_chain_is_the_slow_loop(backends, relative, name, lengths):
    """T network evaluations give what (T - B + 1)(B + 1) give, cuts included."""
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    bk, (steps, branch) = backends[name], lengths
    for cut, cut_reference in product((None, 1, 2), (False, True)):
        expected = slow_diverted(bk, steps, branch, cut, cut_reference)
        for checkpoint in (False, True):
            objective = DivertedChain(
                steps,
                cut_every=cut,
                branch_steps=branch,
                cut_reference=cut_reference,
                checkpoint=checkpoint,
            )
            # the same operations; only the sums over levels are in another order
            assert relative(loss_and_gradient(bk, objective), expected) < 1000 * EPS


AGREEING = [
    DivertedChain(4, MSE, (1.0, 0.5, 2.0), 3, branch_steps=2, branch_weights=(0.5, 1.5)),
    DivertedChain(3, checkpoint=True, branch_steps=2),
    MixedChain(4, MSE, (1.0, 2.0, 0.5, 0.25), 3, physics_steps=2, checkpoint=True),
    Residuum(3, MSE, (1.0, 2.0, 0.5), 2, checkpoint=True),
]


@cache
def by_numpy(objective):
    return loss_and_gradient(xpde.backend("numpy", dtype="float64"), objective)


@pytest.mark.parametrize("objective", AGREEING, ids=lambda o: type(o).__name__)
def test_backends_agree(bk, relative, objective):
    assert relative(loss_and_gradient(bk, objective), by_numpy(objective)) < 1e-12


def same(bk, relative, first, second):
    """Two objectives with one value and gradient: equal operations in another order."""
    a, b = loss_and_gradient(bk, first), loss_and_gradient(bk, second)
    assert relative(a, b) < 1000 * EPS


@pytest.fixture(name="eager")
def _eager():
    """NumPy: the identities are between formulas, and all backends agree on the formulas."""
    return xpde.backend("numpy", dtype="float64")


W = (1.0, 0.5, 2.0)
IDENTITIES = {
    "one step": (DivertedChain(1), Supervised(1)),
    "B = T is supervised": (
        DivertedChain(3, branch_steps=3, branch_weights=W),
        Supervised(3, MSE, W),
    ),
    "B = T with cuts": (DivertedChain(4, cut_every=2, branch_steps=4), Supervised(4, cut_every=2)),
    "residuum of P is B = 1": (Residuum(3, MSE, W), DivertedChain(3, MSE, W)),
    "cut_prev is cut_reference": (Residuum(3, cut_prev=True), DivertedChain(3, cut_reference=True)),
    "Q = 0 is supervised": (MixedChain(3, MSE, W, 2), Supervised(3, MSE, W, 2)),
    "e = 1 cuts the reference": (
        DivertedChain(4, cut_every=1, branch_steps=2),
        DivertedChain(4, cut_every=1, branch_steps=2, cut_reference=True),
    ),
    "a sum is a sum": (
        Composite(((0.25, Supervised(2)), (0.75, Supervised(2)))),
        Supervised(2),
    ),
    "no cut beyond T": (DivertedChain(3, cut_every=3, branch_steps=3), Supervised(3)),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_special_cases(eager, relative, name):
    same(eager, relative, *IDENTITIES[name])


def test_a_weight_per_start_is_not_a_weight_per_level(eager, relative):
    """With B = T there is one start: its weight multiplies everything."""
    doubled = loss_and_gradient(eager, DivertedChain(3, MSE, (2.0,), branch_steps=3))
    assert relative(doubled, 2 * loss_and_gradient(eager, Supervised(3))) < 1000 * EPS


def test_a_detached_start_of_the_physics_leaves_no_gradient(eager, relative):
    """If e divides T - Q, only the network's levels pull; the value counts all."""
    mixed = loss_and_gradient(eager, MixedChain(4, cut_every=2, physics_steps=2))
    plain = loss_and_gradient(eager, Supervised(2, cut_every=2))
    assert relative(mixed[:-1], plain[:-1]) < 1000 * EPS
    assert mixed[-1] > 1.01 * plain[-1]


def test_both_arguments_cut_leave_no_gradient(bk):
    found = loss_and_gradient(bk, Residuum(2, cut_prev=True, cut_next=True))
    assert np.array_equal(found[:-1], [0.0, 0.0])
    assert found[-1] > 0


@pytest.mark.parametrize(
    ("objective", "own", "solved"),
    [
        (Supervised(4), 4, []),
        (DivertedChain(4), 4, [4]),
        (DivertedChain(4, branch_steps=2), 4, [3, 3]),
        (DivertedChain(4, branch_steps=4), 4, [1, 1, 1, 1]),
        (DivertedChain(4, branch_steps=3, checkpoint=True), 4, [1] * 6),
        (MixedChain(4, physics_steps=1), 3, [None]),
        (Residuum(4), 4, [4]),
    ],
    ids=lambda x: type(x).__name__ if not isinstance(x, (int, list)) else str(x),
)
def test_evaluations(objective, own, solved):
    """T of the network; of the solver as many states as the sum has terms, batched by age.

    The numbers of a call of P are its branches; None is one state without a branch axis.
    """
    calls, sizes, u0 = [], [], states()

    def step(u):
        calls.append(u.shape)
        return 0.7 * u

    def reference(u):
        sizes.append(u.shape[0] if u.ndim == 4 else None)
        return 0.9 * u

    objective.bind(reference)(step, np.stack([u0] * (objective.steps + 1)))
    assert calls == [u0.shape] * own
    assert sizes == solved


@pytest.mark.parametrize("objective", AGREEING, ids=lambda o: type(o).__name__)
def test_a_batch_is_the_mean_of_its_members(eager, relative, objective):
    """MSE is a mean over samples, and no sample sees another."""
    bound, p_solver = objective.bind(solver(eager)), solver(eager)
    frames = [states(3)]
    while len(frames) <= objective.steps:
        frames.append(p_solver(frames[-1]))
    window = np.stack(frames)

    def value(part):
        return float(bound(lambda u: network(parameters(eager), u), part))

    single = np.mean([value(window[:, i : i + 1]) for i in range(3)])
    assert relative(value(window), single) < 100 * EPS


def test_checkpoint_memory_grows_with_the_sum_of_the_lengths(backends):
    """Workspace of the compiled gradient, in states: doubling T and B doubles it, not fourfold."""
    if "jax" not in backends:
        pytest.skip("jax is not installed")
    import jax

    u = jax.numpy.ones((1, 1, 4, 1, 512))

    def workspace(steps, checkpoint):
        objective = DivertedChain(
            steps,
            solver=lambda v: v - 0.01 * v * jax.numpy.sin(v),
            branch_steps=steps // 2,
            checkpoint=checkpoint,
        )
        loss = lambda p: objective(lambda v: p * jax.numpy.tanh(v), u)  # noqa: E731
        return jax.jit(jax.grad(loss)).lower(0.9).compile().memory_analysis().temp_size_in_bytes

    small, large = workspace(8, True), workspace(16, True)
    assert large < 2.3 * small  # linear in T + B, with the workspace that does not grow
    assert workspace(16, False) > 2 * large


OVERRIDES = {
    "points": 24,
    "train_samples": 3,
    "train_horizon": 8,
    "batch": 5,
    "test_horizon": 8,
    "test_samples": 2,
}


def config(training):
    return CompareConfig(
        "diff_adv",
        OVERRIDES,
        "Conv;8;4;relu",
        training,
        "adam;40;constant;1e-2",
        backends=("numpy",),
    )


@pytest.mark.parametrize("training", ["div;3", "sum;1;mix;2;1|0.5;residuum;2"])
def test_training_lowers_the_loss_alike(backends, relative, training):
    """The same losses on NumPy and PyTorch; Adam amplifies their rounding a little."""
    if "torch" not in backends:
        pytest.skip("torch is not installed")
    plan = config(training)
    data = np.stack([_trajectory(plan, seed) for seed in range(3)])
    losses = []
    for name in ("numpy", "torch"):
        bk = backends[name]
        placed = bk.asarray(data)
        losses.append(fit(plan, bk, placed, lambda *a, **k: None).trained.losses)
        assert first_gradient(bk, plan, placed)[0] == losses[-1][0]
    assert losses[0][-3:].mean() < 0.5 * losses[0][:3].mean()
    assert relative(losses[1], losses[0]) < 1e-8


def _trajectory(plan, seed):
    x = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    phases = stream(seed, "phases").uniform(0, 2 * np.pi, 3)
    u = sum(np.sin((k + 1) * x + phase) for k, phase in enumerate(phases))[None] / 3
    return plan.problem.stepper().rollout(u, 8, include_initial=True)
