import numpy as np
import pytest

from xpde.report import Record, pictures, theme, write_pictures
from xpde.report.record import Fields


def fields(dims, channels=1, steps=6, points=8):
    rng = np.random.default_rng(dims)
    states = rng.standard_normal((steps + 1, channels, *(points + j for j in range(dims))))
    return Fields(states, states[1:] + 0.1)


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_dimension_has_a_picture(dims, channels, tmp_path):
    made = fields(dims, channels)
    extent = [1.0 + j for j in range(dims)]
    theme.save_png(pictures.comparison(made, extent, 0.1, 2.0), tmp_path / "comparison.png", 40)
    theme.save_png(pictures.trajectory(made.reference, extent, 0.1), tmp_path / "t.png", 40)
    assert {p.name for p in tmp_path.iterdir()} == {"comparison.png", "t.png"}
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("filled", [0.0, np.nan])
def test_flat_and_broken_fields_are_drawn(filled):
    states = np.full((4, 1, 8), filled)
    drawn = pictures.comparison(Fields(states, states[1:]), [1.0], 0.1)
    assert theme.png(drawn, 40).startswith(b"\x89PNG")


def test_every_figure_as_a_file(make_store, tmp_path):
    record = Record.read(make_store({"numpy": "ok", "jax": "ok", "torch": "failed"}))
    written = write_pictures(record, tmp_path / "pictures")
    assert {path.stem for path in written} == {
        *("fields-numpy", "fields-jax"),
        *("agreement", "growth", "errors", "losses", "speed"),
    }
    assert all(path.stat().st_size > 1000 for path in written)


def test_a_backend_keeps_its_color():
    assert theme.colors(["jax", "numpy"])["jax"] == theme.colors(["torch", "jax"])["jax"]
    many = theme.colors(["numpy", "jax", "torch", "cupy", "strict", "mine", "yours"])
    assert len(set(many.values())) == len(many)
