"""The page of a study, drawn from its folder alone."""

from xpde.report.study.exhibit import Exhibit
from xpde.report.study.gallery import (
    Gallery,
    galleries,
    write_study_data,
    write_study_pictures,
)
from xpde.report.study.page import render_study, write_study_page
from xpde.report.study.record import StudyRecord, is_study

__all__ = [
    "Exhibit",
    "Gallery",
    "StudyRecord",
    "galleries",
    "is_study",
    "render_study",
    "write_study_data",
    "write_study_page",
    "write_study_pictures",
]
