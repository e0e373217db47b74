"""A rule of refinement driven through errors."""

import math


def follow(rule, errors, loss=math.nan):
    """All states after the errors, the level after each."""
    state, states = rule.start(), []
    for error in errors:
        state, level = rule.step(state, error, loss)
        assert level == state.level
        states.append(state)
    return states


def levels(rule, errors, loss=math.nan):
    return [state.level for state in follow(rule, errors, loss)]
