"""Floor 4: networks, frozen dataclasses whose parameters are a tree given from outside."""

from xpde.nn.activations import ACTIVATIONS, activation
from xpde.nn.attention import Attention
from xpde.nn.conv import Convolution
from xpde.nn.convnet import Conv
from xpde.nn.dilated import Dil
from xpde.nn.fno import FNO
from xpde.nn.mlp import MLP
from xpde.nn.moresnet import MoRes
from xpde.nn.mounet import MoUNet
from xpde.nn.network import Network
from xpde.nn.norm import GroupNorm, LayerNorm
from xpde.nn.planned import Planned
from xpde.nn.pointwise import Pointwise
from xpde.nn.pure import Pure
from xpde.nn.receptive import footprint, measured_receptive_field
from xpde.nn.resnet import Res
from xpde.nn.spectral import SpectralConvolution
from xpde.nn.transformer import Transformer
from xpde.nn.transposed import TransposedConvolution
from xpde.nn.unet import UNet
from xpde.nn.wrapped import Wrapped

__all__ = [
    "ACTIVATIONS",
    "FNO",
    "MLP",
    "Attention",
    "Conv",
    "Convolution",
    "Dil",
    "GroupNorm",
    "LayerNorm",
    "MoRes",
    "MoUNet",
    "Network",
    "Planned",
    "Pointwise",
    "Pure",
    "Res",
    "SpectralConvolution",
    "Transformer",
    "TransposedConvolution",
    "UNet",
    "Wrapped",
    "activation",
    "footprint",
    "measured_receptive_field",
]
