"""Floor 6: losses, windows, objectives, the trainer and what it leaves behind."""

from xpde.train.applied import Applied
from xpde.train.batches import batch_plan
from xpde.train.callbacks import Callback, Event, weight_files
from xpde.train.checkpoint import Checkpointing, load_checkpoint, save_checkpoint
from xpde.train.composite import Composite
from xpde.train.corrector import CORRECTIONS, Corrector
from xpde.train.curriculum import Curriculum
from xpde.train.diverted import DivertedChain
from xpde.train.emulator import rollout
from xpde.train.logs import log_lines, log_scalars
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
from xpde.train.pushforward import Pushforward
from xpde.train.quantities import rollout_metric, weight_norm
from xpde.train.residuum import Residuum
from xpde.train.shell import Shell, opened
from xpde.train.together import Together
from xpde.train.trainer import Trained, Trainer
from xpde.train.weights import load_weights, save_weights
from xpde.train.windows import Windows

__all__ = [
    "CORRECTIONS",
    "MAE",
    "MSE",
    "RMSE",
    "Applied",
    "Callback",
    "Checkpointing",
    "Composite",
    "Corrector",
    "Curriculum",
    "DivertedChain",
    "Event",
    "FourierMSE",
    "LevelLoss",
    "MixedChain",
    "Objective",
    "Pushforward",
    "Residuum",
    "Shell",
    "SobolevMSE",
    "Supervised",
    "Together",
    "Trained",
    "Trainer",
    "Windows",
    "batch_plan",
    "load_checkpoint",
    "load_weights",
    "log_lines",
    "log_scalars",
    "nMAE",
    "nMSE",
    "nRMSE",
    "opened",
    "rollout",
    "rollout_metric",
    "save_checkpoint",
    "save_weights",
    "weight_files",
    "weight_norm",
]
