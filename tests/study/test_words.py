"""The strings: what they mean, and one line for a typo."""

import numpy as np
import pytest

from xpde import optim
from xpde.core import flatten, leaves
from xpde.errors import InvalidInput
from xpde.ic import (
    ChosenModes,
    Clamped,
    DiffusedNoise,
    GaussianRandomField,
    GrayScottBlobs,
    MultiChannel,
    RandomDiscontinuities,
    RandomGaussianBlobs,
    RandomSineWaves,
    Scaled,
    TruncatedFourier,
    WhiteNoise,
    sample_set,
)
from xpde.nn import FNO, MLP, Conv, Dil, MoRes, MoUNet, Pure, Res, Transformer, UNet
from xpde.space import Grid
from xpde.study import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Conv;34;10;relu", Conv(2, 3, 3, 34, 10, "relu")),
        ("fno;12;18;4;GELU", FNO(2, 3, 3, 12, 18, 4, "gelu")),
        ("Res;26;8;relu", Res(2, 3, 3, 26, 8, "relu")),
        ("Dil;2;32;1;tanh", Dil(2, 3, 3, 2, 32, 1, "tanh")),
        ("unet;12;2;relu", UNet(2, 3, 3, 12, 2, "relu")),
        ("MLP;64;3;relu", MLP(2, 3, 3, (32, 32), 64, 3, "relu")),
        ("Pure;5;identity", Pure(2, 3, 3, 5)),
        ("MoRes;26;6;swish", MoRes(2, 3, 3, 26, 6, "swish")),
        ("MoUNet;12;2;relu", MoUNet(2, 3, 3, 12, 2, "relu")),
    ],
)
def test_networks(text, expected):
    assert words.network(text, 2, 3, (32, 32)) == expected
    if not text.startswith("MLP"):
        assert words.network(text, 2, 3) == expected


def test_a_network_of_one_axis():
    assert words.network("Trans;28;4;2;relu", 1, 2, 160) == Transformer(1, 2, 2, 28, 4, 2, "relu")
    assert words.network("MLP;8;1;relu", 1, 2, 160) == MLP(1, 2, 2, 160, 8, 1, "relu")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Conv;34;10;relu", 31_757),
        ("Res;26;8;relu", 32_943),
        ("UNet;12;2;relu", 27_193),
        ("Dil;2;32;2;relu", 31_777),
        ("FNO;12;18;4;gelu", 32_527),
        ("MLP;64;3;relu", 29_024),
        ("Pure;3;identity", 3),
        ("MoRes;26;8;relu", 33_775),
        ("MoUNet;12;2;relu", 52_529),
        ("Trans;28;4;4;relu", 28_869),
    ],
)
def test_published_parameter_counts(text, count):
    assert words.network(text, 1, 1, 160).parameter_count() == count


@pytest.mark.parametrize(
    ("text", "dims", "points", "expected"),
    [
        ("UNet;12;2;relu", 1, 162, "expected axes divisible by 4 for 2 levels, got (162,)"),
        ("MoUNet;12;3;relu", 2, (32, 36), "expected axes divisible by 8"),
        ("FNO;12;18;4;gelu", 1, 20, "expected at most 11 modes"),
        ("Dil;3;4;1;relu", 1, 6, "expected at least 8 points"),
        ("MLP;64;3;relu", 1, None, "expected the points of its grid"),
        ("Trans;28;4;4;relu", 2, 16, "expected 1 space axis, got 2"),
        ("Trans;28;5;4;relu", 1, 16, "expected a divisor of 28 channels, got 5"),
        ("Pure;3", 1, 16, "expected Pure;KERNEL;IDENTITY, got 1 of 2 values"),
        ("Pure;3;relu", 1, 16, "unknown activation of a linear network 'relu'"),
        ("Dil;2;32;relu", 1, 16, "expected Dil;DEPTH;WIDTH;BLOCKS;ACTIVATION, got 3 of 4"),
    ],
)
def test_a_network_that_does_not_fit_is_one_line(text, dims, points, expected):
    with pytest.raises(InvalidInput) as caught:
        words.network(text, dims, 1, points)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("adam;10_000;warmup_cosine;0.0;1e-3;2_000", {0: 0.0, 1000: 5e-4, 2000: 1e-3, 10_000: 0.0}),
        ("adam;10;constant;1e-4", {0: 1e-4, 9: 1e-4}),
        ("adam;10;exp;1e-2;4;0.5;True", {0: 1e-2, 3: 1e-2, 4: 5e-3, 8: 2.5e-3}),
        ("adam;10;exp;1e-2;4;0.25;false", {2: 5e-3}),
    ],
)
def test_schedules(text, rates):
    """The first constant of update s is η(s) / (1 - β₁ᵗ), t = s + 1."""
    optimizer, _ = words.optimizer(text)
    for step, rate in rates.items():
        value = optimizer.constants(step)[0] * (1 - 0.9 ** (step + 1))
        assert value == pytest.approx(rate, rel=1e-13, abs=1e-18)


