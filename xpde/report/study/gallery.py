"""Every exhibit of a group in the order of the page, and all of them as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xpde.report.study.bars import gmean_exhibit
from xpde.report.study.curves import error_exhibit, loss_exhibit
from xpde.report.study.exhibit import Exhibit
from xpde.report.study.group import Group
from xpde.report.study.record import StudyRecord
from xpde.report.study.samples import sample_exhibit
from xpde.report.study.spectra import spectra_exhibit
from xpde.report.theme import save_png
from xpde.study.store import atomic

__all__ = ["Gallery", "galleries", "write_study_data", "write_study_pictures"]


@dataclass(frozen=True)
class Gallery:
    """The exhibits of a group, and notes on what could not be drawn."""

    group: Group
    exhibits: tuple[Exhibit, ...]
    notes: tuple[str, ...]

    def files(self, folder: Path, ending: str) -> list[tuple[Exhibit, Path]]:
        """Return every exhibit with the path ``GROUP-NAME.ENDING`` in a folder."""
        return [(one, folder / f"{self.group.name}-{one.name}.{ending}") for one in self.exhibits]


def galleries(record: StudyRecord) -> list[Gallery]:
    """Draw everything the groups of a study have numbers for."""
    return [_gallery(record, group) for group in record.groups]


def _gallery(record: StudyRecord, group: Group) -> Gallery:
    samples, notes = record.samples(group)
    drawn = (
        gmean_exhibit(group),
        *(error_exhibit(group, metric) for metric in group.metrics),
        sample_exhibit(samples),
        spectra_exhibit(group),
        loss_exhibit(group),
    )
    return Gallery(group, tuple(one for one in drawn if one is not None), tuple(notes))


def write_study_pictures(drawn: Sequence[Gallery], folder: Path) -> list[Path]:
    """Write every figure as ``GROUP-NAME.png`` into ``folder`` and return the paths."""
    files = [file for one in drawn for file in one.files(folder, "png")]
    for exhibit, path in files:
        save_png(exhibit.figure, path)
    return [path for _, path in files]


def write_study_data(drawn: Sequence[Gallery], folder: Path) -> list[Path]:
    """Write the data of every figure as ``GROUP-NAME.csv`` into ``folder``, return the paths."""
    files = [file for one in drawn for file in one.files(folder, "csv")]
    for exhibit, path in files:
        with atomic(path) as temporary:
            temporary.write_text(exhibit.csv(), encoding="utf-8")
    return [path for _, path in files]
