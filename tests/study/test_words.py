"""The strings: what they mean, and one line for a typo."""

import pytest

from xpde.errors import InvalidInput
from xpde.ic import TruncatedFourier
from xpde.nn import FNO, Conv
from xpde.study import words


def test_networks():
    assert words.network("Conv;34;10;relu", 2, 3) == Conv(2, 3, 3, 34, 10, "relu")
    assert words.network("fno;12;18;4;GELU", 1, 1) == FNO(1, 1, 1, 12, 18, 4, "gelu")


@pytest.mark.parametrize(
    ("text", "count"), [("Conv;34;10;relu", 31_757), ("FNO;12;18;4;gelu", 32_527)]
)
def test_published_parameter_counts(text, count):
    assert words.network(text, 1, 1).parameter_count() == count


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
    ],
)
def test_shorten_keeps_the_shape_of_the_schedule(text, updates, expected):
    assert words.shorten(text, updates) == expected


def test_training():
    assert words.training("one").steps == 1
    assert words.training("sup;5").steps == 5
    cut = words.training("sup;5;2")
    assert (cut.steps, cut.cut_every) == (5, 2)


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
        ("training", "sup", "expected sup;T"),
        ("training", "sup;0", "of 1 or more"),
        ("training", "two", "unknown training 'two'"),
        ("initial_condition", "fourrier;5;true;true", "did you mean fourier"),
        ("initial_condition", "fourier;5;yes;true", "zero_mean as true or false, got 'yes'"),
        ("metric_names", "mean_nRSME", "did you mean mean_nRMSE"),
    ],
)
def test_a_typo_is_one_line(read, text, expected):
    arguments = (1, 1) if read == "network" else ()
    with pytest.raises(InvalidInput) as caught:
        getattr(words, read)(text, *arguments)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
