"""The benchmark's strings: ``NAME;VALUE;VALUE``, read once into plans.

A string is a name and values of a fixed form, separated by semicolons; names ignore case, numbers
may hold underscores. The forms are the tables below; nothing else knows the strings.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xpde.errors import InvalidInput, unknown_name
from xpde.ic import (
    Clamped,
    DiffusedNoise,
    GaussianRandomField,
    GrayScottBlobs,
    InitialCondition,
    MultiChannel,
    RandomDiscontinuities,
    RandomGaussianBlobs,
    RandomSineWaves,
    Scaled,
    TruncatedFourier,
    WhiteNoise,
)
from xpde.metrics import metric
from xpde.nn import (
    ACTIVATIONS,
    FNO,
    MLP,
    Conv,
    Dil,
    MoRes,
    MoUNet,
    Planned,
    Pure,
    Res,
    Transformer,
    UNet,
)
from xpde.optim import (
    Optimizer,
    Schedule,
    adam,
    constant,
    exponential,
    sgd,
    warmup_cosine,
)
from xpde.train import Supervised

__all__ = [
    "initial_condition",
    "metric_names",
    "network",
    "optimizer",
    "shorten",
    "training",
]

Form = Mapping[str, type]

NETWORKS: dict[str, tuple[Callable[..., Planned], Form]] = {
    "Conv": (Conv, {"width": int, "depth": int, "activation": str}),
    "Res": (Res, {"width": int, "blocks": int, "activation": str}),
    "Dil": (Dil, {"depth": int, "width": int, "blocks": int, "activation": str}),
    "UNet": (UNet, {"width": int, "levels": int, "activation": str}),
    "FNO": (FNO, {"modes": int, "width": int, "blocks": int, "activation": str}),
    "MLP": (MLP, {"width": int, "depth": int, "activation": str}),
    "Pure": (Pure, {"kernel": int, "identity": str}),
    "MoRes": (MoRes, {"width": int, "blocks": int, "activation": str}),
    "MoUNet": (MoUNet, {"width": int, "levels": int, "activation": str}),
    "Trans": (Transformer, {"width": int, "heads": int, "blocks": int, "activation": str}),
}

INITIAL: dict[str, tuple[Callable[..., InitialCondition], Form]] = {
    "fourier": (TruncatedFourier, {"cutoff": int, "zero_mean": bool, "max_one": bool}),
    "diffused": (DiffusedNoise, {"intensity": float, "zero_mean": bool, "max_one": bool}),
    "grf": (GaussianRandomField, {"power": float, "zero_mean": bool, "max_one": bool}),
    "gray_scott_blobs": (GrayScottBlobs, {}),
    "white": (WhiteNoise, {"std": float}),
    "sines": (RandomSineWaves, {"cutoff": int, "zero_mean": bool, "max_one": bool}),
    "discontinuities": (RandomDiscontinuities, {"count": int, "zero_mean": bool, "max_one": bool}),
    "blobs": (RandomGaussianBlobs, {"count": int, "one_complement": bool, "periodic": bool}),
}

RESCALED: dict[str, tuple[Callable[..., InitialCondition], Form]] = {
    "clamp": (Clamped, {"low": float, "high": float}),
    "scale": (Scaled, {"factor": float}),
}

OPTIMIZERS: dict[str, Callable[[Schedule], Optimizer]] = {"adam": adam, "sgd": sgd}

SCHEDULES: dict[str, tuple[Callable[..., Schedule], Form]] = {
    "constant": (constant, {"rate": float}),
    "exp": (
        exponential,
        {"rate": float, "transition_steps": int, "decay_rate": float, "staircase": bool},
    ),
    "warmup_cosine": (warmup_cosine, {"initial": float, "peak": float, "warmup": int}),
}


def network(
    text: str, dims: int, channels: int, points: int | tuple[int, ...] | None = None
) -> Planned:
    """Read a network, in one of these forms, and check that it fits a grid of ``points``.

    ``Conv;WIDTH;DEPTH;ACTIVATION``, ``Res;WIDTH;BLOCKS;ACTIVATION``,
    ``Dil;DEPTH;WIDTH;BLOCKS;ACTIVATION``, ``UNet;WIDTH;LEVELS;ACTIVATION``,
    ``FNO;MODES;WIDTH;BLOCKS;ACTIVATION``, ``MLP;WIDTH;DEPTH;ACTIVATION``,
    ``Pure;KERNEL;identity``, ``MoRes;WIDTH;BLOCKS;ACTIVATION``,
    ``MoUNet;WIDTH;LEVELS;ACTIVATION``, ``Trans;WIDTH;HEADS;BLOCKS;ACTIVATION``.
    Without ``points`` nothing is checked; MLP, which belongs to one grid, must have them.
    """
    name, values = _split(text)
    name = _choose("network", name, NETWORKS)
    build, form = NETWORKS[name]
    numbers = _values("network", text, name, values, form)
    if "identity" in numbers:  # the last token of the benchmark's strings is always an activation
        _choose("activation of a linear network", numbers.pop("identity"), ["identity"])
    else:
        numbers["activation"] = _choose("activation", numbers["activation"], ACTIVATIONS)
    if build is MLP:
        if points is None:
            raise InvalidInput(f"network {text!r}: expected the points of its grid; pass points")
        numbers["points"] = points
    made = build(dims=dims, channels_in=channels, channels_out=channels, **numbers)
    if points is not None:
        made.check_grid((points,) * dims if isinstance(points, int) else tuple(points))
    return made


def optimizer(text: str) -> tuple[Optimizer, int]:
    """Read ``adam;UPDATES;SCHEDULE;...`` (or ``sgd``); return the optimizer and the updates.

    Schedules: ``constant;RATE``, ``exp;RATE;TRANSITION_STEPS;DECAY_RATE;STAIRCASE``,
    ``warmup_cosine;INITIAL;PEAK;WARMUP`` (cosine to zero at UPDATES).
    """
    method, updates, schedule, form, values = _optimizer_parts(text)
    numbers = _values("optimizer", text, f"{method};UPDATES;{schedule}", values, form)
    if schedule == "warmup_cosine":
        numbers["total"] = updates
    return OPTIMIZERS[method](SCHEDULES[schedule][0](**numbers)), updates


def shorten(text: str, updates: int) -> str:
    """Return the optimizer string for another number of updates, the schedule scaled with it.

    Warm-up and transition keep their share of the training (at least one step where there was
    one), so 300 updates of a 10 000-update schedule see the whole of it.
    """
    method, total, schedule, form, values = _optimizer_parts(text)
    for place, name in enumerate(form):
        if name in ("warmup", "transition_steps") and place < len(values):
            length = _read("optimizer", text, name, values[place], int)
            least, most = min(length, 1), updates - 1 if name == "warmup" else updates
            values[place] = str(min(max(least, round(length * updates / total)), most))
    return ";".join([method, str(updates), schedule, *values])


def training(text: str) -> Supervised:
    """Read ``one``, ``sup;T`` or ``sup;T;CUT`` (gradients stop after every CUT steps)."""
    name, values = _split(text)
    name = _choose("training", name, ("one", "sup"))
    if name == "one":
        _values("training", text, "one", values, {})
        return Supervised()
    form: Form = {"t": int, "cut": int} if len(values) == 2 else {"t": int}
    numbers = _values("training", text, "sup", values, form)
    if min(numbers.values()) < 1:
        raise InvalidInput(f"training {text!r}: expected sup;T;CUT of 1 or more")
    return Supervised(numbers["t"], cut_every=numbers.get("cut"))


def initial_condition(text: str) -> InitialCondition:
    """Read an initial condition, in one of these forms.

    ``fourier;CUTOFF;ZERO_MEAN;MAX_ONE``, ``diffused;INTENSITY;ZERO_MEAN;MAX_ONE``,
    ``grf;POWER;ZERO_MEAN;MAX_ONE``, ``gray_scott_blobs``, ``white;STD``,
    ``sines;CUTOFF;ZERO_MEAN;MAX_ONE``, ``discontinuities;COUNT;ZERO_MEAN;MAX_ONE``,
    ``blobs;COUNT;ONE_COMPLEMENT;PERIODIC``; around another, ``clamp;LOW;HIGH;OTHER`` and
    ``scale;FACTOR;OTHER``; one for each channel, ``channels;FIRST|SECOND|...``.
    """
    kind = "initial condition"
    name, values = _split(text)
    name = _choose(kind, name, [*INITIAL, *RESCALED, "channels"])
    if name == "channels":
        return MultiChannel(tuple(map(initial_condition, ";".join(values).split("|"))))
    if name in INITIAL:
        build, form = INITIAL[name]
        return build(**_values(kind, text, name, values, form))
    build, form = RESCALED[name]
    if len(values) <= len(form):
        wanted = ";".join([name, *(part.upper() for part in form)])
        raise InvalidInput(f"{kind} {text!r}: expected {wanted};OTHER, another {kind} last")
    numbers = _values(kind, text, name, values[: len(form)], form)
    return build(initial_condition(";".join(values[len(form) :])), **numbers)


def metric_names(text: str) -> tuple[str, ...]:
    """Read ``mean_nRMSE,mean_fourier_nRMSE;0;5;1``; every name and argument is checked."""
    parts = (name.split(";") for name in text.split(",") if name.strip())
    names = tuple(";".join(part.strip() for part in name) for name in parts)
    for name in names:
        metric(name)
    return names


def _optimizer_parts(text: str) -> tuple[str, int, str, Form, list[str]]:
    name, values = _split(text)
    method = _choose("optimizer", name, OPTIMIZERS)
    if len(values) < 2:
        raise InvalidInput(f"optimizer {text!r}: expected {method};UPDATES;SCHEDULE;...")
    updates = _read("optimizer", text, "updates", values[0], int)
    if updates < 1:
        raise InvalidInput(f"optimizer {text!r}: expected 1 update or more, got {updates}")
    schedule = _choose("schedule", values[1], SCHEDULES)
    return method, updates, schedule, SCHEDULES[schedule][1], values[2:]


def _split(text: str) -> tuple[str, list[str]]:
    name, *values = [part.strip() for part in text.split(";")]
    return name, values


def _choose(kind: str, given: str, valid: Mapping[str, Any] | Sequence[str]) -> str:
    folded = {name.lower(): name for name in valid}
    if given.lower() not in folded:
        raise unknown_name(kind, given, valid)
    return folded[given.lower()]


def _values(kind: str, text: str, name: str, values: list[str], form: Form) -> dict[str, Any]:
    if len(values) != len(form):
        wanted = ";".join([name, *(part.upper() for part in form)])
        raise InvalidInput(
            f"{kind} {text!r}: expected {wanted}, got {len(values)} of {len(form)} values"
        )
    return {
        part: _read(kind, text, part, value, form[part])
        for part, value in zip(form, values, strict=True)
    }


def _read(kind: str, text: str, name: str, value: str, wanted: type) -> Any:
    words = {"true": True, "false": False}
    try:
        return words[value.lower()] if wanted is bool else wanted(value)
    except (ValueError, KeyError) as error:
        like = {int: "an integer", float: "a number", bool: "true or false"}[wanted]
        raise InvalidInput(f"{kind} {text!r}: expected {name} as {like}, got {value!r}") from error
