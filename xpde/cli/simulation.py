"""The command that solves and draws: ``simulate``."""

from pathlib import Path
from typing import Any

from xpde.cli.frameworks import started
from xpde.cli.shared import complain, output_folder, say
from xpde.options import AS_IS, HERE, Machine, Problem

__all__ = ["simulate"]


def simulate(
    scenario: str,
    /,
    *,
    out: Path | None = None,
    samples: int = 1,
    steps: int | None = None,
    seed: int | None = None,
    machine: Machine = HERE,
    problem: Problem = AS_IS,
) -> int:
    """Simulate a scenario: write a trajectory file and a picture.

    A sample that becomes non-finite keeps its states before that step and is NaN from there; the
    exit code is then 1. For sets that do not fit in memory see `xpde data`.

    For example:

    ```
    xpde simulate diff_ks --backend jax --out out/ks
    xpde simulate phy_kolm_flow --points 64 --steps 50 --dtype float64
    ```

    Parameters
    ----------
    scenario
        Key of a scenario; `xpde list` shows them.
    out
        Folder for `trajectory.h5` and `trajectory.png`; `out/SCENARIO` by default.
    samples
        Number of trajectories, each from its own random initial state.
    steps
        Steps of each trajectory; the scenario's test horizon by default.
    seed
        Seed of the initial states.
    """
    from xpde.report.pictures import trajectory
    from xpde.report.theme import save_png
    from xpde.study.data import blow_up, kept_states, unchecked_data
    from xpde.study.store import write_fields

    more = {"test_samples": samples, "test_horizon": steps, "test_seed": seed}
    found = problem.scenario(scenario, **more)
    bk = started(machine)
    folder = output_folder(out, scenario)
    states, good = kept_states(bk.to_numpy(unchecked_data(found, bk, "test")))
    extent = found.grid.extent
    about: dict[str, Any] = {
        "scenario": scenario,
        "equation": found.equation.formula,
        "backend": bk.name,
    }
    about |= {"extent": extent, "dt": found.dt, "seed": found.test_seed, "vlim": found.vlim}
    about["finite_steps"] = good
    file = folder / "trajectory.h5"
    write_fields(file, {"trajectory": states}, about)
    say(f"trajectories {states.shape}: {file}")
    if good[0] > 1:
        save_png(trajectory(states[0, : good[0]], extent, found.dt), folder / "trajectory.png")
        say(f"picture: {folder / 'trajectory.png'}")
    if good.min() == states.shape[1]:
        return 0
    sample = int(good.argmin())
    kept = f"; everything before is in {file}"
    return complain(blow_up(scenario, int(good[sample]), sample, kept), 1)
