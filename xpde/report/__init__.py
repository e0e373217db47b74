"""Floor 8: tables, plots and the page of a comparison, drawn from its store alone."""

from xpde.report.drawings import write_data, write_pictures
from xpde.report.page import render, write_page
from xpde.report.record import Fields, Record
from xpde.report.tables import print_comparison
from xpde.report.verdict import Verdict, verdict

__all__ = [
    "Fields",
    "Record",
    "Verdict",
    "print_comparison",
    "render",
    "verdict",
    "write_data",
    "write_page",
    "write_pictures",
]
