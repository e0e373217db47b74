"""Write docs/cavity.md and its picture: ``python -m bench.cavity [--points 64] [--out docs]``.

The lid-driven cavity at Re = 100 by the implicit finite-difference solver, beside the tables of
Ghia, Ghia & Shin (1982). About two minutes.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy.interpolate import CubicSpline

import xpde
from bench.table import provenance
from xpde.pde.implicit import NavierStokes
from xpde.report.theme import INK, figure, save_png, themed
from xpde.solvers import BiCGStab
from xpde.space.finite import Staggered, Wall
from xpde.study.store import atomic
from xpde.time import IMPLICIT_EULER

__all__ = ["BOTELLA", "GHIA_U", "GHIA_V", "profiles", "steady"]

REYNOLDS = 100
PICTURE = Path("images/cavity.png")

# J. Comput. Phys. 48 (1982) 387, tables I and II, Re = 100: u over y on x = ½, v over x on y = ½.
GHIA_U = {
    0.9766: 0.84123, 0.9688: 0.78871, 0.9609: 0.73722, 0.9531: 0.68717, 0.8516: 0.23151,
    0.7344: 0.00332, 0.6172: -0.13641, 0.5: -0.20581, 0.4531: -0.21090, 0.2813: -0.15662,
    0.1719: -0.10150,
}  # fmt: skip
GHIA_V = {
    0.9688: -0.05906, 0.9609: -0.07391, 0.9531: -0.08864, 0.9453: -0.10313, 0.9063: -0.16914,
    0.8594: -0.22445, 0.8047: -0.24533, 0.5: 0.05454, 0.2344: 0.17527, 0.2266: 0.17507,
    0.1563: 0.16077,
}  # fmt: skip
BOTELLA = {"min u": -0.21404, "max v": 0.17957, "min v": -0.25380}
"""Extremes of the spectral solution of Botella & Peyret, Comput. Fluids 27 (1998) 421."""


def steady(bk: xpde.Backend, n: int) -> np.ndarray:
    """Return u, v, p of the steady flow on n² cells, (3, n, n): velocities on the right faces."""
    walls = ((Wall(), Wall()), (Wall(), Wall((1.0, 0.0))))
    solver = NavierStokes.build(
        Staggered.build((n, n), 1.0, walls),
        1.0 / REYNOLDS,
        1.92 / n,
        BiCGStab(rtol=1e-7, max_steps=40),
        like=bk.asarray(np.zeros(1)),
        scheme=IMPLICIT_EULER,
        picard=1,
    )
    advance, state = bk.jit(solver.repeated(20)), bk.asarray(np.zeros((3, n, n)))
    for _ in range(100):
        before, state = state, advance(state)
        if np.max(np.abs(bk.to_numpy(state - before)[:2])) < 1e-6:
            return bk.to_numpy(state)
    raise AssertionError("the flow is not steady")


def profiles(state: np.ndarray) -> tuple[CubicSpline, CubicSpline]:
    """Return u over y on x = 1/2 and v over x on y = 1/2, through the cells and the walls."""
    n, (u, v, _) = state.shape[-1], state
    ends = np.concatenate([[0.0], (np.arange(n) + 0.5) / n, [1.0]])
    along_y = CubicSpline(ends, np.concatenate([[0.0], u[n // 2 - 1], [1.0]]))
    along_x = CubicSpline(ends, np.concatenate([[0.0], v[:, n // 2 - 1], [0.0]]))
    return along_y, along_x


def extremes(u: CubicSpline, v: CubicSpline) -> dict[str, float]:
    """Return the extremes of both profiles."""
    fine = np.linspace(0, 1, 1001)
    return {"min u": np.min(u(fine)), "max v": np.max(v(fine)), "min v": np.min(v(fine))}


def drawn(state: np.ndarray) -> Figure:
    """Draw the stream lines over the speed, and both profiles with the tables' points."""
    u, v = profiles(state)
    with themed():
        made = figure(9.6, 3.4)
        left, middle, right = made.subplots(1, 3)
        _stream(left, state)
        fine = np.linspace(0, 1, 400)
        middle.plot(u(fine), fine, color="#0072b2")
        middle.plot([*GHIA_U.values()], [*GHIA_U], "o", color=INK, markersize=4, fillstyle="none")
        middle.set(xlabel="u on x = ½", ylabel="y")
        right.plot(fine, v(fine), color="#0072b2", label="xpde")
        right.plot([*GHIA_V], [*GHIA_V.values()], "o", color=INK, markersize=4, fillstyle="none",
                   label="Ghia et al. (1982)")  # fmt: skip
        right.set(xlabel="x", ylabel="v on y = ½")
        right.legend(frameon=False)
    return made


def _stream(axes: Any, state: np.ndarray) -> None:
    n = state.shape[-1]
    u, v = (0.5 * (w + np.roll(w, 1, a)) for a, w in enumerate(state[:2]))
    u[0], v[:, 0] = 0.5 * state[0, 0], 0.5 * state[1, :, 0]
    x = (np.arange(n) + 0.5) / n
    axes.imshow(np.hypot(u, v).T, origin="lower", extent=(0, 1, 0, 1), cmap="viridis", vmax=0.6)
    axes.streamplot(x, x, u.T, v.T, color="white", density=1.1, linewidth=0.6, arrowsize=0.6)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="x", ylabel="y")
    axes.grid(visible=False)


def page(state: np.ndarray) -> str:
    """Return the page."""
    u, v = profiles(state)
    n, facts = state.shape[-1], provenance()
    far_u = max(abs(u(y) - value) for y, value in GHIA_U.items())
    far_v = max(abs(v(x) - value) for x, value in GHIA_V.items())
    lines = [
        "# The lid-driven cavity\n",
        f"Steady flow at Re = {REYNOLDS} in a box whose lid moves to the right with velocity 1, by "
        f"implicit Euler steps and projection on a staggered grid of {n}² cells. Written by "
        "`python -m bench.cavity` "
        f"(date {facts['date']}, xpde {facts['xpde']}).\n",
        f"![Stream lines over the speed, and profiles through the middle]({PICTURE})\n",
        f"Largest distance from the tables of Ghia, Ghia & Shin (1982): u {far_u:.4f}, v "
        f"{far_v:.4f}, in units of the lid's velocity. In v the table itself ends at "
        f"{min(GHIA_V.values())}, where the spectral solution of Botella & Peyret (1998) has "
        f"{BOTELLA['min v']}.\n",
        "| y | u | Ghia et al. | x | v | Ghia et al. |",
        "|---|---|---|---|---|---|",
    ]
    for (y, a), (x, b) in zip(GHIA_U.items(), GHIA_V.items(), strict=True):
        lines.append(f"| {y} | {float(u(y)):.5f} | {a:.5f} | {x} | {float(v(x)):.5f} | {b:.5f} |")
    lines += ["", "| | xpde | Botella & Peyret (1998) |", "|---|---|---|"]
    found = extremes(u, v)
    lines += [f"| {name} | {found[name]:.5f} | {value:.5f} |" for name, value in BOTELLA.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Compute and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.cavity", description=__doc__)
    parser.add_argument("--points", type=int, default=64, help="cells along each axis, even")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder of the page")
    arguments = parser.parse_args()
    state = steady(xpde.backend("jax"), arguments.points)
    save_png(drawn(state), arguments.out / PICTURE)
    with atomic(arguments.out / "cavity.md") as temporary:
        temporary.write_text(page(state), encoding="utf-8")


if __name__ == "__main__":
    main()
