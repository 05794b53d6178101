"""Pages that another process lays out: the same bytes, the same errors, and no harm where it dies."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from surveykit.errors import SurveykitError
from surveykit.report import _pdf
from surveykit.report._guard import distant_pdf
from surveykit.report._pdf import pdf_of
from surveykit.report._theme import load_theme

FAMILIES = load_theme("default").families("zh")
STYLE = 'html { font-family: "Noto Sans CJK SC" }'
PAGE = '<!DOCTYPE html><html lang="zh"><head><title>甲</title></head><body><p>{}</p></body></html>'


def test_a_process_beside_this_one_gives_the_same_bytes() -> None:
    page = PAGE.format("满意度 <b>4.2</b>")
    assert distant_pdf(page, STYLE, FAMILIES, frozenset()) == pdf_of(page, STYLE, FAMILIES, frozenset())


def test_its_errors_are_ours() -> None:
    with pytest.raises(SurveykitError) as caught:
        distant_pdf(PAGE.format('<img src="file:///etc/passwd" alt="x"/>'), STYLE, FAMILIES, frozenset())
    assert caught.value.code == "FETCH_BLOCKED"


@pytest.mark.parametrize("end", [-9, 1, None])
def test_where_it_dies_the_work_is_done_here(end: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(*given: Any, **_: Any) -> Any:
        if end is None:
            raise OSError("no more processes")
        return subprocess.CompletedProcess(given, end, b"", b"Killed")

    monkeypatch.setattr(subprocess, "run", dead)
    monkeypatch.setattr(_pdf, "pdf_of", lambda *_: b"made here")
    assert distant_pdf(PAGE.format("1"), STYLE, FAMILIES, frozenset()) == b"made here"
