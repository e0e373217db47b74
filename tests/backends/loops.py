"""What the tests of modules share: data, our training, and the batches of a loop by hand."""

import numpy as np

import xpde
from xpde.optim import adam, constant
from xpde.train import Supervised, Trainer, Windows, batch_plan

RATE, UPDATES, BATCH = 1e-2, 20, 6  # two batches an epoch, of one size: one compilation


def trajectories(dims=1):
    """Two channels that shift and mix, (3, 5, 2, *N): 12 windows, so that epochs are crossed."""
    rng = np.random.default_rng(0)
    points = (12,) if dims == 1 else (6, 5)
    u = rng.standard_normal((3, 2, *points))
    frames = [0.9**t * np.roll(u, t, axis=-1) for t in range(5)]
    return np.stack(frames, axis=1)


def windows(data):
    """The pairs (u_t, u_{t+1}) of every update, each (B, C, *N), as a loop by hand takes them."""
    plan = Windows(*data.shape[:2], 1)
    flat = data.reshape(-1, *data.shape[2:])
    for batch in batch_plan(plan.count, BATCH, UPDATES, seed=3):
        rows = plan.rows(batch)
        yield flat[rows], flat[rows + 1]


def trained(network, framework, data):
    """Twenty updates of Adam by the trainer."""
    bk = xpde.backend(framework, dtype="float64")
    trainer = Trainer(network, Supervised(), adam(constant(RATE)), UPDATES, BATCH, seed=3)
    return trainer.run(network.init(None), bk.asarray(data))
