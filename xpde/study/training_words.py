"""The strings of trainings, what is minimized, and of tasks, what one step of an emulator is."""

from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any

from xpde.errors import InvalidInput
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
from xpde.train import (
    CORRECTIONS,
    MAE,
    MSE,
    RMSE,
    Composite,
    Curriculum,
    DivertedChain,
    FourierMSE,
    LevelLoss,
    MixedChain,
    Objective,
    Pushforward,
    Residuum,
    SobolevMSE,
    Supervised,
    nMAE,
    nMSE,
    nRMSE,
)

__all__ = ["task", "training"]


def _cut(value: str) -> int | None:
    words = {"true": 1, "false": None}
    return words[value.lower()] if value.lower() in words else int(value)


def _mixed(network_steps: int, physics_steps: int, **options: Any) -> MixedChain:
    return MixedChain(network_steps + physics_steps, physics_steps=physics_steps, **options)


CUT: Form = {"cut_every": Kind(_cut, "true, false or a number of steps")}

TRAININGS: dict[str, tuple[Callable[..., Objective], Form, Form]] = {
    "one": (Supervised, {}, {}),
    "sup": (Supervised, {"steps": int}, CUT),
    "div": (DivertedChain, {"steps": int}, {**CUT, "cut_reference": bool}),
    "chain": (
        DivertedChain,
        {"steps": int, "branch_steps": int},
        {**CUT, "cut_reference": bool},
    ),
    "mix": (_mixed, {"network_steps": int, "physics_steps": int}, CUT),
    "residuum": (Residuum, {"steps": int}, {**CUT, "cut_prev": bool, "cut_next": bool}),
}
"""What is built, from the values that must be there and those that may be."""

BAND: Form = {"high": int, "derivative": int}

PLAIN_LOSSES = {loss.__name__: loss for loss in (MSE, MAE, RMSE, nMSE, nMAE, nRMSE)}

LOSSES: dict[str, tuple[Callable[..., LevelLoss], Form, Form]] = {
    "fourier_MSE": (FourierMSE, {"low": int}, BAND),
    "fourier_nMSE": (partial(FourierMSE, normalized=True), {"low": int}, BAND),
    "sobolev_MSE": (SobolevMSE, {"s": float}, {}),
    "sobolev_nMSE": (partial(SobolevMSE, normalized=True), {"s": float}, {}),
}
"""As above, with colons between the values."""


def _loss(value: str) -> LevelLoss:
    name, *values = [part.strip() for part in value.split(":")]
    name = choose("loss", name, [*PLAIN_LOSSES, *LOSSES])
    build, needed, more = LOSSES.get(name, (lambda: PLAIN_LOSSES[name], {}, {}))
    form = _fitting(needed, more, len(values))
    numbers = read_values("loss", value, name, values, form, mark=":")
    try:
        return build(**numbers)
    except InvalidInput as error:
        raise InvalidInput(f"loss {value!r}: {error}") from error


def _numbers(value: str) -> tuple[float, ...]:
    return tuple(float(part) for part in value.split(","))


NUMBERS = Kind(_numbers, "numbers with commas between them")

OPTIONS: Form = {
    "loss": Kind(_loss, "a loss"),
    "weights": NUMBERS,
    "checkpoint": bool,
    "push": int,
}
"""Options of every training but sums and curricula, whose parts have them."""

MORE_OPTIONS: dict[str, Form] = {"chain": {"branch_weights": NUMBERS}}


