"""A scenario in words and numbers: equation, coefficients, stability, what is known to work."""

from collections.abc import Iterable
from typing import Any

from xpde.conventions import Conventions
from xpde.pde import growth
from xpde.study.coefficients import Coefficients
from xpde.study.envelope import envelope
from xpde.study.scenario import Scenario

__all__ = ["coordinates", "describe", "stability"]


def describe(scenario: Scenario) -> str:
    """Return some lines: equation, coefficients in all coordinates, stability, grid, data sets."""
    shape = " x ".join([str(scenario.channels), *map(str, scenario.grid.points)])
    lengths = sorted(set(scenario.grid.extent), reverse=True)
    box = ", ".join(f"{length:g}" for length in lengths)
    rows = [
        ("equation", scenario.equation.formula),
        ("parameters", ", ".join(f"{n} {_short(v)}" for n, v in scenario.parameters.items())),
        *((f"{name}", text) for name, text in coordinates(scenario)),
        *(("stability", text) for text in stability(scenario)),
        ("state", f"{shape} on a box of length {box}"),
        ("step", f"{scenario.dt:g} in {scenario.substeps} of order {scenario.order}"),
        ("conventions", scenario.conventions),
        ("initial", f"{scenario.initial}, {scenario.warmup} steps of warm-up"),
        ("train", f"{scenario.train_samples} x {scenario.train_horizon} steps"),
        ("test", f"{scenario.test_samples} x {scenario.test_horizon} steps"),
        *(("finite", text) for text in envelope(scenario)),
    ]
    lines = [f"{scenario.key}: {scenario.summary}"]
    previous = ""
    for name, text in rows:
        lines.append(f"  {'' if name == previous else name:<12}{text}")
        previous = name
    return "\n".join(lines)


def coordinates(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the coefficients of a generic family in all three coordinates, as text."""
    physical = scenario.coefficients
    if physical is None or len({*scenario.grid.points, *scenario.grid.extent}) > 2:
        return []
    normalized = physical.normalized(extent=scenario.grid.extent[0], dt=scenario.dt)
    hard = normalized.difficulties(dims=scenario.dims, points=scenario.grid.points[0])
    return [
        ("physical", _terms(physical, "a", "b")),
        ("normalized", _terms(normalized, "α", "β")),
        ("difficulty", _terms(hard, "γ", "δ")),
    ]


def stability(scenario: Scenario) -> list[str]:
    """Say what the numbers mean for an explicit scheme, and how fast modes grow."""
    lines = []
    physical = scenario.coefficients
    if physical is not None and len({*scenario.grid.points, *scenario.grid.extent}) <= 2:
        normalized = physical.normalized(extent=scenario.grid.extent[0], dt=scenario.dt)
        hard = normalized.difficulties(dims=scenario.dims, points=scenario.grid.points[0])
        lines += list(_meanings(hard))
    if scenario.equation.multiplier is not None:
        return lines
    fastest = growth(scenario.equation, scenario.grid, Conventions(scenario.conventions))
    step = fastest.rate * scenario.dt
    if step <= 1e-12:
        lines.append("no mode of the linear part grows")
    else:
        total = step * scenario.steps_in_all
        lines.append(
            f"mode {fastest.mode} grows fastest, e^{step:.3g} a step, e^{total:.3g} over all steps"
        )
    return [*lines, *(f"warning: {text}" for text in scenario.warnings())]


def _meanings(hard: Coefficients) -> Iterable[str]:
    line = [*hard.linear, 0.0, 0.0, 0.0, 0.0, 0.0]
    if line[1]:
        yield f"CFL |γ₁| = {abs(line[1]):.3g} cells per step over all axes (upwind: at most 1)"
    if line[2]:
        yield f"diffusion number |γ₂|/2 = {abs(line[2]) / 2:.3g} (explicit Euler: at most 1/2)"
    for order, sign in ((3, "₃"), (4, "₄")):
        if line[order]:
            yield f"|γ{sign}| = {abs(line[order]):.3g} (most compact explicit scheme: at most 1)"
    if hard.convection:
        yield f"CFL |δ₁| = {abs(hard.convection):.3g} for |u| ≤ 1 (upwind: at most 1)"
    if hard.gradient_norm:
        yield f"|δ₂| = {abs(hard.gradient_norm):.3g} for |u| ≤ 1"


def _terms(c: Coefficients, linear: str, nonlinear: str) -> str:
    digits = "₀₁₂₃₄₅₆₇₈₉"
    rest = (("₀", c.quadratic), ("₁", c.convection), ("₂", c.gradient_norm))
    parts = [f"{linear}{digits[j]} {a:.6g}" for j, a in enumerate(c.linear) if a]
    parts += [f"{nonlinear}{sign} {b:.6g}" for sign, b in rest if b]
    parts += [f"c{digits[k]} {a:.6g}" for k, a in enumerate(c.polynomial) if a]
    return ", ".join(parts) or "none"


def _short(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(_short(v) for v in value) + ")"
    return f"{value:g}" if isinstance(value, float) else str(value)
