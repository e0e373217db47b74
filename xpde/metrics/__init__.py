"""Floor 4: norms of errors, correlation, evaluation of trajectories."""

from xpde.metrics.correlation import correlation
from xpde.metrics.names import METRICS, Metric, evaluate, metric
from xpde.metrics.spatial import MAE, MSE, RMSE, nMAE, nMSE, norm, nRMSE, sMAE, sMSE, sRMSE

__all__ = [
    "MAE",
    "METRICS",
    "MSE",
    "RMSE",
    "Metric",
    "correlation",
    "evaluate",
    "metric",
    "nMAE",
    "nMSE",
    "nRMSE",
    "norm",
    "sMAE",
    "sMSE",
    "sRMSE",
]