def training(text: str) -> Objective:
    """Read what a training minimizes, in one of these forms; values in brackets may be left out.

    ``one``, ``sup;T[;CUT]``, ``div;T[;CUT[;CUT_REFERENCE]]`` with branches of one step,
    ``chain;T;B[;CUT[;CUT_REFERENCE]]`` with branches of B steps, ``mix;T;Q[;CUT]`` with Q steps of
    the solver after T of the network, ``residuum;T[;CUT[;CUT_PREV[;CUT_NEXT]]]``. CUT stops
    gradients through time after every step (true), after every so many steps (a number) or never
    (false); the others are true or false.

    Options come last, in any order, each at most once: ``loss=NAME`` (MSE without it),
    ``weights=W,W,...`` one for each level (of ``div`` and ``chain`` one for each start, and
    ``branch_weights`` one for each step of a branch), ``checkpoint=true`` computes again for the
    gradient instead of keeping, ``push=N`` lets the network make N steps without gradient first
    (:class:`~xpde.train.Pushforward`). Losses: ``MSE``, ``MAE``, ``RMSE``, ``nMSE``, ``nMAE``,
    ``nRMSE``, ``fourier_MSE:LOW[:HIGH[:DERIVATIVE]]``, ``fourier_nMSE:...``, ``sobolev_MSE:S``,
    ``sobolev_nMSE:S``; like those of metrics, their derivatives are on the unit box.

    Others are made of several: the sum ``sum;WEIGHT;FORM|WEIGHT;FORM`` and the stages
    ``curriculum;0;FORM|FIRST_UPDATE;FORM``. A FORM of several stands in parentheses:
    ``curriculum;0;one|500;(sum;1;one|1;one;push=1)``.

    Raises
    ------
    InvalidInput
        In one line, with the nearest names, if the text has none of these forms.
    """
    name, values = split_words(text)
    name = choose("training", name, [*TRAININGS, "sum", "curriculum"])
    body = ";".join(values)
    if name == "sum":
        return _made(text, Composite, tuple(_parts(text, body, "weight", float)))
    if name == "curriculum":
        return _made(text, Curriculum, tuple(_parts(text, body, "first_update", int)))
    return _plain(text, name, values)


def task(text: str) -> str | None:
    """Read ``predict``, giving None, or ``correct;MODE``, giving the mode of a correction.

    Modes are the :data:`xpde.train.CORRECTIONS`: ``sequential``, ``parallel``,
    ``sequential_with_bypass``.
    """
    name, values = split_words(text)
    name = choose("task", name, ("predict", "correct"))
    form: Form = {"mode": str} if name == "correct" else {}
    numbers = read_values("task", text, name, values, form)
    return choose("correction", numbers["mode"], CORRECTIONS) if numbers else None


def _fitting(needed: Form, more: Form, count: int) -> Form:
    """Return the form of ``count`` values: the needed parts, then those that may be left out."""
    return {**needed, **dict(islice(more.items(), max(0, count - len(needed))))}


def _plain(text: str, name: str, values: list[str]) -> Objective:
    build, needed, more = TRAININGS[name]
    plain, extra = part_options(values)
    numbers = read_values("training", text, name, plain, _fitting(needed, more, len(plain)))
    options = read_options("training", text, extra, {**OPTIONS, **MORE_OPTIONS.get(name, {})})
    push = options.pop("push", None)
    if "weights" in options:
        options["level_weights"] = options.pop("weights")
    made = _made(text, build, **numbers, **options)
    return made if push is None else _made(text, Pushforward, made, push)


def _made(text: str, build: Callable[..., Objective], *args: Any, **options: Any) -> Objective:
    try:
        return build(*args, **options)
    except InvalidInput as error:
        raise InvalidInput(f"training {text!r}: {error}") from error


def _parts(text: str, body: str, first: str, kind: type) -> list[tuple[Any, Objective]]:
    """Read ``NUMBER;FORM|NUMBER;FORM``; a form of several parts is in parentheses."""
    found = []
    for part in _outside(text, body):
        number, _, form = (piece.strip() for piece in part.partition(";"))
        if form.startswith("(") and form.endswith(")"):
            form = form[1:-1]
        elif form.partition(";")[0].lower() in ("sum", "curriculum"):
            raise InvalidInput(f"training {text!r}: expected parentheses around {form!r}")
        found.append((read_value("training", text, first, number, kind), training(form)))
    return found


def _outside(text: str, body: str) -> list[str]:
    """Split at every ``|`` that is not within parentheses."""
    ends, depth = [], 0
    for place, mark in enumerate(body):
        depth += (mark == "(") - (mark == ")")
        if mark == "|" and depth == 0:
            ends.append(place)
    if body.count("(") != body.count(")"):
        raise InvalidInput(f"training {text!r}: expected as many ( as )")
    starts = [0, *(end + 1 for end in ends)]
    return [body[a:b] for a, b in zip(starts, [*ends, len(body)], strict=True)]
