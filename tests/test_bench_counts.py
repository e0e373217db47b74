"""The bench's clock, counters of memory, counts of products and transforms; nothing is timed."""

import math
import sys
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

import xpde
from bench import clock, peak, products, rates
from bench.transforms import Transforms, counted, floor
from xpde.core import leaves, stream
from xpde.nn import FNO, MLP, Conv, Dil, MoRes, MoUNet, Pure, Res, Transformer, UNet
from xpde.pde import Stepper, burgers
from xpde.space import Grid


class Marks:
    """Events of a device whose calls take three seconds each."""

    made: ClassVar[list[str]] = []

    def __init__(self, device):
        self.made.append(device)
        self.calls = None

    def start(self):
        self.calls = 0
        Marks.running = self

    def stop(self):
        return 3.0 * self.calls


class Device:
    """What the clock asks of a backend."""

    def __init__(self, name, device):
        self.name, self.device = name, device


def test_cuda_is_timed_by_events_and_the_rest_by_the_processor(monkeypatch):
    monkeypatch.setattr(clock, "EVENTS", {"torch": Marks})
    monkeypatch.setattr(Marks, "made", [])
    ticks = iter([100.0, 107.0] * 3)
    monkeypatch.setattr(clock, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))

    def case():
        Marks.running.calls += 1

    assert clock.seconds(Device("torch", "cuda:1"), case, 5) == 3.0
    assert Marks.made == ["cuda:1"]
    for other in (Device("torch", "cpu"), Device("jax", "cuda"), None):
        assert clock.seconds(other, case, 7) == 1.0
    assert Marks.made == ["cuda:1"]


def test_a_case_knows_its_backend():
    bk = xpde.backend("numpy")
    seen = []
    case = clock.waiting(bk, seen.append, 3)
    case()
    assert seen == [3]
    assert clock.backend_of_case(case) is bk
    assert clock.backend_of_case(lambda: None) is None


def test_peak_memory_is_that_of_the_call():
    """Three arrays of 32 MiB at once; the process may move by a few MiB beside them."""
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    size = 32 * peak.MIB // 8

    def case():
        return sum(float(np.full(size, 1.0 + i)[-1]) for i in range(3)), _at_once()

    def _at_once():
        kept_alive = [np.full(size, float(i)) for i in range(3)]
        return len(kept_alive)

    assert peak.megabytes(None, case) == pytest.approx(96, abs=8)
    assert peak.megabytes(None, lambda: None) < 8


def test_peak_memory_on_a_device_is_what_its_framework_counts(monkeypatch):
    monkeypatch.setattr(peak, "_COUNTERS", {"torch": lambda device, case: 7.0})
    assert peak.megabytes(Device("torch", "cuda:0"), lambda: None) == 7.0
    assert math.isnan(peak.megabytes(Device("cupy", "cuda:0"), lambda: None))
    monkeypatch.setattr(peak, "DEVICE", "cuda")
    assert math.isnan(peak.megabytes(None, lambda: None))


def test_peaks_are_told_side_by_side():
    nan = math.nan
    found = [peak.told(*pair) for pair in ((1.25, 1234.5), (nan, 20.0), (3.0, nan), (nan, nan))]
    assert found == ["1.2 / 1,234", "– / 20", "3.0 / –", ""]


NETWORKS = [
    Conv(1, 1, 2, 5, 3),
    Conv(3, 1, 1, 4, 1, boundary="dirichlet"),
    Res(2, 2, 1, 6, 2),
    UNet(2, 1, 1, 3, 2),
    Dil(1, 1, 1, 2, 4, 2),
    FNO(3, 1, 1, 3, 4, 2),
    MoRes(1, 1, 1),
    MoUNet(1, 1, 1),
    Pure(1, 1, 1),
    MLP(2, 1, 1, 8),
    Transformer(1, 1, 1),
]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: f"{type(n).__name__}{n.dims}")
def test_no_layer_is_forgotten(network):
    """Layers that are found have all parameters of the network."""
    found = products.layers(network, (8,) * network.dims)
    size = sum(x.size for x in leaves(network.init(stream(0, "bench"))))
    assert sum(layer.parameter_count() for layer, _ in found) == size


def test_products_of_networks_by_hand():
    """Taps times channels times points; a level of a UNet has half the points on each axis."""
    assert products.multiply_adds(Conv(1, 1, 2, 5, 1), (16,)) == 3 * (5 + 5 * 2) * 16
    lift, coarse = (9 * (3 + 9)), 9 * (18 + 36)
    moves = 9 * 9 * 16 + 9 * 18 * 16  # down to 4² points, and up from them
    right = 9 * (18 + 9)
    expected = (lift + right + 3) * 64 + coarse * 16 + moves
    assert products.multiply_adds(UNet(2, 1, 1, 3, 1), (8, 8)) == expected
    modes, transforms = 4 * 2 * 3 * 3**2, round(1.25 * 6 * 64 * 6)
    spectral = FNO(2, 1, 1, modes=3, width=3, blocks=1)
    expected = 64 * (3 + 9 + 3) + modes * 9 // 3 + transforms
    assert products.multiply_adds(spectral, (8, 8)) == expected
    assert products.multiply_adds(MLP(1, 1, 1, 8, width=5, depth=1), (8,)) == 2 * 40


def test_an_update_is_three_times_its_forward_pass():
    network = Conv(1, 1, 1, 3, 2)
    once = products.multiply_adds(network, (12,))
    assert products.updating(network, (12,), 20, 5) == 3 * 20 * 5 * once


def test_floors_are_counts_over_rates(monkeypatch):
    """At 10⁹ multiply-adds and 10¹⁰ bytes a second."""
    monkeypatch.setattr(rates, "gemm", lambda bk: 1e9)
    monkeypatch.setattr(rates, "bandwidth", lambda bk: 1e10)
    bk, network = xpde.backend("numpy"), Conv(1, 1, 1, 3, 2)
    assert rates.products(bk, 4e9) == 2.0
    assert rates.bytes_moved(bk, 5e9) == 0.5
    expected = products.updating(network, (12,), 20) / 1e9
    assert rates.update_floor(bk, network, (12,), 20) == pytest.approx(expected, rel=1e-15)


def test_transforms_of_a_step_are_counted_and_weighed():
    """Conservative Burgers in 2D: two velocities to the grid, three products of them back.

    Two evaluations of a step are one round trip of each stack, a snapshot is half a one.
    """
    grid, bk = Grid.cube(2, 12, 1.0), xpde.backend("numpy")
    plan = Stepper.build(burgers(2, conservative=True), grid, 1e-3, order=2, backend=bk)
    need = counted(plan, np.zeros((2, 12, 12)), 2)
    assert need == Transforms(inverse=2, forward=3, evaluations=2, channels=2)
    found = floor(bk, need, (4, 2, 12, 12), 2, steps=10)
    assert found.trips == 10
    assert found.spectral(10) == {"numpy inverse": 1.0, "numpy forward": 1.0}
    assert found.rollout(10) == {"numpy snapshot": 0.5, **found.spectral(10)}
    assert found.step() == {"numpy snapshot": 0.1, **found.spectral(1)}
    linear = floor(bk, Transforms(0, 0, 0, 2), (2, 12, 12), 2, steps=50)
    assert linear.rollout(50) == {"numpy snapshot": 0.5 * 50 / linear.trips}
