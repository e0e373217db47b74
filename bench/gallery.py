"""Write docs/gallery.md and its pictures: ``python -m bench.gallery [--out docs] [--key KEY]``.

Everything on the page is computed here, in double precision on NumPy: a trajectory of each of the
46, its invariants, and the order of every scheme. What was computed before is kept in ``--entries``
unless its key is named; it takes a few minutes.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

import xpde
from bench.orders import COUNTS, FINEST, POINTS, measured_orders
from bench.table import provenance
from xpde.report.pictures import equal_paths, trajectory
from xpde.report.theme import INK, save_png
from xpde.study.catalogue import SCENARIOS, suite
from xpde.study.data import reference_data
from xpde.study.describe import coordinates, stability
from xpde.study.invariants import divergence, energy, mean
from xpde.study.scenario import Scenario
from xpde.study.store import atomic

OUT, ENTRIES, PICTURES = Path("docs"), Path("out/gallery.json"), Path("images/gallery")
DPI, SHADES, INKS = 120, 160, 24

HEAD = """# Gallery

The 46 equations of the suite as `xpde.study.suite()` has them. Written by `python -m bench.gallery`
in double precision on NumPy ({facts}).

**Pictures** show the first test sample after its warm-up, over the whole test horizon. In 1D time
runs to the right. In 2D and 3D the steps are chosen so that the state moves equally far from one to
the next. Axis 0 points down and axis 1 to the right; in a cube, axis 0 to the lower left, axis 1 to
the lower right and axis 2 up, and the sides are the planes through the middle of the box. Blue is
negative and red positive; fields that are positive go from violet to yellow.

**Conserved** names what the exact solution keeps, and its largest change over all steps shown,
relative to the root mean square of the initial state (mean) or to its first value (energy).

**Order** is measured for ETDRK1 to ETDRK4: the slope of the error over {counts} steps, against
ETDRK4 with {finest}, from the scenario's initial state on {one}, {two}² and {three}³ points. The
window is as long as 16 steps of ETDRK4 are good to seven digits. Linear equations are exact for
every step size.

`xpde describe KEY` prints the rest, such as for which N and Δt each was seen to stay finite.

Pages of their own: the [lid-driven cavity](cavity.md) by finite differences, beside published
tables; [KdV by Crank-Nicolson](superiority_check.md), emulators that learned it, and a finer judge.

