"""Every metric by its string; correlation_time is a step function, tested beside its definition."""

from case import Case

from xpde import metrics
from xpde.metrics import METRICS, metric

SHAPE = (2, 12)
EXAMPLE = {"low": 1, "high": 3, "derivative": 1, "s": 0.5}
"""A value for every argument that a string may have."""


def string(name):
    return ";".join([name, *(str(EXAMPLE[part]) for part in METRICS[name].form)])


def state_cases():
    reference = Case("reference", SHAPE, None).sample(99)
    functions = {string(name): metric(string(name)) for name in METRICS}
    # shells 0 to 2: the reference holds no others, and those are rounding over rounding
    functions["spectrum_errors"] = lambda u, r, dims: metrics.spectrum_errors(u, r, dims=dims)[
        ..., :3
    ]
    functions["fourier_norm"] = lambda u, r, dims: metrics.fourier_norm(u, r, dims=dims, inner=3)
    for name, function in functions.items():

        def make(bk, function=function):
            ref = bk.asarray(reference)
            return lambda u: function(u, ref, dims=1)

        yield Case(f"metric-{name}", SHAPE, make)


def gmean_case():
    return Case("metric-gmean", SHAPE, lambda bk: lambda u: metrics.gmean(u * u, upto=7))


CASES = [*state_cases(), gmean_case()]
