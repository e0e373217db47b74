"""Engines: where the worker processes of a study run."""

from xpde.study.engines.child import Child, Task, work
from xpde.study.engines.dask import DaskEngine
from xpde.study.engines.engine import Engine, Handle
from xpde.study.engines.local import LocalEngine
from xpde.study.engines.slurm import SlurmEngine

__all__ = [
    "Child",
    "DaskEngine",
    "Engine",
    "Handle",
    "LocalEngine",
    "SlurmEngine",
    "Task",
    "work",
]
