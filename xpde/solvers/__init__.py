"""Floor 2: linear operators, methods that solve with them, and how a solve is differentiated."""

from xpde.solvers.adjoint import Adjoint, Cut, Implicit, OneStep, Unrolled
from xpde.solvers.algebra import Identity, Product, Scaled, Sum
from xpde.solvers.cg import CG
from xpde.solvers.dense import Dense
from xpde.solvers.diagonal import Diagonal
from xpde.solvers.function import Function
from xpde.solvers.jacobi import Jacobi
from xpde.solvers.method import Iterative, Method
from xpde.solvers.operator import (
    GENERAL,
    NEGATIVE,
    POSITIVE,
    SYMMETRIC,
    LinearOperator,
    Tags,
    Transposed,
)
from xpde.solvers.singular import Singular
from xpde.solvers.solution import Solution, SolveFailed, Status
from xpde.solvers.solve import linear_solve

__all__ = [
    "CG",
    "GENERAL",
    "NEGATIVE",
    "POSITIVE",
    "SYMMETRIC",
    "Adjoint",
    "Cut",
    "Dense",
    "Diagonal",
    "Function",
    "Identity",
    "Implicit",
    "Iterative",
    "Jacobi",
    "LinearOperator",
    "Method",
    "OneStep",
    "Product",
    "Scaled",
    "Singular",
    "Solution",
    "SolveFailed",
    "Status",
    "Sum",
    "Tags",
    "Transposed",
    "Unrolled",
    "linear_solve",
]
