"""The table of rules, by the name of the function in the standard or of the verb."""

from xpde.core.tape.elementwise import ELEMENTWISE, Rule
from xpde.core.tape.products import PRODUCTS
from xpde.core.tape.shapes import SHAPES

__all__ = ["CONSTANT", "RULES", "SEQUENCES"]

RULES: dict[str, Rule] = ELEMENTWISE | SHAPES | PRODUCTS
"""Functions with a derivative."""

SEQUENCES = frozenset({"concat", "stack"})
"""Functions whose first argument is a list of arrays."""

CONSTANT = frozenset(
    [
        "zeros_like",
        "ones_like",
        "full_like",
        "empty_like",
        "sign",
        "floor",
        "ceil",
        "round",
        "trunc",
        "argmax",
        "argmin",
        "argsort",
        "equal",
        "not_equal",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "isfinite",
        "isinf",
        "isnan",
        "logical_and",
        "logical_or",
        "logical_not",
        "logical_xor",
        "any",
        "all",
        "searchsorted",
        "nonzero",
        "count_nonzero",
        "signbit",
        "result_type",
        "can_cast",
        "isdtype",
        "finfo",
        "iinfo",
        "broadcast_shapes",
    ]
)
"""Functions whose derivative is zero, or which look at types only: they see plain values."""
