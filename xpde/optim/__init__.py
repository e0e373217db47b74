"""Floor 2: optimizers and schedules, pure functions over trees with constants from the host."""

from xpde.optim.adam import adam
from xpde.optim.optimizer import Optimizer
from xpde.optim.schedule import Schedule, constant, exponential, warmup_cosine
from xpde.optim.sgd import sgd

__all__ = ["Optimizer", "Schedule", "adam", "constant", "exponential", "sgd", "warmup_cosine"]
