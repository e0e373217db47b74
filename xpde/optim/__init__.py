"""Floor 2: optimizers, what wraps them, and schedules: pure functions over trees."""

from xpde.optim.adam import adam
from xpde.optim.adamw import adamw
from xpde.optim.average import average, averaged
from xpde.optim.clipping import clip_norm, clip_value
from xpde.optim.decay import decayed, penalized
from xpde.optim.lion import lion
from xpde.optim.optimizer import Optimizer
from xpde.optim.schedule import Schedule, constant, exponential, warmup_cosine
from xpde.optim.sgd import sgd

__all__ = [
    "Optimizer",
    "Schedule",
    "adam",
    "adamw",
    "average",
    "averaged",
    "clip_norm",
    "clip_value",
    "constant",
    "decayed",
    "exponential",
    "lion",
    "penalized",
    "sgd",
    "warmup_cosine",
]
