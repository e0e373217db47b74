"""Experiments of progressively refined solvers in trainings, published and ours side by side."""

from xpde.study.prdp.campaign import Campaign, Results
from xpde.study.prdp.catalogue import EXPERIMENTS, experiment
from xpde.study.prdp.clock import Clock, Price
from xpde.study.prdp.contenders import CONTENDERS, contender
from xpde.study.prdp.entry import Entry, run_entry
from xpde.study.prdp.inner import InnerSolve, inner_solve, smallest_level
from xpde.study.prdp.problem import ADJOINTS, Problem, Setup
from xpde.study.prdp.summary import summary

__all__ = [
    "ADJOINTS",
    "CONTENDERS",
    "EXPERIMENTS",
    "Campaign",
    "Clock",
    "Entry",
    "InnerSolve",
    "Price",
    "Problem",
    "Results",
    "Setup",
    "contender",
    "experiment",
    "inner_solve",
    "run_entry",
    "smallest_level",
    "summary",
]
