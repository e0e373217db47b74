"""Modules of PyTorch: trained as a loop by hand trains them, kept, and put back."""

import copy
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import xpde
from xpde.core import leaves, tree_map
from xpde.errors import InvalidInput
from xpde.train import load_weights, rollout, save_weights

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from xpde_backends.modules import from_torch, wrap  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))
from loops import RATE, trained, trajectories, windows  # noqa: E402

nn = torch.nn


def conv(dims, channels_in, channels_out):
    kind = (nn.Conv1d, nn.Conv2d)[dims - 1]
    how = {"padding": 1, "padding_mode": "circular"}
    return kind(channels_in, channels_out, 3, **how).double()


def module(dims=1):
    torch.manual_seed(1)
    layers = conv(dims, 2, 4), nn.BatchNorm1d(4) if dims == 1 else nn.Identity(), nn.Tanh()
    return nn.Sequential(*layers, nn.Dropout(0.5), conv(dims, 4, 2)).double().eval()


def frozen():
    made = module()
    made[0].weight.requires_grad_(False)
    return made


class Single(nn.Module):
    """Takes one state (C, N), and mixes it by one tied and one complex weight."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(2)
        weight = torch.randn(2, 2, dtype=torch.float64, generator=generator)
        self.mix = nn.Linear(2, 2, bias=False).double()
        self.again = nn.Linear(2, 2, bias=False).double()
        self.mix.weight = self.again.weight = nn.Parameter(weight)
        self.modes = nn.Parameter(torch.randn(2, 3, dtype=torch.complex128, generator=generator))
        self.register_buffer("scale", torch.tensor(0.5, dtype=torch.float64))

    def forward(self, u):
        assert u.shape == (2, 12)
        low = torch.fft.rfft(u)[:, :3] * self.modes
        return torch.fft.irfft(low, n=12) + self.scale * self.again(torch.tanh(self.mix(u.mT))).mT


def by_hand(made, data, single):
    """The losses and the module after twenty updates of torch.optim.Adam."""
    made = copy.deepcopy(made)
    optimizer = torch.optim.Adam([p for p in made.parameters() if p.requires_grad], lr=RATE)
    losses = []
    for u, v in windows(torch.from_numpy(data)):
        out = torch.stack([made(x) for x in u]) if single else made(u)
        loss = torch.mean((out - v) ** 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses), made


@pytest.mark.parametrize(
    ("made", "dims", "single"),
    [(module(1), 1, False), (module(2), 2, False), (frozen(), 1, False), (Single(), 1, True)],
    ids=["1D", "2D", "frozen", "single"],
)
def test_training_is_that_of_a_loop_by_hand(relative, made, dims, single, tmp_path):
    """Losses and weights; 1e-12 is 4500 roundings for twenty updates of a few hundred sums."""
    data = trajectories(dims)
    before = {k: v.clone() for k, v in made.state_dict().items()}
    losses, expected = by_hand(made, data, single)
    network = from_torch(made, dims, 2, batched=not single)
    found = trained(network, "torch", data)
    assert losses[-2:].sum() < losses[:2].sum()  # the last epoch and the first
    assert relative(found.losses, losses) < 1e-12

    save_weights(tmp_path / "w.safetensors", found.emulator)
    kept = load_weights(tmp_path / "w.safetensors")[0]
    back = network.to_module(kept)
    assert type(back) is type(made)
    for name, value in expected.state_dict().items():
        assert relative(back.state_dict()[name], value) < 1e-12
        assert torch.equal(made.state_dict()[name], before[name])  # the user's own is untouched
    flags = [(p.requires_grad, q.requires_grad) for p, q in _pairs(back, made)]
    assert all(a == b for a, b in flags)

    u0 = torch.from_numpy(data[:, 0])
    first = rollout(network, tree_map(torch.from_numpy, kept), u0, 1)[:, 0]
    direct = torch.stack([back(u) for u in u0]) if single else back(u0)
    assert relative(first.numpy(), direct.detach().numpy()) < 1e-14  # vmap sums in another order


def _pairs(a, b):
    return list(zip(a.parameters(), b.parameters(), strict=True))


def test_which_parameters_it_has():
    network = from_torch(frozen(), 1, 2)
    assert set(network.params) == {"0.bias", "1.weight", "1.bias", "4.weight", "4.bias"}
    tied = from_torch(Single(), 1, 2, batched=False)
    assert tied.parameter_count() == 4 + 2 * 6  # one matrix, six complex numbers
    assert set(tied.params["modes"]) == {"imag", "real"}
    assert all(p.dtype == np.float64 for p in leaves(tied.init(None)))


def test_nothing_is_random_and_statistics_stay():
    made = module().train()
    network, u = from_torch(made, 1, 2), torch.from_numpy(trajectories()[:, 0])
    params = tree_map(torch.from_numpy, network.init(None))
    assert torch.equal(network.apply(params, u), network.apply(params, u))
    assert made.training
    assert made[1].num_batches_tracked == 0
    assert network.to_module(params).training


def test_channels_last_and_leading_axes():
    mix = nn.Linear(2, 2).double()
    network = from_torch(mix, 2, 2, channels_last=True)
    u = torch.from_numpy(np.random.default_rng(0).standard_normal((3, 4, 2, 6, 5)))
    out = network.apply(tree_map(torch.from_numpy, network.init(None)), u)
    expected = torch.einsum("oc,abcxy->aboxy", mix.weight, u) + mix.bias[:, None, None]
    torch.testing.assert_close(out, expected.detach(), rtol=1e-14, atol=1e-14)


def test_the_receptive_field_is_measured():
    network = from_torch(module(), 1, 2).measured(torch.from_numpy(trajectories()[0, 0]))
    assert network.receptive_field == 2  # two convolutions of three


def test_refusals():
    made = module()
    u = trajectories()[:, 0]
    network = from_torch(made, 1, 2)
    with pytest.raises(InvalidInput, match="expected states of float64"):
        network.apply(tree_map(torch.from_numpy, network.init(None)), torch.from_numpy(u).float())
    with pytest.raises(InvalidInput, match=r"expected arrays of torch.*got numpy"):
        network.apply(network.init(None), u)
    made[0].float()
    with pytest.raises(InvalidInput, match="in float32 or all in float64, got float32 and float64"):
        from_torch(made, 1, 2)
    with pytest.raises(InvalidInput, match="got bfloat16"):
        from_torch(made.bfloat16(), 1, 2)
    with pytest.raises(InvalidInput, match=r"expected a module of PyTorch.*got int"):
        wrap(3, 1, 2)


def test_wrap_knows_its_kind():
    assert wrap(module(), 1, 2).framework == "torch"
    assert wrap(Single(), 1, 2, batched=False).framework == "torch"
    network = wrap(lambda u: 0.5 * u, 1, 2)
    assert (network.framework, network.parameter_count()) == (None, 0)


@pytest.mark.parametrize("batched", [True, False])
def test_a_function_is_rolled_out_on_every_backend(bk, batched):
    def halves(u):
        assert u.ndim == 2 + batched
        return 0.5 * u

    network, u0 = wrap(halves, 1, 2, batched=batched), trajectories()[:, 0]
    states = bk.to_numpy(rollout(network, network.init(None), bk.asarray(u0), 3))
    np.testing.assert_array_equal(states, np.stack([u0 / 2, u0 / 4, u0 / 8], axis=1))


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_no_framework_is_loaded_to_look():
    code = (
        "import sys, torch\n"
        "from xpde_backends.modules import wrap\n"
        "assert wrap(torch.nn.Identity(), 1, 1).framework == 'torch'\n"
        "wrap(lambda u: u, 1, 1)\n"
        "print([m for m in ('jax', 'equinox', 'flax') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_float32_is_trained_in_float32():
    network = from_torch(module().float(), 1, 2)
    bk = xpde.backend("torch", dtype="float32")
    params = tree_map(bk.asarray, network.init(None))
    u = bk.asarray(trajectories()[:, 0])
    assert all(p.dtype == torch.float32 for p in leaves(params))
    assert network.apply(params, u).dtype == torch.float32
    assert network.to_module(params)[0].weight.dtype == torch.float32


def test_the_module_of_the_guide_runs():
    text = (Path(__file__).parents[2] / "docs" / "adding.md").read_text()
    (example,) = [b for b in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "wrap(" in b]
    scope = {}
    exec(compile(example, "adding.md", "exec"), scope)
    losses = scope["trained"].losses
    assert losses[-5:].mean() < losses[:5].mean()
    assert scope["states"].shape == (2, 10, 1, 32)
    assert torch.equal(scope["module"][0].weight, scope["trained"].params["0.weight"])