def three_updates(optimizer):
    """Updates 5 to 7 of p² / 2 + p from (3, -4)."""
    params = {"p": np.asarray([3.0, -4.0])}
    state = optimizer.init(params)
    for step in (5, 6, 7):
        params, state = optimizer.update(
            {"p": params["p"] + 1.0}, state, params, optimizer.constants(step)
        )
    return params["p"], state


RATE = optim.constant(0.1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("adam;9;constant;0.1;b1=0.5; EPS = 1e-3", optim.adam(RATE, b1=0.5, eps=1e-3)),
        ("AdamW;9;constant;0.1", optim.adamw(RATE)),
        ("adamw;9;constant;0.1;decay=0.5;b2=0.9", optim.adamw(RATE, b2=0.9, weight_decay=0.5)),
        ("lion;9;constant;0.1;decay=2", optim.lion(RATE, weight_decay=2.0)),
        ("sgd;9;constant;0.1;momentum=0.9", optim.sgd(RATE, 0.9)),
        ("sgd;9;constant;0.1;nesterov=true;momentum=0.9", optim.sgd(RATE, 0.9, nesterov=True)),
        (
            "sgd;9;constant;0.1;l2=0.5;clip=0.5;clip_value=0.7",
            optim.clip_value(optim.clip_norm(optim.penalized(optim.sgd(RATE), 0.5), 0.5), 0.7),
        ),
        (
            "adam;9;exp;0.1;2;0.5;false;ema=0.9;clip=2",
            optim.averaged(optim.clip_norm(optim.adam(optim.exponential(0.1, 2, 0.5)), 2.0), 0.9),
        ),
    ],
)
def test_optimizers_and_their_options(text, expected):
    """The same numbers, in the same state, as the one written out."""
    found, updates = words.optimizer(text)
    assert updates == 9
    (p, state), (q, other) = three_updates(found), three_updates(expected)
    assert flatten(state)[1] == flatten(other)[1]
    for a, b in zip([p, *leaves(state)], [q, *leaves(other)], strict=True):
        assert np.array_equal(a, b)


def test_the_order_of_clipping_and_penalty():
    """(-30, 40): entries to 1, then the norm to 1, then λ p is added."""
    optimizer, _ = words.optimizer("sgd;9;constant;1;l2=0.1;clip=1;clip_value=1")
    p = np.asarray([10.0, 10.0])
    after, _ = optimizer.update({"p": np.asarray([-30.0, 40.0])}, None, {"p": p}, (1.0,))
    root = 0.5**0.5
    np.testing.assert_allclose(after["p"], [10 + root - 1, 10 - root - 1], rtol=1e-14)  # 60 eps


def test_sgd_and_the_number_of_updates():
    optimizer, updates = words.optimizer("sgd;1_000;constant;0.5")
    assert updates == 1000
    assert optimizer.constants(3) == (0.5,)


@pytest.mark.parametrize(
    ("text", "updates", "expected"),
    [
        ("adam;10_000;warmup_cosine;0.0;1e-3;2_000", 300, "adam;300;warmup_cosine;0.0;1e-3;60"),
        ("adam;10_000;warmup_cosine;0.0;1e-3;2_000", 2, "adam;2;warmup_cosine;0.0;1e-3;1"),
        ("adam;10_000;warmup_cosine;0.0;1e-3;2_000", 1, "adam;1;warmup_cosine;0.0;1e-3;0"),
        ("adam;100;exp;1e-3;10;0.9;false", 20, "adam;20;exp;1e-3;2;0.9;false"),
        ("adam;10;warmup_cosine;0.0;1e-3;0", 5, "adam;5;warmup_cosine;0.0;1e-3;0"),
        ("adam;100;constant;1e-3", 7, "adam;7;constant;1e-3"),
        ("adamw;100;exp;1;10;0.9;false;clip=1", 20, "adamw;20;exp;1;2;0.9;false;clip=1"),
    ],
)
def test_shorten_keeps_the_shape_of_the_schedule(text, updates, expected):
    assert words.shorten(text, updates) == expected


