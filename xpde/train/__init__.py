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
from xpde.train.progressive import Progressive
from xpde.train.pushforward import Pushforward
from xpde.train.quantities import rollout_metric, weight_norm
from xpde.train.refinable import Refinable, Refined, at_level
from xpde.train.refine import Refine
from xpde.train.refinement import Check, Refinement
from xpde.train.residual_driven import ResidualDriven
from xpde.train.residuum import Residuum
from xpde.train.rule import RefineState, Rule
from xpde.train.savings import Savings, matched_cost
from xpde.train.schedules import Constant, Geometric, Linear, Milestones
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
    "Check",
    "Checkpointing",
    "Composite",
    "Constant",
    "Corrector",
    "Curriculum",
    "DivertedChain",
    "Event",
    "FourierMSE",
    "Geometric",
    "LevelLoss",
    "Linear",
    "Milestones",
    "MixedChain",
    "Objective",
    "Progressive",
    "Pushforward",
    "Refinable",
    "Refine",
    "RefineState",
    "Refined",
    "Refinement",
    "ResidualDriven",
    "Residuum",
    "Rule",
    "Savings",
    "Shell",
    "SobolevMSE",
    "Supervised",
    "Together",
    "Trained",
    "Trainer",
    "Windows",
    "at_level",
    "batch_plan",
    "load_checkpoint",
    "load_weights",
    "log_lines",
    "log_scalars",
    "matched_cost",
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
