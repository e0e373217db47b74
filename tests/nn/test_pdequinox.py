"""Every network and boundary against the reference package, where it is installed.

Tensors are filled by a rule of their shape alone, so that no map between the trees is needed.
"""

import numpy as np
import pytest

from xpde.core import tree_map
from xpde.nn import Conv, Dil, MoRes, MoUNet, Pure, Res, UNet

jax = pytest.importorskip("jax")
eqx = pytest.importorskip("equinox")
pdequinox = pytest.importorskip("pdequinox")


def sine(size: int, shape) -> np.ndarray:
    return (0.4 * np.sin(0.37 * np.arange(size) + 0.5)).reshape(shape)


def theirs(make, u):
    """Build, fill and apply; double precision."""
    arrays, rest = eqx.partition(make(key=jax.random.PRNGKey(0)), eqx.is_array)
    filled = jax.tree.map(lambda p: jax.numpy.asarray(sine(p.size, p.shape)), arrays)
    return np.asarray(jax.jit(lambda p, v: eqx.combine(p, rest)(v))(filled, jax.numpy.asarray(u)))


def ours(network, u):
    host = network.init(np.random.default_rng(0))
    return network.apply(tree_map(lambda p: sine(p.size, p.shape), host), u)


def pair(name, dims, mode):
    """The same network twice."""
    arch, how = pdequinox.arch, {"boundary_mode": mode}
    c = (dims, 2, 2)
    if name == "Conv":
        mine, build = Conv(*c, 3, 2, boundary=mode), arch.ConvNet
        how |= {"hidden_channels": 3, "depth": 2}
    elif name == "Pure":
        mine, build = Pure(*c, 4, boundary=mode), pdequinox.conv.PhysicsConv
        how |= {"kernel_size": 4, "use_bias": False}
    elif name in ("UNet", "MoUNet"):
        kinds = {"UNet": (UNet, arch.ClassicUNet), "MoUNet": (MoUNet, arch.ModernUNet)}
        own, build = kinds[name]
        mine = own(*c, 2, 1, boundary=mode)
        how |= {"hidden_channels": 2, "num_levels": 1}
    elif name == "Dil":
        mine, build = Dil(*c, 1, 3, 1, boundary=mode), arch.DilatedResNet
        how |= {"hidden_channels": 3, "num_blocks": 1, "dilation_rates": (1, 2, 1)}
    else:
        kinds = {"Res": (Res, arch.ClassicResNet), "MoRes": (MoRes, arch.ModernResNet)}
        own, build = kinds[name.removesuffix("-norm")]
        norm = name != "Res"
        mine = own(*c, 3, 1, boundary=mode, norm=norm)
        how |= {"hidden_channels": 3, "num_blocks": 1, "use_norm": norm}
    return mine, lambda key: build(*c, key=key, **how)


@pytest.mark.parametrize("mode", ["periodic", "dirichlet", "neumann"])
@pytest.mark.parametrize(
    ("name", "dims"),
    [
        ("Pure", 1),
        ("Res-norm", 1),
        ("MoRes", 1),
        ("Dil", 2),
        ("UNet", 1),
        ("MoUNet", 1),
        ("Conv", 3),
    ],
)
def test_the_same_numbers(relative, name, dims, mode):
    network, make = pair(name, dims, mode)
    u = np.random.default_rng(0).standard_normal((2, *(8, 6, 4)[:dims]))
    # a dozen layers of some hundred products, in another order; norms amplify by about ten
    assert relative(ours(network, u), theirs(make, u)) < 1e-12