FOURIER = TruncatedFourier(5, zero_mean=False, max_one=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("diffused;0.001;true;TRUE", DiffusedNoise(0.001, max_one=True)),
        ("grf;3.0;False;true", GaussianRandomField(3.0, zero_mean=False, max_one=True)),
        ("gray_scott_blobs", GrayScottBlobs()),
        ("Gray_Scott_Blobs", GrayScottBlobs()),
        ("white;0.5", WhiteNoise(0.5)),
        ("sines;4;false;true", RandomSineWaves(4, zero_mean=False, max_one=True)),
        ("ind;1,4;true", ChosenModes((1, 4))),
        ("ind; 3 ;false", ChosenModes((3,), max_one=False)),
        ("discontinuities;2;true;false", RandomDiscontinuities(2, zero_mean=True)),
        ("blobs;3;true;false", RandomGaussianBlobs(3, one_complement=True)),
        ("blobs;1;false;true", RandomGaussianBlobs(periodic=True)),
        ("clamp;0.0;1.0;fourier;5;false;false", Clamped(FOURIER, 0.0, 1.0)),
        ("scale; -2 ; white;1", Scaled(WhiteNoise(1.0), -2.0)),
        ("scale;3;clamp;-1;1;grf;2;true;false", Scaled(Clamped(GaussianRandomField(2.0), -1), 3.0)),
        (
            "channels;white;1 | blobs;1;true;false",
            MultiChannel((WhiteNoise(1.0), RandomGaussianBlobs(one_complement=True))),
        ),
        (
            "clamp;0;1;channels;white;1|scale;2;white;1",
            Clamped(MultiChannel((WhiteNoise(1.0), Scaled(WhiteNoise(1.0), 2.0)))),
        ),
    ],
)
def test_initial_conditions(text, expected):
    assert words.initial_condition(text) == expected


def test_every_initial_condition_has_a_string_that_draws():
    """A state of one channel (two for the Gray-Scott pair) from the least wordy values."""
    value = {int: "1", float: "1.0", bool: "true", words.MODES: "1,2"}
    for name, (_, form) in words.INITIAL.items():
        ic = words.initial_condition(";".join([name, *(value[kind] for kind in form.values())]))
        channels = 2 if name == "gray_scott_blobs" else 1
        assert sample_set(ic, Grid.cube(1, 8), channels, 1, 0).shape == (1, channels, 8)


