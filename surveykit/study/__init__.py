"""A whole study in one run: from ``study.yaml`` to the reports, the tables and ``results.json``."""

from __future__ import annotations

from surveykit.study.assemble import report_of
from surveykit.study.definition import Study, load_study
from surveykit.study.execute import Run, run
from surveykit.study.verify import Checked, verify

__all__ = ["Checked", "Run", "Study", "load_study", "report_of", "run", "verify"]
