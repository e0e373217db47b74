"""AdamW."""

from xpde.core.programs import remembered
from xpde.optim.adam import adam
from xpde.optim.decay import decayed
from xpde.optim.optimizer import Optimizer
from xpde.optim.schedule import Schedule

__all__ = ["adamw"]


@remembered
def adamw(
    schedule: Schedule,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
) -> Optimizer:
    """Return Adam with decoupled weight decay λ.

    p ← p - η(s) (m̂ / (√v̂ + ε) + λ p)

    m̂ and v̂ are the moments of :func:`adam` after bias correction; its state is the state. All
    parameters decay, biases too. With λ = 0 it is ``adam``, with the same bits.

    Parameters
    ----------
    schedule
        Learning rate η of the 0-based update number; it scales the decay too.
    b1, b2, eps
        As in :func:`adam`.
    weight_decay
        λ, 0 or more.

    Reference: Loshchilov & Hutter, Decoupled Weight Decay Regularization (ICLR 2019), algorithm 2,
    with the rate inside η.
    """
    return decayed(adam(schedule, b1, b2, eps), schedule, weight_decay)
