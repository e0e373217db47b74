"""Burgers' equation with few Picard steps as teacher and converged ones as judge."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from xpde.core import Backend, namespace_of
from xpde.errors import InvalidInput
from xpde.metrics import nRMSE
from xpde.pde.implicit import ImplicitStepper
from xpde.study.data import initial_states
from xpde.study.superiority.experiment import Experiment, Seeds

__all__ = ["CONVERGED", "PicardAnalysis", "burgers", "picard_analysis"]

CONVERGED = "fd;1.0;100"
"""Implicit Euler, Picard iteration until the state changes by less than 1e-5, at most 100 times."""


def burgers(picard: int = 1, **changes: Any) -> Experiment:
    """Return the experiment of figure 6: u_t = b u u_x + ν u_xx on 60 points.

    ν Δt/Δx² = 0.1 and b = -8/60, CFL 8 at |u| = 1. Teacher and reference are the same scheme,
    implicit Euler with first-order upwind differences; the teacher does ``picard`` Picard steps,
    the reference all that it takes. Trained on one step from smooth states, an offset and a wave
    of mode 1: no shock is in the data.

    Parameters
    ----------
    picard
        Picard steps of the teacher; 1 freezes the coefficients at the old state.
    changes
        Other fields of the experiment.
    """
    fields: dict[str, Any] = {
        "name": f"burgers, {picard} Picard step{'s' if picard > 1 else ''}",
        "key": "diff_burgers",
        "parameters": (("convection_delta", -8.0), ("diffusion_gamma", 0.2), ("points", 60)),
        "teacher": f"fd;1.0;{picard}",
        "reference": CONVERGED,
        "train_initial": "fourier;1;false;true",
        "test_initial": "fourier;1;false;true",
        "metric": "nRMSE",
        "train_samples": 500,
        "test_samples": 20,
        "horizon": 10,
        "optimizer": "adam;100_000;warmup_cosine;0.0;3e-4;5_000",
    }
    return Experiment(**fields | changes)


@dataclass(frozen=True, eq=False)
class PicardAnalysis:
    """What Picard iteration does along trajectories of the converged solver.

    Attributes
    ----------
    iterations
        Solves until convergence at every state, (S, T): that of the first step is at 0.
    one_step
        ‖p(uᵗ) - r(uᵗ)‖₂/‖r(uᵗ)‖₂ of the teacher p and the converged r, (S, T).
    """

    iterations: np.ndarray
    one_step: np.ndarray

    def table(self) -> pd.DataFrame:
        """Return median and quartiles over samples of both, a row for each step from 1."""
        parts: dict[str, np.ndarray] = {"step": np.arange(1, self.iterations.shape[1] + 1)}
        for name, values in (("iterations", self.iterations), ("one_step", self.one_step)):
            low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
            parts |= {name: middle, f"{name}_low": low, f"{name}_high": high}
        return pd.DataFrame(parts)


def picard_analysis(
    experiment: Experiment, bk: Backend, samples: int = 300, steps: int = 40, seed: int = 100
) -> PicardAnalysis:
    """Count Picard iterations and measure one step of the teacher along converged trajectories.

    Parameters
    ----------
    experiment
        Of :func:`burgers`; its reference iterates.
    bk
        Where.
    samples, steps, seed
        Of the training states from which the converged solver goes on.

    Raises
    ------
    InvalidInput
        If the reference does not iterate.
    """
    scenario = experiment.taught(Seeds(train=seed))
    teacher = scenario.stepper(bk)
    judge = experiment.judged(Seeds(train=seed)).stepper(bk)
    if not isinstance(judge, ImplicitStepper) or judge.nonlinear is None:
        raise InvalidInput(
            f"picard analysis: expected a reference that iterates, got {experiment.reference}"
        )
    u = bk.asarray(initial_states(scenario, "train", samples))

    def body(u: Any, _: None) -> tuple[Any, tuple[Any, Any]]:
        taken, found = judge.solved(u), teacher(u)
        # the last solve shows that the state no longer changes, and is not counted as a step
        return taken.value, (taken.iterations + 1, nRMSE(found, taken.value, dims=1))

    program = bk.jit(lambda u: bk.scan(body, u, length=steps)[1])
    counts, errors = program(u)
    xp = namespace_of(u)
    return PicardAnalysis(
        bk.to_numpy(xp.moveaxis(counts, 0, 1)).astype(np.float64),
        bk.to_numpy(xp.moveaxis(errors, 0, 1)).astype(np.float64),
    )
