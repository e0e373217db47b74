"""One step of every scenario of the benchmark as published: ``python bench/reference_0_1.py``.

APEBench 0.1 needs exponax 0.1.0, which cannot live beside 0.2.0, so it gets a virtual environment
of its own. There every scenario builds its reference stepper, which advances one state once, in
float32 (the benchmark's precision) and in float64. A dozen values, means and sizes are kept in
``tests/reference/exponax_0_1.json``, which tests compare with ``Conventions("apebench-0.1")``.
"""

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "tests" / "reference"
REQUIREMENT = "apebench==0.1.1"
PACKAGES = ("apebench", "exponax", "equinox", "jax", "jaxlib", "numpy")
DIGITS = {"float32": 9, "float64": 17}  # what it takes to restore every bit


def main() -> None:
    """Make the environment where it is missing, then run this file in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, default=Path("out/reference-0.1"))
    parser.add_argument("--out", type=Path, default=REFERENCE / "exponax_0_1.json")
    parser.add_argument("--inside", action="store_true", help="this is the environment")
    arguments = parser.parse_args()
    if arguments.inside:
        arguments.out.write_text(document())
        return
    python = arguments.venv.absolute() / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", arguments.venv], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", REQUIREMENT], check=True)
    subprocess.run([python, __file__, "--inside", "--out", arguments.out], check=True)


def document() -> str:
    """Return the golden file, one scenario a line."""
    import jax

    cases: dict[tuple[str, int], dict[str, Any]] = {}
    for precision in DIGITS:
        jax.config.update("jax_enable_x64", precision == "float64")
        for scenario, entry in scenarios():
            case = cases.setdefault((entry["key"], entry["dims"]), entry)
            case[precision] = advanced(scenario, case["key"], precision)
    lines = ",\n".join(f"  {json.dumps(case)}" for case in cases.values())
    versions = {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    return f'{{"versions": {json.dumps(versions)},\n "cases": [\n{lines}\n]}}\n'


def scenarios() -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the 46 of the suite, then what is left of the keys in their first dimension."""
    import apebench
    from apebench.scenarios import guaranteed_non_nan, scenario_dict

    seen = set()
    for curated in apebench.scraper.CURATION_APEBENCH_V1:
        options = {k: v for k, v in curated.items() if k != "scenario"}
        seen.add(curated["scenario"])
        yield described(scenario_dict[curated["scenario"]](**options), curated["scenario"], True)
    first = dict(guaranteed_non_nan)
    for key, made in scenario_dict.items():
        if key not in seen:
            yield described(made(num_spatial_dims=first.get(key, 1)), key, False)


def described(scenario: Any, key: str, in_suite: bool) -> tuple[Any, dict[str, Any]]:
    """Return a scenario with its entry of the golden file, still without numbers."""
    entry = {"key": key, "dims": scenario.num_spatial_dims, "points": scenario.num_points}
    return scenario, entry | {"suite": in_suite}


def advanced(scenario: Any, key: str, precision: str) -> dict[str, Any]:
    """Advance the initial state once and sample the result."""
    import jax.numpy as jnp
    from equinox import filter_jit
    from waves import indices, initial

    dims, points = scenario.num_spatial_dims, scenario.num_points
    u = initial(key, dims, points, scenario.num_channels).astype(precision)
    v = np.asarray(filter_jit(scenario.get_ref_stepper())(jnp.asarray(u)))
    if v.dtype != precision or v.shape != u.shape:
        raise RuntimeError(f"{key}: expected {precision} {u.shape}, got {v.dtype} {v.shape}")
    exact, axes = v.astype(np.float64), tuple(range(1, v.ndim))
    numbers = {
        "values": np.ravel(exact)[indices(v.size)],
        "mean": np.mean(exact, axis=axes),
        "rms": np.sqrt(np.mean(exact**2, axis=axes)),
    }
    digits = DIGITS[precision]
    return {name: [float(f"{x:.{digits}g}") for x in numbers[name]] for name in numbers} | {
        "largest": float(f"{np.max(np.abs(exact)):.{digits}g}")
    }


if __name__ == "__main__":
    sys.path.insert(0, str(REFERENCE))
    main()
