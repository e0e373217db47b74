"""What metrics refuse, each in one line that names what is wrong."""

import numpy as np
import pytest

from xpde.errors import InvalidInput, MixedBackends
from xpde.metrics import METRICS, correlation, evaluate, metric, norm

LINE = r"\A[^\n]+\Z"


@pytest.mark.parametrize(
    ("pred", "ref", "dims"),
    [
        ((2, 3, 1, 8), (2, 4, 1, 8), 1),  # the reference still holds the initial state
        ((2, 4, 1, 8), (2, 3, 1, 8), 1),  # the prediction does
        ((3, 1, 8), (3, 1, 8), 1),  # no samples
        ((2, 3, 1, 8), (2, 3, 1, 8), 2),  # one space axis too few
        ((2, 3, 1, 4, 4), (2, 3, 1, 4, 4), 1),  # one too many
        ((2, 3, 1, 8), (2, 3, 1, 9), 1),
        ((2, 3, 1, 8), (2, 3, 2, 8), 1),
        ((1, 3, 1, 8), (2, 3, 1, 8), 1),  # a set does not broadcast
    ],
)
def test_evaluate_refuses_other_shapes(bk, pred, ref, dims):
    with pytest.raises(InvalidInput, match=LINE) as error:
        evaluate(bk.asarray(np.ones(pred)), bk.asarray(np.ones(ref)), ["mean_nRMSE"], dims)
    text = str(error.value)
    assert str(pred) in text
    assert str(ref) in text
    assert "initial state" in text


@pytest.mark.parametrize(
    ("typo", "hint"),
    [
        ("nRMES", "nRMSE"),
        ("corelation", "correlation"),
        ("mean_sMES", "mean_sMSE"),
        ("mean_mean_MSE", "mean_MSE"),
        ("zzzz", "correlation, fourier_MAE"),  # nothing is near: all of them
    ],
)
def test_unknown_names(typo, hint):
    with pytest.raises(InvalidInput, match=LINE) as error:
        metric(typo)
    assert repr(typo) in str(error.value)
    assert hint in str(error.value)
    with pytest.raises(InvalidInput, match="unknown metric"):
        evaluate(np.ones((1, 1, 1, 4)), np.ones((1, 1, 1, 4)), ["MSE", typo], 1)


@pytest.mark.parametrize("fn", [norm, correlation])
@pytest.mark.parametrize(
    ("pred", "ref", "dims", "culprit"),
    [
        ((8,), (1, 8), 1, (8,)),
        ((1, 8, 8), (8, 8), 2, (8, 8)),  # the reference has lost its channels
        ((4, 4), (1, 4, 4), 3, (4, 4)),
        ((2, 8), (1, 8), 1, (1, 8)),
        ((1, 8), (1, 9), 1, (1, 9)),
    ],
)
def test_states_of_other_shapes_are_named(fn, pred, ref, dims, culprit):
    """The text shows the shape that is wrong, not the one that is right."""
    with pytest.raises(InvalidInput, match=LINE) as error:
        fn(np.ones(pred), np.ones(ref), dims=dims)
    assert str(culprit) in str(error.value)


def test_two_frameworks_do_not_mix(backends):
    u = np.ones((1, 4))
    for bk in backends.values():
        if bk.name == "numpy":
            continue
        for fn in (METRICS["nRMSE"], correlation):
            with pytest.raises(MixedBackends):
                fn(bk.asarray(u), u, dims=1)
