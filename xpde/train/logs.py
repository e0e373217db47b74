"""Logs of a training: lines of JSON, or any writer of scalars."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xpde.errors import InvalidInput
from xpde.train.callbacks import Callback, Event
from xpde.train.quantities import Quantity

__all__ = ["log_lines", "log_scalars"]

_BEGIN = b'{"update": '


def log_lines(
    path: str | Path, every: int = 100, quantities: Mapping[str, Quantity] | None = None
) -> Callback:
    """Return a callback that appends one JSON object a line to a file.

    ``{"update": 100, "loss": 0.01, "validation": 0.02, "seconds": 3.2}`` and the quantities by
    name; no ``validation`` where it was not measured, null for NaN and infinity. Every line is
    with the system when its update is over. With refinement every check has a line of its own,
    ``{"update": 80, "check": 10, "error": 0.03, "level": 2, "why": "paid"}``, before that of the
    next call, and the last line says what became of the level. A training that goes on from
    update u first cuts the lines beyond u and what a kill left of the last one, so that nothing
    is there twice.

    Raises
    ------
    InvalidInput
        When the training begins, if the file holds anything but such lines; it is left alone.
    """
    path, told = Path(path), {"update": -1}  # decisions up to this update are in the file

    def begin(updates: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        told["update"] = -1
        if path.exists():
            content = path.read_bytes()
            kept, told["update"] = _kept(path, content, updates)
            if kept < len(content):
                with path.open("rb+") as file:
                    file.truncate(kept)

    def call(event: Event) -> None:
        row = _numbers(event, quantities)
        plain = {name: _plain(value) for name, value in row.items()}
        line = {"update": event.update} | plain | {"seconds": round(event.elapsed, 3)}
        lines = [*_decisions(event, told["update"]), line, *_summary(event)]
        told["update"] = event.update
        with path.open("a", encoding="utf-8") as file:  # closed and so flushed
            file.write("".join(json.dumps(each) + "\n" for each in lines))

    return Callback(every, call, begin)


def log_scalars(
    writer: Any, every: int = 100, quantities: Mapping[str, Quantity] | None = None
) -> Callback:
    """Return a callback that hands losses, the level of refinement and quantities to a writer.

    Parameters
    ----------
    writer
        Has ``add_scalar(name, value, step)``, as the writers of TensorBoard, or
        ``log({name: value}, step=step)``, as a run of Weights & Biases. Cutting what a kill left
        beyond the update to go on from is its own affair (``purge_step``, ``resume``).
    every
        Updates between two calls.
    quantities
        Further numbers by name.

    Raises
    ------
    InvalidInput
        If the writer has neither.
    """
    if hasattr(writer, "add_scalar"):

        def call(event: Event) -> None:
            for name, value in _numbers(event, quantities).items():
                writer.add_scalar(name, value, event.update)

    elif hasattr(writer, "log"):

        def call(event: Event) -> None:
            writer.log(_numbers(event, quantities), step=event.update)

    else:
        raise InvalidInput(
            f"writer: expected a method add_scalar or log, got {type(writer).__name__}"
        )
    return Callback(every, call)


def _numbers(event: Event, quantities: Mapping[str, Quantity] | None) -> dict[str, float]:
    row = {"loss": event.loss}
    if event.validation is not None:
        row["validation"] = event.validation
    if event.refinement is not None:
        row["level"] = float(event.refinement.level)
    return row | {name: float(measure(event)) for name, measure in (quantities or {}).items()}


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _decisions(event: Event, told: int) -> list[dict[str, Any]]:
    """Return what was decided about the level after the update ``told``, a line for each check."""
    checks = event.refinement.checks if event.refinement is not None else ()
    return [
        {
            "update": check.update,
            "check": number,
            "error": _plain(check.error),
            "level": check.level,
            "why": check.why,
        }
        for number, check in enumerate(checks)
        if check.update > told
    ]


def _summary(event: Event) -> list[dict[str, Any]]:
    """Return at the end of a training with refinement what became of the level."""
    if event.refinement is None or not event.last:
        return []
    return [{"update": event.update, "refinement": event.refinement.report()}]


def _kept(path: Path, content: bytes, updates: int) -> tuple[int, int]:
    """Return how many bytes are whole lines of updates up to ``updates``, and the last of these."""
    kept, last = 0, -1
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        if not line.endswith(b"\n") and (line.startswith(_BEGIN) or _BEGIN.startswith(line)):
            break
        try:
            update = int(json.loads(line)["update"])
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(
                f"log: expected lines of JSON with an update, got line {number} of {path}; it was "
                "left as it is, choose another file"
            ) from error
        if update > updates:
            break
        kept, last = kept + len(line), update
    return kept, last
