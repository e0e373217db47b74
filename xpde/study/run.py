"""One backend of a comparison, as a process of its own.

``python -m xpde.study.run CONFIG NAME FOLDER`` computes everything and writes it into FOLDER. A
crash, a missing framework or an exhausted memory ends this process and no other. Progress goes to
stdout as one JSON object a line; the last file written is ``done.json``.
"""

import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from xpde.core import Backend, backend, leaves
from xpde.core.backend import Array
from xpde.core.memory import keep_freed_memory
from xpde.errors import BackendUnavailable, NonFinite, XpdeError
from xpde.pde import first_nonfinite
from xpde.study.common import Common, compared_steps
from xpde.study.config import CompareConfig
from xpde.study.emulate import Reporter, fit, loss_table, metric_table, score
from xpde.study.probes import adapter_probe, first_gradient
from xpde.study.provenance import provenance
from xpde.study.statistics import spectrum
from xpde.study.store import write_fields, write_json, write_table
from xpde.study.timing import measure
from xpde.train import save_weights

__all__ = ["DONE", "configure_process", "main", "run_backend"]

DONE = "done.json"
"""Written last; a folder without it is unfinished and is computed again."""


def _trajectories(config: CompareConfig, bk: Backend, start: np.ndarray, steps: int) -> Array:
    """Roll the reference solver out, (S, T+1, C, *N), and refuse NaN."""
    stepper = config.problem.stepper(bk)
    make = bk.jit(lambda plan, u: plan.rollout(u, steps, include_initial=True))
    data = make(stepper, bk.asarray(start))
    bad = first_nonfinite(data, config.problem.dims)
    if bad is not None:
        raise NonFinite(
            f"{config.scenario}: expected finite data, got NaN or infinity at step {bad[0]} of "
            f"sample {bad[1]}; use more substeps, more diffusion or more points"
        )
    return data


def _solver_times(config: CompareConfig, bk: Backend, start: np.ndarray) -> dict[str, float]:
    """Time one step of one state, and the rollout of the whole test set."""
    stepper, one = config.problem.stepper(bk), bk.asarray(start[:1])
    step = bk.jit(lambda plan, u: plan(u))
    single = measure(bk, lambda: step(stepper, one))
    horizon = config.problem.test_horizon
    make = bk.jit(lambda plan, u: plan.rollout(u, horizon))
    states = bk.asarray(start)
    rollout = measure(bk, lambda: make(stepper, states), repeats=3)
    return {
        "compile_s": single.compile + rollout.compile,
        "step_us": single.median * 1e6,
        "rollout_s": rollout.median,
    }


def run_backend(
    config: CompareConfig, name: str, folder: Path, common: Common, progress: Reporter
) -> None:
    """Compute everything that is compared on one backend and write it into ``folder``."""
    began = time.perf_counter()
    bk = backend(name, device=config.device, dtype=config.dtype)
    problem = config.problem
    progress("adapter")
    arrays = {
        f"probe/{k}": v for k, v in adapter_probe(bk, problem.grid.points, config.seed).items()
    }
    progress("reference data")
    train = _trajectories(config, bk, common.train, problem.train_horizon)
    test = _trajectories(config, bk, common.test, problem.test_horizon)
    count = 1 if problem.dims > 1 else min(4, problem.test_samples)
    compared = test[:count, : compared_steps(config) + 1, ...]
    arrays["rollout"] = bk.to_numpy(compared)
    arrays["spectra"] = spectrum(bk.to_numpy(test[:, -1, ...]), problem.dims)
    progress("timing")
    times = _solver_times(config, bk, common.test)
    progress("gradient")
    loss, gradient = first_gradient(bk, config, train)
    arrays["gradient"] = gradient
    arrays["gradient_sizes"] = np.asarray([leaf.size for leaf in leaves(config.initial_weights())])
    arrays["first_loss"] = np.asarray([loss])
    fitted = fit(config, bk, train, progress)
    progress("evaluation")
    scores = score(config, bk, fitted.trained.emulator, test)
    arrays["errors"] = scores.samples
    arrays["fields/reference"] = bk.to_numpy(test[0, ...]).astype(np.float32)
    arrays["fields/emulator"] = scores.predicted.astype(np.float32)
    times |= {
        "compile_s": times["compile_s"] + fitted.compile,
        "updates_per_s": fitted.updates_per_s,
        "train_s": fitted.seconds,
        "evaluate_s": scores.seconds,
    }
    write_fields(folder / "arrays.h5", arrays)
    write_table(folder / "losses.parquet", loss_table(name, fitted.trained.losses))
    write_table(folder / "metrics.parquet", metric_table(name, scores.metrics))
    about = {"config": config.plain()}
    save_weights(folder / "weights.safetensors", fitted.trained.emulator, about)
    seeds = {"weights": config.seed, "train": problem.train_seed, "test": problem.test_seed}
    write_json(folder / "provenance.json", provenance(bk, seeds))
    write_json(folder / DONE, times | {"total_s": time.perf_counter() - began})


def _say(kind: str, **values: Any) -> None:
    print(json.dumps({"kind": kind, **values}), flush=True)


def _progress(label: str, done: int = 0, total: int = 0, note: str = "") -> None:
    _say("progress", label=label, done=done, total=total, note=note)


def configure_process(name: str, dtype: str) -> None:
    """Configure a process that is ours: freed memory is kept, JAX is switched to float64."""
    keep_freed_memory()
    if name == "jax" and dtype == "float64":
        try:
            import jax
        except ImportError:
            return
        jax.config.update("jax_enable_x64", True)


def main(argv: list[str]) -> int:
    """Run one backend; the reason of a failure is the last line of stdout."""
    path, name, target = Path(argv[0]), argv[1], Path(argv[2])
    config = CompareConfig.read(path)
    try:
        configure_process(name, config.dtype)
        common = Common.at(target.parent / "common.h5", config)
        run_backend(config, name, target, common, _progress)
    except BackendUnavailable as error:
        _say("end", status="missing", reason=str(error))
        return 1
    except XpdeError as error:
        _say("end", status="failed", reason=str(error))
        return 1
    except Exception as error:  # noqa: BLE001 - the boundary of the process: the row gets the reason
        traceback.print_exc()
        _say("end", status="failed", reason=f"{type(error).__name__}: {error}"[:500])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
