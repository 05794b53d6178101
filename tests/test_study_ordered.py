"""Ordered items in a study: the estimator follows from them, and the report says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import surveykit as sk
from tests.test_study import STUDY, plan_of, write_study

ORDERED = """\
analyses: []
models:
  - {id: items, ordered: true}
  - {id: named, ordered: [a1, a2, a3, s1, s2, s3], method: ulsmv}
  - {id: plain}
"""


def test_the_estimator_follows_from_the_items(tmp_path: Path) -> None:
    plan = plan_of(write_study(tmp_path, STUDY + ORDERED))
    assert [fit.method for fit in plan.fits] == ["wlsmv", "ulsmv", "ml"]


def test_a_study_of_ordered_items_runs_and_says_how(tmp_path: Path) -> None:
    more = "analyses: []\nmodels:\n  - {id: items, ordered: true}\n"
    done = sk.run(write_study(tmp_path, STUDY + more), tmp_path / "out")
    found: Any = done.results["items"]
    assert found.method == "wlsmv"
    assert "polychoric" in found.notes()[0]
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "WLSMV" in text
