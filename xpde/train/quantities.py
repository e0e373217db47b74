"""Numbers to log beside the losses: functions of an event."""

from collections.abc import Callable
from math import sqrt
from typing import Any

from xpde.core import backend_of, leaves, namespace_of
from xpde.nn import Network
from xpde.train.callbacks import Event
from xpde.train.emulator import rollout

Array = Any
Quantity = Callable[[Event], float]

__all__ = ["Quantity", "rollout_metric", "weight_norm"]


def weight_norm(event: Event) -> float:
    """Return √Σ p², the Euclidean norm of all parameters together."""
    flat = leaves(event.params)
    return sqrt(sum(float(namespace_of(p).sum(p * p)) for p in flat))


def rollout_metric(
    network: Network, trajectories: Array, metric: Callable[[Array, Array], Array]
) -> Quantity:
    """Return the mean of a metric over rollouts of the emulator, as a number to log.

    Parameters
    ----------
    network
        The map that is trained.
    trajectories
        (S, T + 1, C, *N): the first frames are rolled out, the T later ones compared with.
    metric
        ``metric(predicted, reference)`` of two sets (S, T, C, *N), such as
        ``partial(nRMSE, dims=1)``; the mean is over all values it returns.
    """
    first, reference = trajectories[:, 0, ...], trajectories[:, 1:, ...]

    def measure(event: Event) -> float:
        predicted = rollout(network, event.emulator, first, reference.shape[1])
        return float(backend_of(predicted).to_numpy(metric(predicted, reference)).mean())

    return measure