"""


@dataclass(frozen=True)
class Entry:
    """What was computed for one scenario: drift by invariant, and the measured orders."""

    key: str
    dims: int
    drift: dict[str, float]
    orders: tuple[float, ...] | None

    @property
    def name(self) -> str:
        """Name of the picture and of the anchor."""
        return f"{self.key}-{self.dims}d"


def compute(found: Scenario, folder: Path) -> Entry:
    """Run a scenario, draw it, and measure."""
    bk = xpde.backend("numpy", dtype="float64")
    states = np.asarray(reference_data(found, bk, "test", samples=1))[0]
    entry = Entry(found.key, found.dims, drifts(found, states), measured_orders(found))
    drawn = trajectory(
        states, found.grid.extent, found.dt, found.equation.fields, equal_paths(states)
    )
    write_picture(drawn, folder / PICTURES / f"{entry.name}.png")
    return entry


def drifts(found: Scenario, states: np.ndarray) -> dict[str, float]:
    """Return the largest change of everything that the equation conserves."""
    return {name: _drift(name, found, states) for name in found.equation.conserves}


def _drift(name: str, found: Scenario, states: np.ndarray) -> float:
    if name == "mean":
        values = mean(states, found.dims)
        scale = np.sqrt(np.mean(states[0] ** 2))
    elif name == "energy":
        values = energy(states, found.dims)
        scale = values[0]
    else:
        values, scale = divergence(states, found.grid), 1.0
    return float(np.max(np.abs(values - values[0])) / scale)


def write_picture(drawn: Figure, path: Path) -> None:
    """Write a picture in the shades of its color scales and of its ink: a third of the size."""
    save_png(drawn, path, DPI)
    with Image.open(path) as picture, atomic(path) as temporary:
        few = picture.convert("RGB").quantize(palette=palette(drawn), dither=Image.Dither.NONE)
        few.save(temporary, format="png", optimize=True)


def palette(drawn: Figure) -> Image.Image:
    """Return ``INKS`` mixtures of ink and white, and as many shades of the scales as are left."""
    artists = [a for axes in drawn.axes for a in (*axes.images, *axes.collections)]
    scales = {a.get_cmap().name: a.get_cmap() for a in artists if a.get_array() is not None}
    shades = [scale(np.linspace(0, 1, SHADES // len(scales)))[:, :3] for scale in scales.values()]
    ink = np.asarray(to_rgb(INK)) + np.linspace(0, 1, INKS)[:, None] * (1 - np.asarray(to_rgb(INK)))
    colors = np.round(255 * np.concatenate([ink, *shades])).astype(np.uint8)
    made = Image.new("P", (1, 1))
    made.putpalette(colors.tobytes())
    return made


def page(entries: list[Entry]) -> str:
    """Return the page, in the order of the suite."""
    facts = provenance()
    head = HEAD.format(
        facts=", ".join(f"{name} {facts[name]}" for name in ("date", "xpde", "numpy")),
        counts=", ".join(map(str, COUNTS)),
        finest=FINEST,
        **dict(zip(("one", "two", "three"), POINTS.values(), strict=True)),
    )
    known = {(entry.key, entry.dims): entry for entry in entries}
    lines, dims = list(contents()), 0
    for found in suite():
        if found.dims != dims:
            dims = found.dims
            lines.append(f"## {dims}D\n")
        lines += section(found, known[found.key, found.dims])
    return head + "\n".join(lines) + "\n"


def contents() -> Iterator[str]:
    """Yield a table of all equations with links."""
    where: dict[str, list[int]] = {}
    for found in suite():
        where.setdefault(found.key, []).append(found.dims)
    yield "| | equation | |"
    yield "|---|---|---|"
    for key, dims in where.items():
        formula = SCENARIOS[key].equation.formula.replace("|", "\\|")
        links = " ".join(f"[{d}D](#{key}-{d}d)" for d in dims)
        yield f"| `{key}` | `{formula}` | {links} |"
    yield ""


def section(found: Scenario, entry: Entry) -> Iterator[str]:
    """Yield the lines about one scenario."""
    yield f"### {found.key} {found.dims}D\n"
    yield f"{found.summary[0].upper()}{found.summary[1:]}.\n"
    yield f"`{found.equation.formula}`\n"
    yield f"![{found.key} in {found.dims}D]({PICTURES / entry.name}.png)\n"
    yield "| | |"
    yield "|---|---|"
    for name, texts in rows(found, entry):
        text = "<br>".join(texts).replace("|", "\\|")
        yield f"| {name} | {text} |"
    yield ""


def rows(found: Scenario, entry: Entry) -> Iterator[tuple[str, list[str]]]:
    """Yield names and lines of the table of one scenario."""
    shape = " × ".join([str(found.channels), *map(str, found.grid.points)])
    length = f"{found.grid.extent[0]:.6g}"
    step = "a step" if found.substeps == 1 else f"{found.substeps} substeps"
    yield "state", [f"{shape}, L = {length}"]
    yield (
        "time",
        [
            f"Δt = {found.dt:g} in {step} of order {found.order}, "
            f"{found.warmup} + {found.test_horizon} steps"
        ],
    )
    hard = dict(coordinates(found)).get("difficulty")
    if hard:
        yield "difficulty", [hard]
    else:
        yield "parameters", [", ".join(f"{n} = {v}" for n, v in found.parameters.items())]
    yield "stability", stability(found)
    yield "conserved", [conserved(entry)]
    orders = "exact" if entry.orders is None else ", ".join(f"{p:.2f}" for p in entry.orders)
    yield "order", [orders]


def conserved(entry: Entry) -> str:
    """Say what is conserved and how well."""
    return ", ".join(f"{name} to {moved:.1e}" for name, moved in entry.drift.items()) or "nothing"


def main() -> None:
    """Compute what is missing, then write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.gallery", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the page")
    parser.add_argument("--entries", type=Path, default=ENTRIES, help="numbers so far, also read")
    parser.add_argument("--key", action="append", help="scenario to compute again (repeatable)")
    arguments = parser.parse_args()
    known: dict[str, Entry] = {}
    if arguments.entries.exists():
        stored = json.loads(arguments.entries.read_text(encoding="utf-8"))
        known = {entry.name: entry for entry in (Entry(**e) for e in stored)}
    for found in suite():
        name = f"{found.key}-{found.dims}d"
        drawn = (arguments.out / PICTURES / f"{name}.png").exists()
        if name in known and drawn and found.key not in (arguments.key or ()):
            continue
        known[name] = compute(found, arguments.out)
        print(f"{name:20} {conserved(known[name])}", flush=True)
        with atomic(arguments.entries) as temporary:
            temporary.write_text(json.dumps([asdict(e) for e in known.values()], indent=1))
    with atomic(arguments.out / "gallery.md") as temporary:
        temporary.write_text(page(list(known.values())), encoding="utf-8")


if __name__ == "__main__":
    main()
