"""Floor 4: random initial states, drawn on the host."""

from xpde.ic.blobs import GaussianBlob, GaussianBlobs, RandomGaussianBlobs
from xpde.ic.channels import MultiChannel
from xpde.ic.chosen import ChosenModes
from xpde.ic.diffused import DiffusedNoise
from xpde.ic.discontinuities import Discontinuities, Discontinuity, RandomDiscontinuities
from xpde.ic.fourier import TruncatedFourier
from xpde.ic.gaussian import GaussianRandomField
from xpde.ic.gray_scott import GrayScottBlobs
from xpde.ic.noise import WhiteNoise
from xpde.ic.rescaled import Clamped, Scaled
from xpde.ic.sampling import InitialCondition, sample_set
from xpde.ic.sines import RandomSineWaves, SineWaves

__all__ = [
    "ChosenModes",
    "Clamped",
    "DiffusedNoise",
    "Discontinuities",
    "Discontinuity",
    "GaussianBlob",
    "GaussianBlobs",
    "GaussianRandomField",
    "GrayScottBlobs",
    "InitialCondition",
    "MultiChannel",
    "RandomDiscontinuities",
    "RandomGaussianBlobs",
    "RandomSineWaves",
    "Scaled",
    "SineWaves",
    "TruncatedFourier",
    "WhiteNoise",
    "sample_set",
]
