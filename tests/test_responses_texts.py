"""Cells of text files go by codes: what comes out is what each cell, judged by itself, would give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import surveykit as sk
from surveykit.responses import texts
from surveykit.responses.texts import as_codes

QUESTIONNAIRE = """
id: cells
title: {en: Cells, zh: 单元格}
version: "1"
scales:
  five: {min: 1, max: 5, labels: {5: {en: very much, zh: 非常}}, missing: {"99": dont_know, "98": refused}}
items:
  s1: {text: {en: S1, zh: 题1}, scale: five}
  s2: {text: {en: S2, zh: 题2}, scale: five, reverse: true}
  city: {text: {en: City, zh: 城市}, type: single, options: {A: {en: A-town, zh: 甲}, B: {en: B-town, zh: 乙}}}
  say: {text: {en: Say, zh: 说}, type: text}
  spend: {text: {en: Spend, zh: 消费}, type: number}
"""
CELLS = {
    "s1": ["1", "5", " 4 ", "very much", "99", "98", "", "N/A", "４", "3.0"],
    "s2": ["1", "5", "2", "非常", "", "", "99", "1", "2", "4"],
    "city": ["A", "A-town", "b", "B", "", "乙", "A", "B", "A", ""],
    "say": ["fine", " fine ", "", "so so", "fine", "  ", "x", "fine", "好", "fine"],
    "spend": ["10.5", "7", "", "1e3", "NA", "-3", "0.25", "1000000", "8", "08"],
}


@pytest.fixture
def repeated(tmp_path: Path) -> Path:
    """The cells four hundred times over, so that the fast reader of simple files takes them."""
    frame = pd.DataFrame({k: v * 400 for k, v in CELLS.items()})
    frame.to_csv(tmp_path / "cells.csv", index=False)
    return tmp_path / "cells.csv"


@pytest.fixture
def questionnaire() -> Any:
    return sk.Questionnaire.from_text(QUESTIONNAIRE)


@pytest.mark.parametrize("coded", [True, False])
def test_values_kinds_and_report(
    repeated: Path, questionnaire: Any, coded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written down by hand; the same where the columns stay text, as nearly unique ones do."""
    if not coded:
        monkeypatch.setattr(texts, "_repeats", lambda _column: False)
    data = sk.read(repeated, questionnaire)
    found = data.frame(list(CELLS), kinds=True).iloc[:10]
    none = np.nan
    np.testing.assert_array_equal(found["s1"], [1, 5, 4, 5, none, none, none, none, 4, 3])
    np.testing.assert_array_equal(found["s2"], [5, 1, 4, 1, none, none, none, 5, 4, 2])
    assert found["s1__missing"].tolist() == [
        "",
        "",
        "",
        "",
        "dont_know",
        "refused",
        "skipped",
        "skipped",
        "",
        "",
    ]
    assert [None if v is None or v != v else v for v in found["city"]] == [
        "A", "A", "B", "B", None, "B", "A", "B", "A", None,
    ]  # fmt: skip
    assert found["say"].tolist()[:2] == ["fine", "fine"]
    assert found["say__missing"].tolist()[2] == "skipped"
    np.testing.assert_array_equal(found["spend"], [10.5, 7, none, 1000, none, -3, 0.25, 1e6, 8, 8])
    assert data.frame(["s1__raw"] if "s1__raw" in data.columns else ["s1"]).shape[0] == 4_000
    report = {c.item: c for c in data.import_report.columns}
    assert (report["s1"].valid, dict(report["s1"].missing)) == (
        2_400,
        {"dont_know": 400, "refused": 400, "skipped": 800},
    )
    changed = {c.what: (c.count, c.example) for c in report["s1"].changes}
    assert changed["label to value"] == (400, "'very much' → 5")
    assert changed["number rewritten"][0] == 400
    assert {c.what: c.count for c in report["say"].changes} == {"white space at the ends removed": 400}
    assert report["spend"].missing == {"skipped": 800}


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_codes_become_text_again_on_other_engines(repeated: Path, questionnaire: Any, engine: str) -> None:
    mine, theirs = sk.read(repeated, questionnaire, engine=engine), sk.read(repeated, questionnaire)
    for column in CELLS:
        a, b = mine.frame([column], kinds=True), theirs.frame([column], kinds=True)
        pd.testing.assert_frame_equal(a.sort_values(list(a)), b.sort_values(list(b)), check_index_type=False)
    assert mine.counts("city").n.tolist() == theirs.counts("city").n.tolist() == [1600, 1600]


def test_nearly_unique_cells_stay_text() -> None:
    table = as_codes(pa.table({"id": [f"r{i}" for i in range(3_000)], "x": ["1", "2", "3"] * 1_000}))
    assert table.schema.field("id").type == pa.string()
    assert pa.types.is_dictionary(table.schema.field("x").type)


def test_a_bad_cell_is_named_with_its_rows(repeated: Path, questionnaire: Any) -> None:
    text = repeated.read_text(encoding="utf-8").splitlines()
    for line in (7, 1_234):
        text[line] = "8" + text[line][text[line].index(",") :]
    repeated.write_text("\n".join(text), encoding="utf-8")
    with pytest.raises(sk.SurveykitError) as caught:
        sk.read(repeated, questionnaire)
    error = caught.value.errors[0]
    assert error.code == "VALUE_SENTINEL"
    assert getattr(error.where, "line", None) == 8
    assert error.got == "'8' in data rows 7, 1234"
