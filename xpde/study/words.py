"""The benchmark's strings: ``NAME;VALUE;VALUE``, read once into plans.

A string is a name and values of a fixed form, separated by semicolons; names ignore case, numbers
may hold underscores. The forms are the tables below and those of trainings and tasks in
:mod:`xpde.study.training_words`; nothing else knows the strings.
"""

from collections.abc import Callable

from xpde.errors import InvalidInput
from xpde.ic import (
    ChosenModes,
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
    adamw,
    averaged,
    clip_norm,
    clip_value,
    constant,
    exponential,
    lion,
    penalized,
    sgd,
    warmup_cosine,
)
from xpde.study.forms import (
    Form,
    Kind,
    choose,
    part_options,
    read_options,
    read_value,
    read_values,
    split_words,
)
from xpde.study.refine_words import refine
from xpde.study.training_words import task, training

__all__ = [
    "initial_condition",
    "metric_names",
    "network",
    "optimizer",
    "refine",
    "shorten",
    "task",
    "training",
]

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

MODES = Kind(lambda text: tuple(map(int, text.split(","))), "integers separated by commas")

INITIAL: dict[str, tuple[Callable[..., InitialCondition], Form]] = {
    "fourier": (TruncatedFourier, {"cutoff": int, "zero_mean": bool, "max_one": bool}),
    "diffused": (DiffusedNoise, {"intensity": float, "zero_mean": bool, "max_one": bool}),
    "grf": (GaussianRandomField, {"power": float, "zero_mean": bool, "max_one": bool}),
    "gray_scott_blobs": (GrayScottBlobs, {}),
    "white": (WhiteNoise, {"std": float}),
    "sines": (RandomSineWaves, {"cutoff": int, "zero_mean": bool, "max_one": bool}),
    "discontinuities": (RandomDiscontinuities, {"count": int, "zero_mean": bool, "max_one": bool}),
    "blobs": (RandomGaussianBlobs, {"count": int, "one_complement": bool, "periodic": bool}),
    "ind": (ChosenModes, {"modes": MODES, "max_one": bool}),
}

RESCALED: dict[str, tuple[Callable[..., InitialCondition], Form]] = {
    "clamp": (Clamped, {"low": float, "high": float}),
    "scale": (Scaled, {"factor": float}),
}

OPTIMIZERS: dict[str, tuple[Callable[..., Optimizer], Form]] = {
    "adam": (adam, {"b1": float, "b2": float, "eps": float}),
    "adamw": (adamw, {"b1": float, "b2": float, "eps": float, "decay": float}),
    "lion": (lion, {"b1": float, "b2": float, "decay": float}),
    "sgd": (sgd, {"momentum": float, "nesterov": bool}),
}

WRAPPERS: dict[str, Callable[[Optimizer, float], Optimizer]] = {
    "l2": penalized,
    "clip": clip_norm,
    "clip_value": clip_value,
    "ema": averaged,
}
"""Options of every optimizer, from the innermost to the outermost."""

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
    name, values = split_words(text)
    name = choose("network", name, NETWORKS)
    build, form = NETWORKS[name]
    numbers = read_values("network", text, name, values, form)
    if "identity" in numbers:  # the last token of the benchmark's strings is always an activation
        choose("activation of a linear network", numbers.pop("identity"), ["identity"])
    else:
        numbers["activation"] = choose("activation", numbers["activation"], ACTIVATIONS)
    if build is MLP:
        if points is None:
            raise InvalidInput(f"network {text!r}: expected the points of its grid; pass points")
        numbers["points"] = points
    made = build(dims=dims, channels_in=channels, channels_out=channels, **numbers)
    if points is not None:
        made.check_grid((points,) * dims if isinstance(points, int) else tuple(points))
    return made


