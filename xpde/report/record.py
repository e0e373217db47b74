"""The record of one comparison, read back from its folder: tables, configuration and fields."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from xpde.errors import InvalidInput, XpdeError
from xpde.study.catalogue import scenario
from xpde.study.scenario import Scenario
from xpde.study.store import read_json, read_table

__all__ = ["LEVELS", "Fields", "Record"]

LEVELS = ("adapter", "one step", "rollout", "statistics", "training")

_TABLES = {
    "backends": "backend status reason version device dtype precision threads compile_s step_us "
    "rollout_s updates_per_s train_s evaluate_s total_s",
    "agreement": "level level_name quantity backend reference difference bound agrees",
    "growth": "backend step difference bound",
    "losses": "backend update loss",
    "metrics": "backend metric step value",
}


@dataclass(frozen=True)
class Fields:
    """One trajectory of the reference and of the emulator, from the same initial state.

    Attributes
    ----------
    reference
        (T+1, C, *N), with the initial state.
    emulator
        (T, C, *N), without it.
    """

    reference: np.ndarray
    emulator: np.ndarray

    @property
    def dims(self) -> int:
        """Number of space axes."""
        return self.reference.ndim - 2


@dataclass(frozen=True)
class Record:
    """What a comparison wrote into its folder.

    Attributes
    ----------
    folder
        Where it was read from.
    config
        The configuration, as plain values.
    tables
        The Parquet tables by name: backends, agreement, growth, losses, metrics.
    """

    folder: Path
    config: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    @classmethod
    def read(cls, folder: Path | str) -> "Record":
        """Read a folder written by ``xpde compare``; a table that is absent reads as empty."""
        folder = Path(folder)
        if not (folder / "config.json").is_file() or not (folder / "backends.parquet").is_file():
            raise InvalidInput(
                f"expected a folder with config.json and backends.parquet, got {str(folder)!r}; "
                "write one with `xpde compare`"
            )
        config = read_json(folder / "config.json")
        return cls(folder, config, {name: _table(folder, name) for name in _TABLES})

    @property
    def names(self) -> list[str]:
        """All backends that were asked for, in order."""
        return [str(name) for name in self.tables["backends"]["backend"]]

    @property
    def ran(self) -> list[str]:
        """The backends that ran to the end, comparable or not."""
        table = self.tables["backends"]
        return [str(n) for n in table["backend"][table["status"].isin(["ok", "invalid"])]]

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Scenario, extent, dt and color limits, as stored beside the fields."""
        path = self.folder / "fields.h5"
        if not path.is_file():
            return {}
        with h5py.File(path) as file:
            return {key: _plain(value) for key, value in file.attrs.items()}

    @cached_property
    def problem(self) -> Scenario | None:
        """The scenario with the settings of the run; None if this version knows it no more."""
        overrides = self.config.get("overrides") or {}
        try:
            return scenario(str(self.config.get("scenario")), **overrides)
        except XpdeError:
            return None

    def fields(self, backend: str) -> Fields | None:
        """Return the stored trajectories of one backend, or None if it has none."""
        path = self.folder / "fields.h5"
        if not path.is_file():
            return None
        with h5py.File(path) as file:
            group = file.get(backend)
            if group is None or "reference" not in group or "emulator" not in group:
                return None
            return Fields(group["reference"][()], group["emulator"][()])

    def of(self, table: str, backend: str) -> pd.DataFrame:
        """Return the rows of one backend in a table."""
        rows = self.tables[table]
        return rows[rows["backend"] == backend]


def _table(folder: Path, name: str) -> pd.DataFrame:
    columns = _TABLES[name].split()
    path = folder / f"{name}.parquet"
    if not path.is_file():
        return pd.DataFrame({column: [] for column in columns})
    table = read_table(path)
    absent = [column for column in columns if column not in table]
    if absent:
        raise InvalidInput(
            f"{path}: expected columns {', '.join(columns)}, got none named {', '.join(absent)}; "
            "write the folder again with `xpde compare`"
        )
    return table


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    return value.decode() if isinstance(value, bytes) else value
