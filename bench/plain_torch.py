"""The architectures of the benchmark as one writes them by hand in torch.nn, and their training.

Convolutions with circular padding, group normalization, fast Fourier transforms with complex
weights; ``torch.optim.Adam`` with its defaults, eager. It is what PyTorch gives without xpde, and
it computes the same: modules carry the names that parts have in the parameters of xpde, so that a
test can copy parameters from one to the other.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

__all__ = [
    "NETWORKS",
    "batches",
    "conv",
    "dilated",
    "fno",
    "gathered",
    "loss",
    "resnet",
    "training",
    "unet",
    "updating",
]

CONVOLUTIONS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}


def convolution(
    dims: int, channels_in: int, channels_out: int, stride: int = 1, dilation: int = 1
) -> nn.Module:
    """Make a periodic convolution, three wide."""
    return CONVOLUTIONS[dims](
        channels_in, channels_out, 3, stride=stride, dilation=dilation, padding=dilation,
        padding_mode="circular",
    )  # fmt: skip


def pointwise(dims: int, channels_in: int, channels_out: int) -> nn.Module:
    """Make a convolution one wide."""
    return CONVOLUTIONS[dims](channels_in, channels_out, 1)


def chain(dims: int, width: int, blocks: Sequence[nn.Module]) -> nn.Module:
    """Put blocks between two pointwise maps, 1 → H and H → 1."""
    parts = {
        "lift": pointwise(dims, 1, width),
        "blocks": nn.Sequential(*blocks),
        "project": pointwise(dims, width, 1),
    }
    return nn.Sequential(OrderedDict(parts))


class Residual(nn.Module):
    """u ← σ(f(u) + u)."""

    def __init__(self, main: nn.Module, after: nn.Module) -> None:
        super().__init__()
        self.main, self.after = main, after

    def forward(self, u: Tensor) -> Tensor:
        """Map states (B, H, *N)."""
        return self.after(self.main(u) + u)


class Doubling(nn.Module):
    """A periodic transposed convolution of stride 2: continued by one cell, cut by one point."""

    def __init__(self, dims: int, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.inner = TRANSPOSED[dims](channels_in, channels_out, 3, stride=2, padding=1)
        self.dims = dims

    def forward(self, u: Tensor) -> Tensor:
        """Map states (B, C_in, *N) to (B, C_out, *2N)."""
        v = self.inner(nn.functional.pad(u, (0, 1) * self.dims, mode="circular"))
        return v[(..., *[slice(0, -1)] * self.dims)]


class Hierarchy(nn.Module):
    """A U-net: down by strided convolutions, up by transposed ones, bridges at every level."""

    def __init__(self, dims: int, width: int, levels: int) -> None:
        super().__init__()
        self.lift = double(dims, 1, width)
        self.levels = nn.ModuleList()
        for h in (width * 2**level for level in range(levels)):
            level = {
                "down": convolution(dims, h, h, stride=2),
                "left": double(dims, h, 2 * h),
                "up": Doubling(dims, 2 * h, h),
                "right": double(dims, 2 * h, h),
            }
            self.levels.append(nn.ModuleDict(level))
        self.project = pointwise(dims, width, 1)

    def forward(self, u: Tensor) -> Tensor:
        """Map states (B, 1, *N)."""
        v, stayed = self.lift(u), []
        for level in self.levels:
            stayed.append(v)
            v = level["left"](level["down"](v))
        for level, kept in zip(reversed(self.levels), reversed(stayed), strict=True):
            v = level["right"](torch.cat([kept, level["up"](v)], dim=1))
        return self.project(v)


def double(dims: int, channels_in: int, channels_out: int) -> nn.Module:
    """Twice convolution, normalization, relu."""
    return nn.Sequential(
        convolution(dims, channels_in, channels_out), nn.GroupNorm(1, channels_out), nn.ReLU(),
        convolution(dims, channels_out, channels_out), nn.GroupNorm(1, channels_out), nn.ReLU(),
    )  # fmt: skip


class Spectral(nn.Module):
    """Multiply the lowest modes by complex matrices, one array of weights for each corner."""

    def __init__(self, dims: int, width: int, modes: int) -> None:
        super().__init__()
        shape = (width, width, *[modes] * dims)
        self.weights = nn.ParameterList(
            torch.randn(shape, dtype=torch.cfloat) / width**2 for _ in range(2 ** (dims - 1))
        )
        self.dims, self.modes = dims, modes

    def corner(self, number: int) -> tuple:
        """Return the modes of a corner: bit j chooses the negative ones of axis j."""
        low, high = slice(0, self.modes), slice(-self.modes, None)
        outer = (high if number >> axis & 1 else low for axis in range(self.dims - 1))
        return (..., *outer, low)

    def forward(self, u: Tensor) -> Tensor:
        """Map states (B, H, *N)."""
        axes = tuple(range(-self.dims, 0))
        u_hat = torch.fft.rfftn(u, dim=axes)
        v_hat = torch.zeros_like(u_hat)
        for number, weight in enumerate(self.weights):
            at = self.corner(number)
            v_hat[at] = torch.einsum("bi...,io...->bo...", u_hat[at], weight)
        return torch.fft.irfftn(v_hat, s=u.shape[-self.dims :], dim=axes)


class SpectralBlock(nn.Module):
    """u ← gelu(S u + P u)."""

    def __init__(self, dims: int, width: int, modes: int) -> None:
        super().__init__()
        self.spectral, self.bypass = Spectral(dims, width, modes), pointwise(dims, width, width)
        self.after = nn.GELU(approximate="tanh")

    def forward(self, u: Tensor) -> Tensor:
        """Map states (B, H, *N)."""
        return self.after(self.spectral(u) + self.bypass(u))


def conv(dims: int, width: int, depth: int) -> nn.Module:
    """Make a chain of ``depth + 1`` convolutions with relu between them."""
    steps: list[nn.Module] = []
    for c, o in pairwise((1, *[width] * depth, 1)):
        steps += [convolution(dims, c, o), nn.ReLU()]
    return nn.Sequential(*steps[:-1])


def resnet(dims: int, width: int, blocks: int) -> nn.Module:
    """Make a residual network, activated after the sums."""
    made = []
    for _ in range(blocks):
        first, second = (convolution(dims, width, width) for _ in range(2))
        made.append(Residual(nn.Sequential(first, nn.ReLU(), second), nn.ReLU()))
    return chain(dims, width, made)


def unet(dims: int, width: int, levels: int) -> nn.Module:
    """Make a U-net."""
    return Hierarchy(dims, width, levels)


def dilated(dims: int, depth: int, width: int, blocks: int) -> nn.Module:
    """Make a residual network of dilations 1, 2, ..., 2ᵈ, ..., 2, 1."""
    up = [2**i for i in range(depth)]
    made = []
    for _ in range(blocks):
        steps: list[nn.Module] = []
        for rate in (*up, 2**depth, *reversed(up)):
            one = convolution(dims, width, width, dilation=rate)
            steps += [nn.GroupNorm(1, width), one, nn.ReLU()]
        made.append(Residual(nn.Sequential(*steps), nn.Identity()))
    return chain(dims, width, made)


def fno(dims: int, modes: int, width: int, blocks: int) -> nn.Module:
    """Make a Fourier neural operator."""
    return chain(dims, width, [SpectralBlock(dims, width, modes) for _ in range(blocks)])


NETWORKS: dict[str, Callable[[int], nn.Module]] = {
    "Conv;34;10;relu": lambda dims: conv(dims, 34, 10),
    "Res;26;8;relu": lambda dims: resnet(dims, 26, 8),
    "UNet;12;2;relu": lambda dims: unet(dims, 12, 2),
    "Dil;2;32;2;relu": lambda dims: dilated(dims, 2, 32, 2),
    "FNO;12;18;4;gelu": lambda dims: fno(dims, 12, 18, 4),
}
"""By the names of the benchmark, of the dimension."""


def gathered(data: Tensor, numbers: Tensor, steps: int) -> Tensor:
    """Return the windows (B, T + 1, C, *N) of these numbers, by indexing trajectories."""
    per = data.shape[1] - steps
    sample, first = numbers // per, numbers % per
    return data[sample[:, None], first[:, None] + torch.arange(steps + 1, device=data.device)]


def batches(data: Tensor, batch: int, steps: int) -> Iterator[Tensor]:
    """Yield windows for ever, a permutation of all of them in each epoch."""
    count = data.shape[0] * (data.shape[1] - steps)
    while True:
        for numbers in torch.randperm(count, device=data.device).split(batch):
            yield gathered(data, numbers, steps)


def loss(network: nn.Module, window: Tensor) -> Tensor:
    """Return the sum over the steps of the mean square error."""
    v = window[:, 0]
    total = torch.zeros((), dtype=v.dtype, device=v.device)
    for t in range(1, window.shape[1]):
        v = network(v)
        total = total + nn.functional.mse_loss(v, window[:, t])
    return total


def training(
    network: nn.Module, data: Tensor, rate: float, batch: int, steps: int = 1
) -> Iterator[Tensor]:
    """Update for ever, with Adam; yield the losses, on the device."""
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    for window in batches(data, batch, steps):
        optimizer.zero_grad()
        value = loss(network, window)
        value.backward()
        optimizer.step()
        yield value.detach()


def updating(
    network: nn.Module, data: Tensor, rate: float, batch: int, updates: int, steps: int = 1
) -> Callable[[], None]:
    """Return a case of ``updates`` updates, gathering included, that waits for the device."""
    losses = training(network.to(data.device), data, rate, batch, steps)

    def case() -> None:
        torch.stack([next(losses) for _ in range(updates)]).cpu()

    return case
