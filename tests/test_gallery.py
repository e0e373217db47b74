"""The gallery is the suite: a section, a picture and measured numbers for each of the 46."""

import re
from pathlib import Path

import pytest

from xpde.study.catalogue import SUITE, suite

DOCS = Path(__file__).parents[1] / "docs"
PICTURES = DOCS / "images" / "gallery"
PAGE = (DOCS / "gallery.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^### (\w+) (\d)D$", PAGE, re.MULTILINE)
SECTIONS = dict(zip(HEADINGS, re.split(r"^### .*$", PAGE, flags=re.MULTILINE)[1:], strict=True))


def row(section, name):
    (text,) = re.findall(rf"^\| {name} \| (.*) \|$", section, re.MULTILINE)
    return text


def test_sections_and_pictures_are_those_of_the_suite():
    assert [(key, int(dims)) for key, dims in HEADINGS] == list(SUITE)
    names = {f"{key}-{dims}d.png" for key, dims in SUITE}
    assert {path.name for path in PICTURES.iterdir()} == names
    assert re.findall(r"\(images/gallery/(.*?)\)", PAGE) == [f"{k}-{d}d.png" for k, d in SUITE]
    for key, dims in SUITE:
        assert f"(#{key}-{dims}d)" in PAGE


def test_pictures_are_small():
    sizes = [path.stat().st_size for path in PICTURES.iterdir()]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in PICTURES.iterdir())
    assert min(sizes) > 3000  # an empty frame of this size takes about 2000 bytes
    assert sum(sizes) < 2.5e6


@pytest.mark.parametrize("found", suite(), ids=lambda s: f"{s.key}-{s.dims}D")
def test_numbers(found):
    section = SECTIONS[found.key, str(found.dims)]
    assert f"`{found.equation.formula}`" in section
    assert found.summary[1:] in section
    drift = dict(re.findall(r"([a-z][a-z ]*) to (\S+?)(?:,|$)", row(section, "conserved")))
    assert [name.strip() for name in drift] == list(found.equation.conserves)
    # 700 steps of some ten roundings: 7000 ε
    assert all(float(number) < 7000 * 2.3e-16 for number in drift.values())
    orders = row(section, "order")
    if found.equation.nonlinear is None:
        assert orders == "exact"
        return
    measured = [float(number) for number in orders.split(", ")]
    assert measured == pytest.approx([1, 2, 3, 4], abs=0.2)
