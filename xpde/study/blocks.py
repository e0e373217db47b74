"""How a data set is cut into blocks that fit a given memory."""

import itertools
from dataclasses import dataclass

from xpde.errors import InvalidInput

__all__ = ["Block", "cut"]

_SOLVER = 20  # states that a step holds: 17 at most were measured (order 4, two dimensions)
_FRAMES = 3  # copies of a block: the solver's list and its stack, or the stack and the host's copy


@dataclass(frozen=True)
class Block:
    """Some samples over some steps; a state is known at ``first`` and wanted until ``last``.

    Steps of the warm-up are negative: step 0 is the first state of the data set.
    """

    sample: int
    count: int
    first: int
    last: int


def cut(
    samples: int, steps: int, warmup: int, state: int, memory: float, whole_warmup: bool
) -> tuple[Block, ...]:
    """Cut ``samples`` x ``steps`` into blocks that need at most ``memory`` MiB each.

    Half of the memory is for the solver, half for the states of a block. Samples come in groups
    of nearly equal size, as many as fit; a group is finished before the next begins.

    Parameters
    ----------
    samples, steps, warmup
        S, T and the steps before the first state.
    state
        Bytes of one state of one sample.
    memory
        MiB.
    whole_warmup
        Take the warm-up as one block; for linear equations, which leap over it.

    Raises
    ------
    InvalidInput
        If one sample does not fit; the text says how much would.
    """
    half = memory * 2**20 / 2
    if half < _SOLVER * state:
        least = 2 * _SOLVER * state / 2**20
        raise InvalidInput(f"memory: expected {least:.3g} MiB or more, got {memory:g}")
    groups = -(-samples // int(half // (_SOLVER * state)))
    count = -(-samples // groups)
    length = max(1, int(half // (_FRAMES * count * state)))
    blocks = []
    for sample in range(0, samples, count):
        size = min(count, samples - sample)
        for begin, end, most in (
            (-warmup, 0, warmup if whole_warmup else length),
            (0, steps, length),
        ):
            edges = [*range(begin, end, most or 1), end]
            blocks += [Block(sample, size, a, b) for a, b in itertools.pairwise(edges)]
    return tuple(blocks)
