"""What two linear weights must give: least squares on the spectrum of the training states."""

import numpy as np

from xpde.errors import InvalidInput
from xpde.study.data import initial_states
from xpde.study.superiority.ansatz import Ansatz
from xpde.study.superiority.closed import closed_symbol
from xpde.study.superiority.experiment import Experiment, Seeds

__all__ = ["expected_ratio"]


def expected_ratio(
    experiment: Experiment, seeds: Seeds, mode: int = 5, *, equal: bool = False
) -> float:
    """Return ξ[1] at a mode of the two taps with the least one-step error on the training states.

    ξ = |h(φ) - a(φ)| / |ι(φ) - a(φ)|, where h is fitted to the implicit scheme ι at the modes of
    the data, weighted with their mean squared amplitudes. A trained network of two taps has this
    ratio up to what its optimizer leaves.

    Parameters
    ----------
    experiment
        Of :func:`~xpde.study.superiority.advection.multimode`.
    seeds
        That of the training states is used.
    mode
        k of the test, φ = k/N.
    equal
        Whether the modes of the data count equally, as in the limit of many states without
        normalization.

    Raises
    ------
    InvalidInput
        If the equation is not advection.
    """
    parameters = dict(experiment.parameters)
    if "advection_gamma" not in parameters:
        raise InvalidInput(f"expected advection, got {experiment.key}; its symbols are not linear")
    difficulty = float(parameters["advection_gamma"])
    states = initial_states(experiment.taught(seeds), "train")[:, 0]
    points = states.shape[-1]
    power = np.mean(np.abs(np.fft.rfft(states)) ** 2, axis=0)
    modes = np.flatnonzero(power > 1e-20 * np.max(power))
    psi = modes / points
    taps = Ansatz("advection", leftward=difficulty > 0)
    target = closed_symbol("advection", "implicit", psi, difficulty)
    weights = taps.fit(target, psi, None if equal else list(power[modes]))
    phi = np.asarray([mode / points])
    implicit, exact = (
        closed_symbol("advection", scheme, phi, difficulty) for scheme in ("implicit", "analytic")
    )
    return float(np.abs(taps.symbol(weights, phi) - exact)[0] / np.abs(implicit - exact)[0])
