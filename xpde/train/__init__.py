"""Floor 6: losses, windows, objectives, the trainer, rollouts and weight files."""

from xpde.train.batches import batch_plan
from xpde.train.emulator import rollout
from xpde.train.losses import MAE, MSE, LevelLoss, nMAE, nMSE
from xpde.train.objectives import Objective, Supervised
from xpde.train.trainer import Trained, Trainer
from xpde.train.weights import load_weights, save_weights
from xpde.train.windows import Windows

__all__ = [
    "MAE",
    "MSE",
    "LevelLoss",
    "Objective",
    "Supervised",
    "Trained",
    "Trainer",
    "Windows",
    "batch_plan",
    "load_weights",
    "nMAE",
    "nMSE",
    "rollout",
    "save_weights",
]
