"""How pictures look: one color per backend, one ink, SVG that follows the page's light or dark."""

import html
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from xpde.study.store import atomic

__all__ = ["INK", "colors", "figure", "palette", "png", "save_png", "svg", "themed", "widths"]

INK = "#23272e"

# Okabe and Ito's palette, told apart with every common color vision and on both backgrounds.
_COLORS = {
    "numpy": "#2f86c9",
    "jax": "#d55e00",
    "torch": "#009e73",
    "cupy": "#cc79a7",
    "strict": "#e69f00",
}
_SPARE = ("#56b4e9", "#8c6bb1", "#7a7a7a", "#b2912f")

_STYLE: Any = {
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.15,
    "grid.linewidth": 0.6,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "image.interpolation": "none",
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK
    ),
    "grid.color": INK,
}


def colors(names: Sequence[str]) -> dict[str, str]:
    """Give every backend its color; names of other packages take the spare ones in order."""
    others = [name for name in names if name not in _COLORS]
    spare = {name: _SPARE[i % len(_SPARE)] for i, name in enumerate(others)}
    return {name: _COLORS.get(name) or spare[name] for name in names}


def palette(names: Sequence[str]) -> dict[str, str]:
    """Give every name a color in order of the whole palette; from the tenth on they repeat."""
    tints = (*_COLORS.values(), *_SPARE)
    return {name: tints[i % len(tints)] for i, name in enumerate(names)}


def widths(names: Sequence[str]) -> dict[str, float]:
    """Give every backend a line width, the first the widest: lines that coincide stay visible."""
    last = max(len(names) - 1, 1)
    return {name: 5.5 - 4.3 * i / last if len(names) > 1 else 1.8 for i, name in enumerate(names)}


@contextmanager
def themed() -> Iterator[None]:
    """Draw in the report's style."""
    with mpl.rc_context(_STYLE):
        yield


def figure(width: float, height: float) -> Figure:
    """Return an empty figure of the given size in inches, laid out automatically."""
    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    return made


def png(drawn: Figure, dpi: int = 144) -> bytes:
    """Return a figure as the bytes of a picture file on white."""
    buffer = io.BytesIO()
    with mpl.rc_context(_STYLE):
        drawn.savefig(buffer, format="png", dpi=dpi, facecolor="white")
    return buffer.getvalue()


def save_png(drawn: Figure, path: Path, dpi: int = 144) -> None:
    """Write a figure as a picture file on white."""
    with atomic(path) as temporary:
        temporary.write_bytes(png(drawn, dpi))


def svg(drawn: Figure, name: str, description: str) -> str:
    """Return a figure as an SVG element for an HTML page.

    Text stays text, ink is the page's color, and identifiers start with ``name`` so that several
    figures can share a page. ``description`` is read aloud in place of the picture.
    """
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context({**_STYLE, "svg.hashsalt": "xpde"}):
        drawn.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' (?:xmlns(?::\w+)?|version)="[^"]*"', "", text)
    text = re.sub(r' id="(?:image\w+|(?!C\d)[\w.]+_\d+)"', "", text)  # nothing refers to these
    text = re.sub(r'^(<svg[^>]*?) width="[^"]*"', r"\1", text)
    text = re.sub(r'^(<svg[^>]*?) height="[^"]*"', r"\1", text)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    text = text.replace(INK, "currentColor")
    label = html.escape(description, quote=True)
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
