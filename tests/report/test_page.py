import re
import subprocess
import sys

import pytest

from xpde.report import Record, render, write_page


@pytest.mark.parametrize("dims", [1, 2])
def test_page_is_whole_and_alone(make_store, parsed, dims):
    statuses = {"numpy": "ok", "jax": "ok", "torch": "failed", "cupy": "missing"}
    folder = make_store(statuses, dims=dims, points=16)
    text = write_page(folder).read_text()
    page = parsed(text)
    for name in statuses:
        assert name in text
    assert "http://" not in text
    assert "https://" not in text
    assert "<script" not in text
    assert "@import" not in text
    assert all(link.startswith(("#", "data:")) for link in page.links)
    assert len(page.svgs) == 2 + 5  # two trajectories, five figures
    assert all(svg["role"] == "img" and len(svg["aria-label"]) > 20 for svg in page.svgs)
    assert "NaN at step 7" in text
    assert "jax agrees with numpy at all 5 levels." in text
    assert sorted(p.name for p in folder.iterdir() if p.name.startswith(".")) == []


def test_figures_share_the_page(make_store):
    text = render(Record.read(make_store({"numpy": "ok", "jax": "ok"})))
    names = re.findall(r' id="([^"]+)"', text)
    assert len(names) == len(set(names))


def test_verdict_comes_first(make_store):
    text = render(Record.read(make_store({"numpy": "ok", "jax": "ok"})))
    assert text.index('aria-label="Verdict"') < text.index("<h2>")


def test_header_states_the_problem(make_store):
    text = render(Record.read(make_store({"numpy": "ok"}, dims=2)))
    assert "u_t + c·∇u = 0" in text
    assert "<dt>dimensions</dt><dd>2</dd>" in text
    assert "<dt>points</dt><dd>32</dd>" in text
    assert "<dt>network</dt><dd>Conv;8;2;relu</dd>" in text


def test_an_unknown_scenario_is_still_shown(make_store):
    folder = make_store({"numpy": "ok"})
    path = folder / "config.json"
    path.write_text(path.read_text().replace('"diff_adv"', '"gone"'))
    assert "Conv;8;2;relu" in write_page(folder).read_text()


def test_colors_follow_the_reader(make_store):
    text = render(Record.read(make_store({"numpy": "ok", "jax": "ok"})))
    assert "prefers-color-scheme: dark" in text
    assert "currentColor" in text


@pytest.mark.parametrize(
    "statuses",
    [
        {"jax": "missing"},
        {"numpy": "ok"},
        {"numpy": "failed", "jax": "ok"},
        {"numpy": "ok", "jax": "invalid"},
    ],
)
def test_page_without_a_comparison(make_store, parsed, statuses):
    parsed(write_page(make_store(statuses)).read_text())


def test_words_are_escaped(make_store):
    folder = make_store({"numpy": "ok"})
    path = folder / "config.json"
    path.write_text(path.read_text().replace("Conv;8;2;relu", "<script>alert(1)</script>"))
    assert "<script" not in write_page(folder).read_text()


def test_report_imports_no_framework():
    code = (
        "import xpde.report, sys; print([m for m in ('jax', 'torch', 'cupy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
