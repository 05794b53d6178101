"""Trends: the wave before by brute force, breaks where questions changed, days gathered, bad input, the study's waves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveykit.analyses import analyse
from surveykit.errors import SurveykitError
from surveykit.intervals import adjusted_p, two_shares
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.study.definition import load_study
from surveykit.study.waves import changes_between_waves
from tests.report_study import report

QUESTIONS: dict[str, Any] = {
    "id": "t", "title": "T", "scales": {"five": {"min": 1, "max": 5}, "nps": {"min": 0, "max": 10}},
    "items": {
        "sat": {"text": "I am satisfied with the service", "scale": "five"}, "ease": {"text": "It was easy", "scale": "five"},
        "rec": {"text": "Recommend", "scale": "nps"},
        "plan": {"text": "Plan", "type": "single", "options": {"s": "Small", "l": "Large"}},
    },
    "constructs": {"Mood": {"items": ["sat", "ease"]}},
    "metrics": {"nps": {"metric": "nps", "item": "rec"}},
}  # fmt: skip


def frame(n: int = 600) -> pd.DataFrame:
    rng = np.random.Generator(np.random.Philox(key=21))
    wave = np.arange(n) % 3
    out = pd.DataFrame({"sat": np.clip(np.round(3 + 0.5 * (wave == 2) + rng.normal(size=n)), 1, 5)})
    out["ease"] = np.clip(np.round(3 + rng.normal(size=n)), 1, 5)
    out["rec"] = rng.integers(0, 11, n)
    out["plan"] = rng.choice(["s", "l"], n)
    out["year"] = 2024 + wave
    out["day"] = [f"{2024 + w}-{1 + (i // 3) % 12:02d}-15" for i, w in enumerate(wave)]
    return out


@pytest.fixture(scope="module")
def data():
    return read(frame(), Questionnaire.from_text(json.dumps(QUESTIONS)), keep=["year", "day"])


def test_each_wave_is_tested_against_the_one_before(data):
    rows, found = frame(), analyse(data, "trend", rows=["sat", "plan"], wave="year")
    tidy = found.tidy().set_index(["term", "group"])
    waves = {str(y): rows[rows.year == y] for y in (2024, 2025, 2026)}
    for a, b in (("2024", "2025"), ("2025", "2026")):
        known = stats.ttest_ind(waves[b].sat, waves[a].sat, equal_var=False)
        row = tidy.loc[("sat:mean", b)]
        assert [row.difference, row.p] == pytest.approx(
            [waves[b].sat.mean() - waves[a].sat.mean(), known.pvalue], rel=1e-9
        )
        bounds = known.confidence_interval()
        assert [row.difference_low, row.difference_high] == pytest.approx([bounds.low, bounds.high], rel=1e-9)
        share = two_shares((waves[b].plan == "s").mean(), 200, (waves[a].plan == "s").mean(), 200)
        assert tidy.loc[("plan=s", b)].p == pytest.approx(share.p, rel=1e-9)
        assert tidy.loc[("plan=s", b)].difference_low == pytest.approx(share.low, rel=1e-9)
    raw = found.tidy().p.to_numpy()
    np.testing.assert_allclose(found.tidy().p_adjusted, adjusted_p(raw, "holm"))
    assert np.isnan(tidy.xs("2024", level="group").difference).all()


def test_a_changed_question_breaks_its_line_and_that_of_its_construct(data):
    changed = {"2025": ["sat"], "2026": {"rec": "caution"}}
    found = analyse(data, "trend", rows=["sat", "ease", "Mood", "nps"], wave="year", changed=changed)
    tidy = found.tidy().set_index(["term", "group"])
    for term in ("sat:mean", "Mood:mean"):
        assert tidy.loc[(term, "2025")].change == "no"
        assert np.isnan(tidy.loc[(term, "2025")].difference)
        assert not np.isnan(tidy.loc[(term, "2026")].difference)
    assert not np.isnan(tidy.loc[("ease:mean", "2025")].difference)
    assert tidy.loc[("nps:nps", "2026")].change == "caution"
    assert not np.isnan(tidy.loc[("nps:nps", "2026")].p)
    assert [c.about for c in found.checks if c.code == "ITEM_CHANGED"] == [("sat",), ("Mood",), ("nps",)]


def test_a_break_before_a_wave_that_is_not_shown_still_breaks(data):
    rows = frame()
    rows = rows[~((rows.year == 2025) & (rows.index > 40))]
    q = Questionnaire.from_text(json.dumps(QUESTIONS))
    found = analyse(
        read(rows, q, keep=["year"]), "trend", rows="sat", wave="year", changed={"2025": ["sat"]}, min_base=20
    ).tidy()
    assert found.remark.tolist().count("suppressed") >= 1
    assert found.difference.isna().all()


def test_days_are_gathered_into_periods(data):
    year = analyse(data, "trend", rows="sat", wave="day", period="year").tidy()
    assert year.group.tolist() == ["2024", "2025", "2026"]
    quarter = analyse(data, "trend", rows="sat", wave="day", period="quarter").tidy()
    assert quarter.group.tolist()[:5] == ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1"]
    assert quarter.n.sum() == 600


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"wave": "yaer"}, "UNKNOWN_GROUP"),
        ({"wave": "plan", "period": "month"}, "DAY"),
        ({"wave": "year", "changed": {"2031": ["sat"]}}, "WAVES"),
        ({"wave": "year", "changed": {"2025": ["satt"]}}, "UNKNOWN_ITEM"),
        ({"wave": "year", "changed": {"2025": {"sat": "perhaps"}}}, None),
    ],
)
def test_bad_input_is_one_clear_error(data, options, code):
    with pytest.raises(SurveykitError) as error:
        analyse(data, "trend", rows="sat", **options)
    assert code in (None, error.value.code)


def test_questionnaires_of_the_waves_say_what_changed(tmp_path: Path):
    old = json.loads(json.dumps(QUESTIONS))
    old["items"]["sat"]["text"] = "Nobody ever answered my letters"
    for name, q in (("old.yaml", old), ("new.yaml", QUESTIONS)):
        (tmp_path / name).write_text(json.dumps(q), encoding="utf-8")
    frame().to_csv(tmp_path / "a.csv", index=False)
    waves = "{column: year, questionnaires: {2024: old.yaml, 2025: new.yaml, 2026: new.yaml}}"
    text = f"title: T\nquestionnaire: new.yaml\ndata: a.csv\nwaves: {waves}\n"
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    loaded = load_study(tmp_path / "study.yaml")
    assert loaded is not None
    found = changes_between_waves(loaded)
    assert set(found) == {"2025"}
    assert found["2025"]["sat"]["trend"] == "no"
    assert set(found["2025"]) == {"sat", "Mood"}
    assert found["2025"]["sat"]["zh"]
    from surveykit.study.prepare import prepare

    plan = prepare(tmp_path / "study.yaml", lambda _: None, lambda _: None)
    task = next(t for t in plan.analyses if t.analysis == "trend")
    assert task.options["changed"] == found
    assert {p.name for p in plan.inputs} == {"study.yaml", "a.csv", "old.yaml", "new.yaml"}
    shutil.move(tmp_path / "old.yaml", tmp_path / "gone.yaml")
    with pytest.raises(SurveykitError, match=r"old\.yaml"):
        prepare(tmp_path / "study.yaml", lambda _: None, lambda _: None)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_shows_breaks_boxes_and_pictures_with_their_tables(language: str):
    blocks = {getattr(b, "id", ""): b for page in report(language).pages for b in page.blocks}
    picture = blocks["figure-trend"]
    assert picture.numbers == "table-trend"
    broken = {"en": "question changed", "zh": "题目改动"}[language]
    svgs = [b.svg for k, b in blocks.items() if k.startswith("figure-trend")]
    assert any(broken in svg for svg in svgs)
    assert blocks["figure-correlation"].numbers == "table-correlation"
    box = "".join(str(cell) for row in blocks["table-sample-box"].rows for cell in row)
    assert "/sample/margin/half" in box
    assert "900" in box
    table = blocks["table-banner"]
    assert table.book is not None
    assert all(len(row) == len(table.book.columns) for row in table.book.rows)
