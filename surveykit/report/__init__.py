"""From findings to pages: HTML, PDF, workbook and results.json from one description.

:class:`Report` holds a study's document (``results.json``), its findings, a language and a theme. What
a report consists of are :data:`sections`, one file each, made of blocks; the renderers decide how they look.
"""

from __future__ import annotations

from surveykit.report._pdf import require_font
from surveykit.report._registry import Section, sections
from surveykit.report._render import JOINER, SEAL
from surveykit.report._report import Report, build_report
from surveykit.report._tables import csv_text, unescape_csv
from surveykit.report._theme import load_theme

__all__ = [
    "JOINER",
    "SEAL",
    "Report",
    "Section",
    "build_report",
    "csv_text",
    "load_theme",
    "require_font",
    "sections",
    "unescape_csv",
]
