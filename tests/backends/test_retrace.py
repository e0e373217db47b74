"""On JAX a second call of the same kind traces and compiles nothing."""

import numpy as np
import pytest

import xpde
from xpde.core import stream, tree_map
from xpde.metrics import evaluate
from xpde.nn import Conv
from xpde.optim import adam, averaged, constant
from xpde.pde import Stepper, burgers, diffusion
from xpde.space import Grid
from xpde.train import Supervised, Trainer, rollout

jax = pytest.importorskip("jax")


@pytest.fixture(scope="module")
def events():
    """Traces and compilations as JAX counts them."""
    found: list[str] = []

    def listen(name: str, seconds: float, **_: object) -> None:
        if "trace" in name or "backend_compile" in name:
            found.append(name)

    jax.monitoring.register_event_duration_secs_listener(listen)
    return found


BK = xpde.backend("jax")
GRID = Grid.cube(1, 16, 1.0)


def states(seed, *lead):
    return BK.asarray(np.random.default_rng(seed).standard_normal((*lead, 1, 16)))


def stepper(nu):
    return Stepper.build(burgers(1, diffusivity=nu), GRID, 1e-3, backend=BK)


def trained(seed):
    """A training as a script writes it, with everything made anew."""
    optimizer = averaged(adam(constant(1e-3)), 0.9)
    trainer = Trainer(Conv(1, 1, 1, 2, 1), Supervised(2), optimizer, updates=3, batch_size=2)
    return trainer.run(trainer.network.init(stream(seed, "network")), states(seed, 2, 4)).params


def predicted(seed):
    network = Conv(1, 1, 1, 2, 1)
    params = tree_map(BK.asarray, network.init(stream(seed, "network")))
    return rollout(network, params, states(seed, 2), 3)


CALLS = {
    "step": lambda i: stepper(0.1 + i)(states(i)),
    "rollout": lambda i: stepper(0.1 + i).rollout(states(i, 2), 5, include_initial=True),
    "repeat": lambda i: stepper(0.1 + i).repeat(states(i), 4),
    "training": trained,
    "network": predicted,
    "metrics": lambda i: evaluate(states(i, 2, 3), states(i + 9, 2, 3), ["mean_nRMSE"], 1),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_second_call_compiles_nothing(events, name):
    BK.synchronize(CALLS[name](0))
    events.clear()
    BK.synchronize(CALLS[name](1))
    assert events == []


def test_another_length_is_another_program(events):
    """The counter counts: what is new is compiled."""
    fresh = Stepper.build(diffusion(1), Grid.cube(1, 18, 1.0), 1e-3, backend=BK)
    events.clear()
    BK.synchronize(fresh.rollout(BK.asarray(np.zeros((1, 18))), 3))
    assert events
