"""A small made-up store in the schema of ``xpde compare``: some backends agree, some do not run."""

import json
from html.parser import HTMLParser

import h5py
import numpy as np
import pandas as pd
import pytest

LEVELS = ("adapter", "one step", "rollout", "statistics", "training")
QUANTITIES = {
    0: ("rfftn", "irfftn", "convolve"),
    1: ("solver step", "emulator", "gradient at the initial weights"),
    2: ("reference rollout", "emulator rollout"),
    3: ("mean_nRMSE", "spectrum"),
    4: ("loss", "weights"),
}
REASONS = {
    "missing": "needs a package that is not installed; run `pip install 'xpde[cupy]'`",
    "failed": "NonFinite: NaN at step 7",
    "invalid": "reduced_precision is True, numpy has False",
}


VOID = {"meta", "br", "img", "link", "hr", "input"}


class Wellformed(HTMLParser):
    """Check that elements close in order, and collect attributes."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.svgs, self.ids, self.files = [], [], [], [], {}

    def handle_starttag(self, tag, attrs):
        self.collect(dict(attrs))
        if tag == "svg":
            self.svgs.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.collect(dict(attrs))

    def collect(self, attrs):
        self.links += [v for k, v in attrs.items() if k in ("src", "href", "xlink:href", "srcset")]
        self.ids += [attrs["id"]] if "id" in attrs else []
        if "download" in attrs:
            self.files[attrs["download"]] = attrs["href"]


@pytest.fixture(scope="session")
def parsed():
    """Return a function that reads a page, whose elements must close in order."""

    def parse(text):
        parser = Wellformed()
        parser.feed(text)
        assert parser.open == []
        return parser

    return parse


def _waves(dims: int, points: int, steps: int, channels: int = 1) -> np.ndarray:
    x = np.meshgrid(*[np.arange(points) / points] * dims, indexing="ij")
    frames = [
        sum(np.sin(2 * np.pi * ((d + 1) * x[d] - 0.02 * t)) for d in range(dims))
        for t in range(steps + 1)
    ]
    return np.repeat(np.stack(frames)[:, None], channels, axis=1)


def _agreement(statuses: dict[str, str], disagree: str | None) -> pd.DataFrame:
    rows = []
    names = [name for name, status in statuses.items() if status == "ok"]
    for name in names[1:]:
        for level, quantities in QUANTITIES.items():
            for i, quantity in enumerate(quantities):
                bound = 10.0 ** (-13 + 2 * level)
                wrong = name == disagree and quantity == "loss"
                difference = bound * 40 if wrong else bound * 10 ** -(1.5 + i)
                if quantity == "convolve":
                    difference = 0.0
                row = (level, LEVELS[level], quantity, name, names[0], difference, bound)
                rows.append((*row, difference <= bound))
    columns = "level level_name quantity backend reference difference bound agrees"
    return pd.DataFrame(rows, columns=columns.split())


def write_store(
    folder, statuses: dict[str, str], dims: int = 1, disagree: str | None = None, points: int = 32
):
    """Write a store in which each backend has the given status."""
    folder.mkdir(parents=True, exist_ok=True)
    steps, updates = 50, 200
    rng = np.random.default_rng(0)
    config = {
        "scenario": "diff_adv",
        "overrides": {"dims": dims, "points": points, "dt": 0.1},
        "backends": list(statuses),
        "network": "Conv;8;2;relu",
        "dtype": "float64",
        "updates": updates,
    }
    (folder / "config.json").write_text(json.dumps(config))
    ran = [name for name, status in statuses.items() if status in ("ok", "invalid")]
    speed = {"compile_s": 1.2, "step_us": 83.0, "rollout_s": 0.4, "updates_per_s": 410.0}
    speed |= {"train_s": 21.0, "evaluate_s": 0.8, "total_s": 25.0}
    rows = []
    for i, (name, status) in enumerate(statuses.items()):
        times = {k: v * (1 + 0.4 * i) if name in ran else np.nan for k, v in speed.items()}
        row = {"backend": name, "status": status, "reason": REASONS.get(status, "")}
        row |= {"version": "1.2.3" if name in ran else "", "device": "cpu", "dtype": "float64"}
        row |= {"precision": json.dumps({"dtype": "float64", "reduced_precision": False})}
        rows.append(row | {"threads": 2} | times)
    pd.DataFrame(rows).to_parquet(folder / "backends.parquet")
    _agreement(statuses, disagree).to_parquet(folder / "agreement.parquet")
    t = np.arange(1, steps + 1)
    growth = [
        pd.DataFrame(
            {"backend": n, "step": t, "difference": 1e-16 * 1.2**t, "bound": 1e-14 * 1.2**t}
        )
        for n in ran[1:]
    ]
    losses = [
        pd.DataFrame(
            {"backend": n, "update": range(updates), "loss": np.exp(-np.arange(updates) / 50)}
        )
        for n in ran
    ]
    metrics = [
        pd.DataFrame({"backend": n, "metric": "mean_nRMSE", "step": t, "value": 0.003 * t**0.9})
        for n in ran
    ]
    for name, frames in {"growth": growth, "losses": losses, "metrics": metrics}.items():
        if frames:
            pd.concat(frames, ignore_index=True).to_parquet(folder / f"{name}.parquet")
    with h5py.File(folder / "fields.h5", "w") as file:
        file.attrs.update(scenario="diff_adv", extent=[1.0] * dims, dt=0.1, vlim=(-1.0, 1.0))
        for name in ran:
            reference = _waves(dims, points, steps)
            noise = 0.003 * rng.standard_normal(reference[1:].shape)
            emulator = reference[1:] + noise * np.arange(1, steps + 1).reshape(-1, 1, *[1] * dims)
            file[f"{name}/reference"], file[f"{name}/emulator"] = reference, emulator
    return folder


@pytest.fixture
def make_store(tmp_path):
    """Return a function that writes a store into a fresh folder."""

    def make(statuses, **options):
        return write_store(tmp_path / "run", statuses, **options)

    return make
