"""Floor 4: norms of errors in space and in Fourier space, correlation, whole rollouts."""

from xpde.metrics.correlation import correlation
from xpde.metrics.fourier import (
    fourier_MAE,
    fourier_MSE,
    fourier_nMAE,
    fourier_nMSE,
    fourier_norm,
    fourier_nRMSE,
    fourier_RMSE,
)
from xpde.metrics.names import METRICS, Entry, Metric, evaluate, metric
from xpde.metrics.rollout import correlation_time, gmean
from xpde.metrics.sobolev import (
    H1_MAE,
    H1_MSE,
    H1_RMSE,
    H1_nMAE,
    H1_nMSE,
    H1_nRMSE,
    nsobolev,
    sobolev,
)
from xpde.metrics.spatial import MAE, MSE, RMSE, nMAE, nMSE, norm, nRMSE, sMAE, sMSE, sRMSE
from xpde.metrics.spectrum import spectrum_error, spectrum_errors
from xpde.metrics.variance import VRMSE

__all__ = [
    "H1_MAE",
    "H1_MSE",
    "H1_RMSE",
    "MAE",
    "METRICS",
    "MSE",
    "RMSE",
    "VRMSE",
    "Entry",
    "H1_nMAE",
    "H1_nMSE",
    "H1_nRMSE",
    "Metric",
    "correlation",
    "correlation_time",
    "evaluate",
    "fourier_MAE",
    "fourier_MSE",
    "fourier_RMSE",
    "fourier_nMAE",
    "fourier_nMSE",
    "fourier_nRMSE",
    "fourier_norm",
    "gmean",
    "metric",
    "nMAE",
    "nMSE",
    "nRMSE",
    "norm",
    "nsobolev",
    "sMAE",
    "sMSE",
    "sRMSE",
    "sobolev",
    "spectrum_error",
    "spectrum_errors",
]
