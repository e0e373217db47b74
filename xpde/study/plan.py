"""A study: runs that belong together, described in a file and checked before any of them starts."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Self

from xpde.errors import InvalidInput
from xpde.study.expand import expand
from xpde.study.problems import Problems
from xpde.study.runs import Run
from xpde.study.store import read_json, write_json
from xpde.study.study_files import read_file

__all__ = ["Study"]


@dataclass(frozen=True)
class Study:
    """A name and runs; of runs with equal names the first is kept.

    Attributes
    ----------
    name
        What a person calls it.
    runs
        In the order of the file: scenario, overrides, task, network, training, optimizer and the
        other options, seeds innermost.
    """

    name: str
    runs: Sequence[Run]

    def __post_init__(self) -> None:
        first: dict[str, Run] = {}
        for run in self.runs:
            first.setdefault(run.name, run)
        object.__setattr__(self, "runs", tuple(first.values()))

    @classmethod
    def read(cls, path: str | Path, **changes: Any) -> Self:
        """Read a file that describes a study, and check every run of it.

        TOML, or Python that has ``STUDY``, a dict of the same structure, or ``CONFIGS``, the
        benchmark's list of dicts; ``docs/studies.md`` describes both. ``changes`` are keys of a
        study (``backend="jax"``, ``updates=100``, ``set={"points": 32}``) that replace those of
        every entry; None changes nothing.

        Raises
        ------
        InvalidInput
            If the file cannot be read; its line is named.
        InvalidStudy
            For everything else that is wrong with it, all at once.
        """
        problems = Problems()
        file = read_file(Path(path), problems)
        runs = expand(file, changes, problems)
        problems.complain()
        return cls(file.name, runs)

    def groups(self) -> list[tuple[Run, ...]]:
        """Return the runs that differ in their seeds only together, in the order of the study."""
        found: dict[str, list[Run]] = {}
        for run in self.runs:
            found.setdefault(run.configuration, []).append(run)
        return [tuple(runs) for runs in found.values()]

    def select(self, patterns: str | Iterable[str]) -> Self:
        """Return the runs whose label contains one of the patterns, or whose name is one.

        A pattern is a text, or has ``*`` and ``?`` for any characters and any one; case is
        ignored. Without patterns all runs are kept.

        Raises
        ------
        InvalidInput
            If a pattern keeps no run.
        """
        wanted = [patterns] if isinstance(patterns, str) else list(patterns)
        labels = [run.label.casefold() for run in self.runs]
        kept: set[int] = set()
        for pattern in wanted:
            found = {
                place
                for place, run in enumerate(self.runs)
                if pattern == run.name or _matches(labels[place], pattern.casefold())
            }
            if not found:
                raise InvalidInput(
                    f"study {self.name}: expected a part of a label such as "
                    f"{self.runs[0].label!r}, got {pattern!r}"
                )
            kept |= found
        runs = [run for place, run in enumerate(self.runs) if place in kept]
        return type(self)(self.name, runs) if wanted else self

    def write(self, folder: str | Path) -> None:
        """Write ``study.json`` and ``runs/NAME/config.json`` of every run, atomically.

        A study that is there already is extended: its runs stay, first in the list.

        Raises
        ------
        InvalidInput
            If the folder holds something else, or a study of another name.
        """
        folder = Path(folder)
        names = _listed(folder, self.name)
        if not names:  # so that a folder that is left half written is known as this study's
            write_json(folder / "study.json", {"name": self.name, "runs": []})
        own = {run.name: run for run in self.runs}
        paths = {name: folder / "runs" / name / "config.json" for name in own}
        absent = [name for name, path in paths.items() if not path.exists()]
        # Threads, because nearly all of the time is spent in waiting for the disk.
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda name: own[name].write(paths[name]), absent))
        names = list(dict.fromkeys([*names, *own]))
        write_json(folder / "study.json", {"name": self.name, "runs": names})

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Read what :meth:`write` wrote.

        Raises
        ------
        InvalidInput
            If there is no study in the folder, or a run of it is missing or is another one.
        """
        folder = Path(folder)
        listed = _contents(folder)
        runs = []
        for name in listed["runs"]:
            path = folder / "runs" / name / "config.json"
            run = Run.read(path)
            if run.name != name:
                raise InvalidInput(
                    f"{path}: expected the run {name}, got the settings of {run.name}; another "
                    "version of xpde wrote it, or it was edited"
                )
            runs.append(run)
        return cls(listed["name"], runs)


def _matches(label: str, pattern: str) -> bool:
    return pattern in label or fnmatchcase(label, f"*{pattern}*")


def _listed(folder: Path, name: str) -> list[str]:
    """Return the runs that a folder has; none if it is empty or new."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return []
    found = _contents(folder)
    if found["name"] != name:
        raise InvalidInput(
            f"{folder}: expected the folder of study {name!r}, got {found['name']!r}; choose "
            "another folder, or give both studies one name"
        )
    return list(found["runs"])


def _contents(folder: Path) -> dict[str, Any]:
    path = folder / "study.json"
    if not path.is_file():
        raise InvalidInput(f"{folder}: expected the folder of a study, got no study.json in it")
    found = read_json(path)
    named = isinstance(found, dict) and isinstance(found.get("name"), str)
    runs = found.get("runs") if named else None
    if not isinstance(runs, list) or not all(isinstance(name, str) for name in runs):
        raise InvalidInput(f"{path}: expected the name and the runs of a study, got something else")
    return dict(found)
