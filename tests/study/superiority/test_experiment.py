"""Experiments, seeds, budgets, and the tables made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.study.superiority import published
from xpde.study.superiority.advection import CASES, advection, multimode
from xpde.study.superiority.burgers import burgers
from xpde.study.superiority.catalogue import GROUPS, TABLES, table
from xpde.study.superiority.experiment import SeedGrid, Seeds
from xpde.study.superiority.table import Budget
from xpde.study.superiority.trial import Trial

PARAMETERS = {
    "Conv;34;10;relu": (31_757, 11),
    "UNet;12;2;relu": (27_193, 29),
    "Res;26;8;relu": (32_943, 16),
    "FNO;12;18;4;gelu": (32_527, float("inf")),
    "Dil;2;32;2;relu": (31_777, 20),
    # the paper counts its table of positions, 100 × 28 numbers that are not trained
    "Trans;28;4;4;relu": (31_669 - 2_800, float("inf")),
    "Conv;34;0;relu": (4, 1),
    "Conv;256;1;relu": (1_793, 2),
    "Conv;100;2;relu": (30_801, 3),
    "Conv;60;4;relu": (33_001, 5),
    "Conv;26;15;relu": (28_939, 16),
    "Conv;22;20;relu": (28_161, 21),
    "Conv;18;30;relu": (28_837, 31),
    "FNO;1;50;4;gelu": (30_351, float("inf")),
    "FNO;2;40;4;gelu": (32_281, float("inf")),
    "FNO;8;22;4;gelu": (33_067, float("inf")),
    "FNO;48;9;4;gelu": (31_492, float("inf")),
}
"""Parameters and cells seen per side, as published for 100 points."""


@pytest.mark.parametrize("words", PARAMETERS)
def test_networks_are_those_of_the_paper(words):
    network = Trial(advection("a"), words, Seeds(), "numpy").make_network()
    assert (network.parameter_count(), network.receptive_field) == PARAMETERS[words]


def test_every_network_of_the_tables_is_known():
    used = {row.network for name in TABLES for row in table(name).rows} - {"Pure;2;identity"}
    assert used == set(PARAMETERS)


def test_tables_have_all_rows():
    assert {name for names in GROUPS.values() for name in names} == set(TABLES)
    assert [len(table(name).rows) for name in ("T1", "T2", "T3", "T4", "T5")] == [14, 8, 5, 4, 6]
    assert [len(table(name).seeds) for name in ("T1", "T2", "T3", "T4", "F5a")] == [
        1, 24, 24, 30, 12,
    ]  # fmt: skip
    for numbers in (published.RECEPTIVE, published.MODES, published.NETWORKS, published.PICARD):
        assert all(len(row) == 10 for row in numbers.values())
    assert [row.experiment.teacher for row in table("T4").rows] == [
        f"fd;1.0;{p}" for p in (1, 2, 3, 4)
    ]
    # figure 6 and the first row of table 4 are one configuration
    unet = table("T5").select(("UNet;12;2;relu",)).rows[0]
    first = table("T4").rows[0]
    assert (unet.experiment.plain(), unet.network) == (first.experiment.plain(), first.network)


def test_teacher_and_judge_have_their_own_solvers_and_states():
    experiment, seeds = advection("c"), Seeds(0, 10, 20, 30)
    taught, judged = experiment.taught(seeds), experiment.judged(seeds)
    assert (taught.solver, judged.solver) == ("fd;1.0;1", "etdrk")
    assert (taught.initial, judged.initial) == ("ind;1;true", "fourier;5;true;true")
    assert (taught.train_seed, taught.train_horizon, taught.train_samples) == (10, 1, 300)
    assert (judged.test_seed, judged.test_horizon, judged.test_samples) == (20, 50, 10)
    assert experiment.judged(seeds, experiment.teacher).solver == "fd;1.0;1"
    assert {advection(case).taught(seeds).coefficients.linear[1] for case in CASES} == {
        -3 / 100,
        -0.9 / 100,
    }
    assert multimode("ind;1;true").taught(seeds).coefficients.linear[1] == 0.3 / 100
    found = burgers().taught(seeds).coefficients
    # ν = γ₂/(2 N²), b = δ₁/N
    assert found.linear[2] == pytest.approx(0.2 / (2 * 60**2), rel=1e-15)
    assert found.convection == pytest.approx(-8 / 60, rel=1e-15)


@given(
    sizes=st.tuples(*[st.integers(1, 3)] * 4),
    count=st.integers(1, 90),
)
def test_a_grid_of_seeds_is_their_product(sizes, count):
    grid = SeedGrid(*(tuple(range(10 * i, 10 * i + n)) for i, n in enumerate(sizes)))
    every = list(grid)
    assert len(every) == len({*every}) == len(grid) == sizes[0] * sizes[1] * sizes[2] * sizes[3]
    first = grid.first(count)
    assert first[: len(grid)] == tuple(every[:count])
    # beyond them only the order of the batches is new
    assert len(first) == count == len({*first})
    assert all(one.shuffle > max(grid.shuffle) for one in first[len(grid) :])
    # initial weights change first
    assert len({one.init for one in grid.first(sizes[0])}) == sizes[0]


def test_the_name_is_of_what_decides_the_numbers():
    trial = Trial(advection("a"), "Conv;34;10;relu", Seeds(), "numpy")
    same = Trial(advection("a", name="another"), "Conv;34;10;relu", Seeds(), "numpy")
    assert trial.name == same.name
    others = [
        Trial(advection("a").at(updates=100), "Conv;34;10;relu", Seeds(), "numpy"),
        Trial(advection("a").at(batch=2), "Conv;34;10;relu", Seeds(), "numpy"),
        Trial(advection("b"), "Conv;34;10;relu", Seeds(), "numpy"),
        Trial(advection("a"), "Conv;34;9;relu", Seeds(), "numpy"),
        Trial(advection("a"), "Conv;34;10;relu", Seeds(shuffle=4), "numpy"),
        Trial(advection("a"), "Conv;34;10;relu", Seeds(), "jax"),
        Trial(advection("a"), "Conv;34;10;relu", Seeds(), "numpy", "float64"),
    ]
    assert len({trial.name, *(other.name for other in others)}) == 1 + len(others)


def test_budgets():
    assert Budget(seeds=3).over(Budget(2, 100, 4)) == Budget(3, 100, 4)
    made = table("T5").at(Budget(updates=1_000, batch=8))
    experiment = made.rows[0].experiment
    # the warm-up keeps its share
    assert experiment.optimizer == "adam;1000;warmup_cosine;0.0;3e-4;50"
    assert (experiment.batch, experiment.updates) == (8, 1_000)
    assert table("T5").at(Budget()) == table("T5")
    trials = made.trials(made.rows[0], 2, "numpy", "float32")
    assert [trial.seeds.init for trial in trials] == [0, 1]
    assert len(made.trials(made.rows[0], None, "numpy", "float32")) == 30


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda: advection("d"), "case of advection"),
        (lambda: burgers(metric="MSE"), "metric of a ratio"),
        (lambda: burgers(0), "fd;THETA;PICARD"),
        (lambda: SeedGrid(init=()), "values of init, each once"),
        (lambda: SeedGrid(train=(1, 1)), "values of train, each once"),
        (lambda: table("T5").seeded(weights=(1,)), "unknown seed 'weights'"),
        (lambda: Budget(updates=0), "updates: expected 1 or more, got 0"),
        (lambda: table("T6"), "unknown table"),
        (lambda: table("T5").select(("Conv;34;9;relu",)), "did you mean Conv;34;10;relu"),
    ],
)
def test_refusals(act, expected):
    with pytest.raises(InvalidInput, match=expected):
        act()
