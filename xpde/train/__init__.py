"""Floor 6: losses, windows, objectives, the trainer, rollouts and weight files."""

from xpde.train.batches import batch_plan
from xpde.train.composite import Composite
from xpde.train.corrector import CORRECTIONS, Corrector
from xpde.train.diverted import DivertedChain
from xpde.train.emulator import rollout
from xpde.train.losses import (
    MAE,
    MSE,
    RMSE,
    FourierMSE,
    LevelLoss,
    SobolevMSE,
    nMAE,
    nMSE,
    nRMSE,
)
from xpde.train.mixed import MixedChain
from xpde.train.objectives import Objective, Supervised
from xpde.train.residuum import Residuum
from xpde.train.shell import Shell, opened
from xpde.train.trainer import Trained, Trainer
from xpde.train.weights import load_weights, save_weights
from xpde.train.windows import Windows

__all__ = [
    "CORRECTIONS",
    "MAE",
    "MSE",
    "RMSE",
    "Composite",
    "Corrector",
    "DivertedChain",
    "FourierMSE",
    "LevelLoss",
    "MixedChain",
    "Objective",
    "Residuum",
    "Shell",
    "SobolevMSE",
    "Supervised",
    "Trained",
    "Trainer",
    "Windows",
    "batch_plan",
    "load_weights",
    "nMAE",
    "nMSE",
    "nRMSE",
    "opened",
    "rollout",
    "save_weights",
]
