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
    with the system when its update is over. A training that goes on from update u first cuts the
    lines beyond u and what a kill left of the last one, so that no update has two lines.

    Raises
    ------
    InvalidInput
        When the training begins, if the file holds anything but such lines; it is left alone.
    """
    path = Path(path)

    def begin(updates: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            content = path.read_bytes()
            kept = _kept(path, content, updates)
            if kept < len(content):
                with path.open("rb+") as file:
                    file.truncate(kept)

    def call(event: Event) -> None:
        row = _numbers(event, quantities)
        plain = {name: value if math.isfinite(value) else None for name, value in row.items()}
        line = json.dumps({"update": event.update} | plain | {"seconds": round(event.elapsed, 3)})
        with path.open("a", encoding="utf-8") as file:  # closed and so flushed
            file.write(line + "\n")

    return Callback(every, call, begin)


def log_scalars(
    writer: Any, every: int = 100, quantities: Mapping[str, Quantity] | None = None
) -> Callback:
    """Return a callback that hands the loss, the validation loss and quantities to a writer.

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
    return row | {name: float(measure(event)) for name, measure in (quantities or {}).items()}


def _kept(path: Path, content: bytes, updates: int) -> int:
    """Return how many bytes are whole lines of updates up to ``updates``."""
    kept = 0
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
        kept += len(line)
    return kept
