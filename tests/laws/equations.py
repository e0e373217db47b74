"""Small examples of every equation of the catalogue, in every number of axes it is meant for."""

import inspect

from xpde.pde import CATALOGUE, Equation


def _dims(name: str) -> tuple[int, ...]:
    if "dims" not in inspect.signature(CATALOGUE[name]).parameters:
        return (2,)  # vorticity and what it carries
    return (2, 3) if name.endswith("_velocity") else (1, 2, 3)


def examples(*dims: int) -> list[tuple[str, Equation]]:
    """Return (label, equation) for the given numbers of axes; forcing at mode 1."""
    found = []
    for name, builder in sorted(CATALOGUE.items()):
        takes = inspect.signature(builder).parameters
        options = {"injection_mode": 1} if "injection_mode" in takes else {}
        if name == "klein_gordon":
            options["cubic"] = 1.0  # without it the term is zero
        for d in sorted(set(dims) & set(_dims(name))):
            first = (d,) if "dims" in takes else ()
            found.append((f"{name}-{d}D", builder(*first, **options)))
    return found