def test_initial_condition_and_metrics():
    ic = words.initial_condition("fourier;3;False;true")
    assert ic == TruncatedFourier(3, zero_mean=False, max_one=True)
    names = words.metric_names("mean_nRMSE, mean_correlation,")
    assert names == ("mean_nRMSE", "mean_correlation")


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        ("network", "Cnv;34;10;relu", "unknown network 'Cnv': did you mean Conv"),
        ("network", "Conv;34;relu", "expected Conv;WIDTH;DEPTH;ACTIVATION, got 2 of 3 values"),
        ("network", "Conv;34;ten;relu", "expected depth as an integer, got 'ten'"),
        ("network", "Conv;34;10;rely", "unknown activation 'rely': did you mean relu"),
        ("network", "", "unknown network ''"),
        ("optimizer", "adamm;10;constant;1", "unknown optimizer 'adamm': did you mean adam"),
        ("optimizer", "adam;10;cosine;1", "unknown schedule 'cosine': did you mean"),
        ("optimizer", "adam;10", "expected adam;UPDATES;SCHEDULE"),
        ("optimizer", "adam;0;constant;1", "expected 1 update or more"),
        ("optimizer", "adam;10;constant;fast", "expected rate as a number, got 'fast'"),
        ("optimizer", "adam;10;constant;1;clp=1", "unknown optimizer option 'clp': did you mean"),
        ("optimizer", "adam;10;constant;1;decay=1", "unknown optimizer option 'decay'"),
        ("optimizer", "lion;10;constant;1;clip=x", "expected clip as a number, got 'x'"),
        ("optimizer", "lion;10;constant;1;clip=0", "expected a finite number above 0, got 0"),
        ("optimizer", "adamw;10;constant;1;ema=1;b1", "expected OPTION=VALUE, got 'b1'"),
        ("optimizer", "adamw;10;constant;1;l2=1;L2=2", "expected l2 once, got it again"),
        ("optimizer", "adamw;10;constant;l2=1", "expected adamw;UPDATES;constant;RATE, got 0 of"),
        ("optimizer", "sgd;10;constant;1;nesterov=true", "expected a momentum above 0"),
        ("training", "sup", "expected sup;STEPS, got 0 of 1 values"),
        ("training", "sup;0", "training 'sup;0': steps: expected at least 1, got 0"),
        ("training", "sup;3;0", "cut_every: expected at least 1 or None, got 0"),
        ("training", "sup;3;yes", "expected cut_every as true, false or a number of steps, got"),
        ("training", "one;2", "expected one, got 1 of 0 values"),
        ("training", "div;3;true;1", "expected cut_reference as true or false, got '1'"),
        ("training", "div;3;true;true;2", "expected div;STEPS;CUT_EVERY;CUT_REFERENCE, got 4 of 3"),
        ("training", "chain;2;3", "branch_steps: expected 1 to steps = 2, got 3"),
        ("training", "mix;0;2", "physics_steps: expected 0 to steps - 1 = 1, got 2"),
        ("training", "sum;one", "expected weight as a number, got 'one'"),
        ("training", "sum;1;dvi;3", "unknown training 'dvi': did you mean div"),
        ("training", "two", "unknown training 'two'"),
        ("training", "sup;3;psh=1", "unknown training option 'psh': did you mean push"),
        ("training", "sup;3;push=one", "expected push as an integer, got 'one'"),
        ("training", "sup;3;push=-1", "pushed: expected at least 0 steps, got -1"),
        ("training", "sup;3;push=1;2", "expected OPTION=VALUE, got '2'"),
        ("training", "sup;push=1", "expected sup;STEPS, got 0 of 1 values"),
        ("training", "sup;3;checkpoint=1", "expected checkpoint as true or false, got '1'"),
        ("training", "sup;3;loss=nMES", "unknown loss 'nMES': did you mean nMSE"),
        ("training", "sup;3;loss=MSE:2", "loss 'MSE:2': expected MSE, got 1 of 0 values"),
        ("training", "sup;3;loss=fourier_MSE", "expected fourier_MSE:LOW, got 0 of 1 values"),
        ("training", "sup;3;loss=fourier_MSE:x", "expected low as an integer, got 'x'"),
        ("training", "sup;3;loss=fourier_MSE:5:2", "expected low ≤ high, got 5 and 2"),
        ("training", "residuum;2;loss=nMSE", "expected one that is not normalized, got nMSE"),
        ("training", "sup;3;weights=1,2", "level_weights: expected 3 numbers, got 2"),
        ("training", "sup;3;weights=1,b", "weights as numbers with commas between them, got '1,b'"),
        ("training", "sup;2;branch_weights=1", "unknown training option 'branch_weights'"),
        ("training", "curriculm;0;one", "unknown training 'curriculm': did you mean curriculum"),
        ("training", "curriculum;one", "expected first_update as an integer, got 'one'"),
        ("training", "curriculum;5;one", "expected first updates that increase from 0, got 5"),
        ("training", "curriculum;0;one|9;dvi;2", "unknown training 'dvi': did you mean div"),
        ("training", "curriculum;0;sum;1;one", "expected parentheses around 'sum;1;one'"),
        ("training", "sum;1;(one", "training 'sum;1;(one': expected as many ( as )"),
        ("task", "predct", "unknown task 'predct': did you mean predict"),
        ("task", "predict;1", "expected predict, got 1 of 0 values"),
        ("task", "correct", "expected correct;MODE, got 0 of 1 values"),
        ("task", "correct;paralel", "unknown correction 'paralel': did you mean parallel"),
        ("task", "correct;parallel;2", "expected correct;MODE, got 2 of 1 values"),
        ("initial_condition", "fourrier;5;true;true", "did you mean fourier"),
        ("initial_condition", "fourier;5;yes;true", "zero_mean as true or false, got 'yes'"),
        ("initial_condition", "gray_scott_blob", "did you mean gray_scott_blobs"),
        ("initial_condition", "gray_scott_blobs;1", "got 1 of 0 values"),
        ("initial_condition", "clmp;0;1;white;1", "did you mean clamp"),
        ("initial_condition", "clamp;0;1", "expected clamp;LOW;HIGH;OTHER, another initial"),
        ("initial_condition", "clamp;0;one;white;1", "expected high as a number, got 'one'"),
        ("initial_condition", "clamp;1;0;white;1", "expected low < high"),
        ("initial_condition", "clamp;0;1;whit;1", "did you mean white"),
        ("initial_condition", "clamp;0;1;grf;3", "expected grf;POWER;ZERO_MEAN;MAX_ONE, got 1 of"),
        ("initial_condition", "scale;2", "expected scale;FACTOR;OTHER"),
        ("initial_condition", "channels", "unknown initial condition ''"),
        ("initial_condition", "channels;white;1|wite;1", "did you mean white"),
        ("initial_condition", "diffused;-1;true;true", "intensity as a finite number of 0 or more"),
        ("metric_names", "mean_nRSME", "did you mean mean_nRMSE"),
    ],
)
def test_a_typo_is_one_line(read, text, expected):
    arguments = (1, 1) if read == "network" else ()
    with pytest.raises(InvalidInput) as caught:
        getattr(words, read)(text, *arguments)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
