"""Reference data: frames, seeds, warm-up; backends agree to rounding."""

import numpy as np
import pytest

from xpde.errors import NonFinite
from xpde.study import CompareConfig, initial_states, reference_data, scenario
from xpde.study.catalogue import SUITE
from xpde.study.probes import first_gradient

FLOWS = ("diff_burgers", "diff_kdv", "diff_ks", "phy_kolm_flow", "phy_gs_type", "phy_sh")
CASES = [("diff_adv", 1), ("diff_fisher", 1), ("diff_ks_cons", 1), ("diff_adv_diff", 2)]
CASES += [(key, dims) for key, dims in SUITE if key in FLOWS and dims < 3]
SMALL = {"test_samples": 2, "test_horizon": 10, "warmup": 0}


@pytest.mark.parametrize(("key", "dims"), CASES)
def test_trajectories_agree_on_all_backends(backends, relative, key, dims):
    """Ten steps, relative to the largest value; 1e-12 is 4500 ulps for at most 200 substeps."""
    problem = scenario(key, dims=dims, points=48 if dims == 1 else 32, **SMALL)
    reference = reference_data(problem, backends["numpy"], "test")
    for bk in backends.values():
        data = bk.to_numpy(reference_data(problem, bk, "test"))
        assert data.shape == (2, 11, problem.channels, *problem.grid.points)
        assert relative(data, reference) < 1e-12


@pytest.mark.parametrize(
    ("key", "dims", "network"),
    [
        ("diff_burgers", 1, "Conv;6;3;relu"),
        ("diff_kdv", 1, "FNO;6;4;2;gelu"),
        ("diff_burgers", 2, "Conv;4;2;relu"),
        ("phy_kolm_flow", 2, "FNO;4;3;1;gelu"),
    ],
)
def test_first_gradients_agree_on_all_backends(backends, relative, key, dims, network):
    """dL/dθ at the initial weights through two unrolled steps, data of each backend's own."""
    overrides = {"dims": dims, "points": 32, "train_samples": 2, "train_horizon": 4, "batch": 4}
    config = CompareConfig(
        key, overrides | {"warmup": 0}, network, "sup;2", backends=("numpy",), updates=1
    )
    found = {}
    for name, bk in backends.items():
        data = reference_data(config.problem, bk, "train")
        found[name] = first_gradient(bk, config, data)
    loss, gradient = found["numpy"]
    assert gradient.size == config.make_network().parameter_count()
    for other_loss, other in found.values():
        assert other_loss == pytest.approx(loss, rel=1e-10)
        assert relative(other, gradient) < 1e-10


def test_first_frame_is_the_initial_state(backends):
    problem = scenario("diff_burgers", points=32, **SMALL)
    data = reference_data(problem, backends["numpy"], "test")
    np.testing.assert_array_equal(data[:, 0], initial_states(problem, "test"))


def test_warm_up_moves_the_beginning(backends, relative):
    """Frame t after n steps of warm-up is frame t + n without; rounding of another order."""
    problem = scenario("diff_burgers", points=32, **SMALL)
    cold = reference_data(problem, backends["numpy"], "test")
    later = scenario("diff_burgers", points=32, **SMALL | {"warmup": 4, "test_horizon": 6})
    assert relative(reference_data(later, backends["numpy"], "test"), cold[:, 4:]) < 1e-13


def test_training_and_test_sets_differ_by_seed():
    problem = scenario("diff_adv", points=32, train_seed=5, test_seed=5, test_samples=3)
    train, test = (initial_states(problem, split) for split in ("train", "test"))
    np.testing.assert_array_equal(train[:3], test)
    assert len(train) == 50
    other = scenario("diff_adv", points=32, test_samples=3)
    assert np.max(np.abs(initial_states(other, "test") - test)) > 0.1


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the overflow is what is tested
@pytest.mark.filterwarnings("ignore::xpde.errors.UnstableWarning")
def test_a_blow_up_names_step_and_sample(backends):
    problem = scenario("diff_burgers", points=32, diffusion_gamma=-40.0, **SMALL)
    longer = scenario("diff_burgers", **problem.settings() | {"test_horizon": 100})
    with pytest.raises(NonFinite, match=r"at step \d+ of sample \d"):
        reference_data(longer, backends["numpy"], "test")
