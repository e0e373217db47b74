"""Floor 2: linear operators, methods that solve with them, and how a solve is differentiated."""

from xpde.solvers.adjoint import Adjoint, Cut, Implicit, OneStep, Unrolled
from xpde.solvers.algebra import Identity, Product, Scaled, Sum
from xpde.solvers.bicgstab import BiCGStab
from xpde.solvers.block import Block
from xpde.solvers.cg import CG
from xpde.solvers.chebyshev import Chebyshev
from xpde.solvers.circulant import Circulant
from xpde.solvers.cyclic_reduction import CyclicReduction
from xpde.solvers.dense import Dense
from xpde.solvers.diagonal import Diagonal
from xpde.solvers.direct import Direct
from xpde.solvers.equation import Equation
from xpde.solvers.exact import Exact
from xpde.solvers.fft_solve import FFTSolve
from xpde.solvers.fgmres import FGMRES
from xpde.solvers.fixed_point import fixed_point, root
from xpde.solvers.function import Function
from xpde.solvers.gauss_seidel import GaussSeidel
from xpde.solvers.gmres import GMRES
from xpde.solvers.inner_solve import Inner
from xpde.solvers.jacobi import Jacobi
from xpde.solvers.jacobian import Jacobian
from xpde.solvers.method import Iterative, Method
from xpde.solvers.minres import MINRES
from xpde.solvers.multigrid import Multigrid, MultigridPreconditioner
from xpde.solvers.newton import NewtonKrylov
from xpde.solvers.operator import (
    GENERAL,
    NEGATIVE,
    POSITIVE,
    SYMMETRIC,
    LinearOperator,
    Tags,
    Transposed,
)
from xpde.solvers.picard import Picard
from xpde.solvers.preconditioners import JacobiPreconditioner, SORPreconditioner, SSORPreconditioner
from xpde.solvers.reshaped import Reshaped
from xpde.solvers.richardson import Richardson
from xpde.solvers.singular import Singular
from xpde.solvers.solution import Solution, SolveFailed, Status
from xpde.solvers.solve import linear_solve
from xpde.solvers.sor import SOR
from xpde.solvers.sparse import Sparse
from xpde.solvers.ssor import SSOR
from xpde.solvers.steepest_descent import SteepestDescent
from xpde.solvers.stencil import Stencil, negative_laplacian
from xpde.solvers.transfer import Prolongation, Restriction
from xpde.solvers.tridiagonal import Tridiagonal

__all__ = [
    "CG",
    "FGMRES",
    "GENERAL",
    "GMRES",
    "MINRES",
    "NEGATIVE",
    "POSITIVE",
    "SOR",
    "SSOR",
    "SYMMETRIC",
    "Adjoint",
    "BiCGStab",
    "Block",
    "Chebyshev",
    "Circulant",
    "Cut",
    "CyclicReduction",
    "Dense",
    "Diagonal",
    "Direct",
    "Equation",
    "Exact",
    "FFTSolve",
    "Function",
    "GaussSeidel",
    "Identity",
    "Implicit",
    "Inner",
    "Iterative",
    "Jacobi",
    "JacobiPreconditioner",
    "Jacobian",
    "LinearOperator",
    "Method",
    "Multigrid",
    "MultigridPreconditioner",
    "NewtonKrylov",
    "OneStep",
    "Picard",
    "Product",
    "Prolongation",
    "Reshaped",
    "Restriction",
    "Richardson",
    "SORPreconditioner",
    "SSORPreconditioner",
    "Scaled",
    "Singular",
    "Solution",
    "SolveFailed",
    "Sparse",
    "Status",
    "SteepestDescent",
    "Stencil",
    "Sum",
    "Tags",
    "Transposed",
    "Tridiagonal",
    "Unrolled",
    "fixed_point",
    "linear_solve",
    "negative_laplacian",
    "root",
]
