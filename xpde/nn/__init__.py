"""Floor 4: networks, frozen dataclasses whose parameters are a tree given from outside."""

from xpde.nn.activations import ACTIVATIONS, activation
from xpde.nn.conv import Convolution
from xpde.nn.convnet import Conv
from xpde.nn.fno import FNO
from xpde.nn.network import Network
from xpde.nn.pointwise import Pointwise
from xpde.nn.pure import Pure
from xpde.nn.spectral import SpectralConvolution

__all__ = [
    "ACTIVATIONS",
    "FNO",
    "Conv",
    "Convolution",
    "Network",
    "Pointwise",
    "Pure",
    "SpectralConvolution",
    "activation",
]