def optimizer(text: str) -> tuple[Optimizer, int]:
    """Read ``METHOD;UPDATES;SCHEDULE;...;OPTION=VALUE;...``; return the optimizer and the updates.

    Methods and their options: ``adam`` (b1, b2, eps), ``adamw`` (those and decay), ``lion`` (b1,
    b2, decay), ``sgd`` (momentum, nesterov). Schedules: ``constant;RATE``,
    ``exp;RATE;TRANSITION_STEPS;DECAY_RATE;STAIRCASE``, ``warmup_cosine;INITIAL;PEAK;WARMUP``
    (cosine to zero at UPDATES).

    Options come last, in any order, each at most once. Every method has four more: entries of the
    gradient are clipped first (``clip_value``), then its norm (``clip``), then λ p is added
    (``l2``), and the average of the new parameters is kept beside them (``ema``). ``decay`` is the
    decoupled weight decay λ. Example: ``adamw;10_000;constant;1e-3;decay=1e-4;clip=1``.
    """
    method, updates, schedule, form, values = _optimizer_parts(text)
    plain, extra = part_options(values)
    numbers = read_values("optimizer", text, f"{method};UPDATES;{schedule}", plain, form)
    if schedule == "warmup_cosine":
        numbers["total"] = updates
    build, own = OPTIMIZERS[method]
    options = read_options("optimizer", text, extra, {**own, **dict.fromkeys(WRAPPERS, float)})
    around = {name: options.pop(name) for name in WRAPPERS if name in options}
    if "decay" in options:
        options["weight_decay"] = options.pop("decay")
    made = build(SCHEDULES[schedule][0](**numbers), **options)
    for name, value in around.items():
        made = WRAPPERS[name](made, value)
    return made, updates


def shorten(text: str, updates: int) -> str:
    """Return the optimizer string for another number of updates, the schedule scaled with it.

    Warm-up and transition keep their share of the training (at least one step where there was
    one), so 300 updates of a 10 000-update schedule see the whole of it.
    """
    method, total, schedule, form, values = _optimizer_parts(text)
    for place, name in enumerate(form):
        if name in ("warmup", "transition_steps") and place < len(values):
            length = read_value("optimizer", text, name, values[place], int)
            least, most = min(length, 1), updates - 1 if name == "warmup" else updates
            values[place] = str(min(max(least, round(length * updates / total)), most))
    return ";".join([method, str(updates), schedule, *values])


def initial_condition(text: str) -> InitialCondition:
    """Read an initial condition, in one of these forms.

    ``fourier;CUTOFF;ZERO_MEAN;MAX_ONE``, ``diffused;INTENSITY;ZERO_MEAN;MAX_ONE``,
    ``grf;POWER;ZERO_MEAN;MAX_ONE``, ``gray_scott_blobs``, ``white;STD``,
    ``sines;CUTOFF;ZERO_MEAN;MAX_ONE``, ``discontinuities;COUNT;ZERO_MEAN;MAX_ONE``,
    ``blobs;COUNT;ONE_COMPLEMENT;PERIODIC``, ``ind;MODE,MODE,...;MAX_ONE``; around
    another, ``clamp;LOW;HIGH;OTHER`` and ``scale;FACTOR;OTHER``; one for each channel,
    ``channels;FIRST|SECOND|...``.
    """
    kind = "initial condition"
    name, values = split_words(text)
    name = choose(kind, name, [*INITIAL, *RESCALED, "channels"])
    if name == "channels":
        return MultiChannel(tuple(map(initial_condition, ";".join(values).split("|"))))
    if name in INITIAL:
        build, form = INITIAL[name]
        return build(**read_values(kind, text, name, values, form))
    build, form = RESCALED[name]
    if len(values) <= len(form):
        wanted = ";".join([name, *(part.upper() for part in form)])
        raise InvalidInput(f"{kind} {text!r}: expected {wanted};OTHER, another {kind} last")
    numbers = read_values(kind, text, name, values[: len(form)], form)
    return build(initial_condition(";".join(values[len(form) :])), **numbers)


def metric_names(text: str) -> tuple[str, ...]:
    """Read ``mean_nRMSE,mean_fourier_nRMSE;0;5;1``; every name and argument is checked."""
    parts = (name.split(";") for name in text.split(",") if name.strip())
    names = tuple(";".join(part.strip() for part in name) for name in parts)
    for name in names:
        metric(name)
    return names


def _optimizer_parts(text: str) -> tuple[str, int, str, Form, list[str]]:
    name, values = split_words(text)
    method = choose("optimizer", name, OPTIMIZERS)
    if len(values) < 2:
        raise InvalidInput(f"optimizer {text!r}: expected {method};UPDATES;SCHEDULE;...")
    updates = read_value("optimizer", text, "updates", values[0], int)
    if updates < 1:
        raise InvalidInput(f"optimizer {text!r}: expected 1 update or more, got {updates}")
    schedule = choose("schedule", values[1], SCHEDULES)
    return method, updates, schedule, SCHEDULES[schedule][1], values[2:]
