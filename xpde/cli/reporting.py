"""The command that draws a page from stored numbers: ``report``."""

from pathlib import Path

from xpde.cli.shared import complain, say, terminal
from xpde.errors import InvalidInput

__all__ = ["report", "show_comparison"]


def report(
    folder: Path,
    /,
    *,
    out: Path | None = None,
    pictures: Path | None = None,
    data: Path | None = None,
) -> int:
    """Draw the page of a comparison or of a study again from its stored numbers.

    A study need not be finished: its page says what is done, and names what cannot be read. The
    page of a study offers every figure as PNG and its numbers as CSV. Of a comparison the tables
    are printed too.

    Exit code: 0 if all is well; 1 if backends disagree or did not run, or if runs of a study
    failed or cannot be read; 2 for bad input.

    For example:

    ```
    xpde report out/diff_burgers
    xpde report out/studies/networks --out page.html --pictures pictures --data data
    ```

    Parameters
    ----------
    folder
        Folder that `xpde compare` or `xpde study` wrote.
    out
        Where to write the page; `report.html` inside the folder by default.
    pictures
        Folder for every figure as a PNG file; none by default.
    data
        Folder for the numbers of every figure (of a comparison: every table) as a CSV file; none
        by default.
    """
    if (folder / "study.json").is_file():
        return _show_study(folder, out, pictures, data)
    if not (folder / "backends.parquet").is_file():
        raise InvalidInput(
            f"expected the folder of a comparison or of a study, got {str(folder)!r}; write one "
            "with `xpde compare` or `xpde study`"
        )
    from xpde.report import Record, write_data, write_pictures

    if pictures is not None:
        _say_files("picture", write_pictures(Record.read(folder), pictures))
    if data is not None:
        _say_files("data", write_data(Record.read(folder), data))
    return show_comparison(folder, out)


def show_comparison(folder: Path, page: Path | None = None) -> int:
    """Write the page, print the tables, say where the page is; 1 if anything is wrong."""
    from xpde.report import Record, print_comparison, verdict, write_page

    record = Record.read(folder)
    written = write_page(folder, page)
    print_comparison(record, terminal())
    say(f"page: {written}")
    return 0 if verdict(record).good else 1


def _show_study(folder: Path, page: Path | None, pictures: Path | None, data: Path | None) -> int:
    from xpde.report.study import (
        StudyRecord,
        galleries,
        write_study_data,
        write_study_page,
        write_study_pictures,
    )

    record = StudyRecord.read(folder)
    drawn = galleries(record)
    if pictures is not None:
        _say_files("picture", write_study_pictures(drawn, pictures))
    if data is not None:
        _say_files("data", write_study_data(drawn, data))
    written = write_study_page(record, page, drawn)
    notes = [*record.notes, *(note for one in drawn for note in one.notes)]
    counts = ", ".join(f"{count} {status}" for status, count in record.counts.items())
    say(f"{record.name}: {len(record.runs)} runs, {counts}")
    for note in notes:
        complain(f"warning: {note}")
    say(f"page: {written}")
    return 1 if notes or record.counts.get("failed") else 0


def _say_files(kind: str, paths: list[Path]) -> None:
    for path in paths:
        say(f"{kind}: {path}")
