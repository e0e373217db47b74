"""An exhibit: a figure, the words that stand in for it, and the numbers it draws."""

from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd
from matplotlib.figure import Figure

from xpde.report.study.series import Series

__all__ = ["Exhibit", "csv_address", "labeled"]


@dataclass(frozen=True)
class Exhibit:
    """A figure with everything that belongs to it.

    Attributes
    ----------
    name
        Unique within a group; fit for file names and anchors.
    title
        Heading above it.
    figure
        The drawing.
    text
        What to say in its place.
    caption
        How to read it.
    data
        The numbers that are drawn.
    digits
        Significant digits in the data file; None writes every digit of the number.
    """

    name: str
    title: str
    figure: Figure
    text: str
    caption: str
    data: pd.DataFrame
    digits: int | None = None

    def csv(self) -> str:
        """Return the data as comma-separated values with a line of column names."""
        form = None if self.digits is None else f"%.{self.digits}g"
        return self.data.to_csv(index=False, float_format=form, lineterminator="\n")


def csv_address(text: str) -> str:
    """Return comma-separated values as an address that needs no file: ``data:text/csv,...``."""
    return "data:text/csv;charset=utf-8," + quote(text, safe=",;:-_.()+")


def labeled(series: Series, table: pd.DataFrame) -> pd.DataFrame:
    """Put the columns that name a series before those of a table."""
    named = pd.DataFrame(dict(series.columns), index=table.index)
    return pd.concat([named, table], axis=1)
