"""What a new user sees first: the drafts and the reports of exports as they come."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses import analyse
from surveykit.questionnaire import Questionnaire
from surveykit.questionnaire.tongues import language_of
from surveykit.responses import read
from surveykit.study import report_of
from surveykit.study.defaults import default_analyses
from surveykit.study.definition import Study
from surveykit.study.from_export import study_from_export
from surveykit.study.new import new_study


def texts(q):
    return {i.id: next(iter(i.text.values())) for i in q.items.values()}


def test_a_title_out_of_the_name_of_the_file(drafted):
    _, q = drafted(
        [["Q1", "Q2"], *[["yes", str(i)] for i in range(20)]], name="Staff_survey+2024_June 3, 2024_10.15.csv"
    )
    assert q.title["en"] == "Staff survey 2024"


def test_a_few_who_write_traditional_characters_do_not_change_the_language():
    simplified = ["宿舍有独立卫浴", "没有这个问题", "学习环境还可以"]
    assert language_of([*simplified * 5, "復旦大學", "無。"]) == "zh"
    assert language_of(["您對我們的產品滿意嗎", "請選擇", "年齡"]) == "zh-Hant"


def test_chinese_options_keep_their_full_width_signs(drafted):
    words = ["允许，可以送至楼下", "不允许（只能自取）"]
    made, q = drafted([["编号", "学校允许点外卖吗？"], *[[str(i), words[i % 2]] for i in range(40)]])
    (item,) = (i for i in q.items.values() if i.options)
    assert sorted(t["zh"] for t in item.options.values()) == sorted(words)
    assert made.report.rows_used == 40


def test_a_blank_to_be_filled_in_is_text_and_a_nickname_is_personal(drafted):
    long = "如果您留下了精彩见解，并希望在最终报告中获得署名，请留下您的常用网名或代号（留空则视为自愿以匿名身份参与，谢谢支持）"
    made, q = drafted([[long, "专业为___"], ["匿名", "物流"], ["匿名", "物流"], ["匿名", "物流"]])
    assert list(made.drafted.personal.values()) == ["name"]
    assert [i.type for i in q.items.values()] == ["text"]


def test_degrees_of_education_are_in_order_and_rare_words_are_other(drafted):
    degrees = ["Bachelor degree", "High school degree", "Less than high school degree"]
    often = ["Every year", "Once", "Twice", "Ad hoc"]
    rows = [[degrees[i % 3], often[i % 4] if i >= 6 else f"own words {i}"] for i in range(60)]
    _, q = drafted([["Education", "How often?"], *rows])
    education, frequency = q.items.values()
    assert [t["en"] for t in education.options.values()] == [degrees[2], degrees[1], degrees[0]]
    assert sorted(t["en"] for t in frequency.options.values()) == sorted([*often, "Other"])


def test_questions_of_one_text_are_told_apart_and_stay_bound(drafted):
    random = np.random.default_rng(3)
    header = [f"{q}_{i}" for q in ("Q3", "Q4") for i in (1, 2, 3)]
    stem = "How do you feel about these?"
    words = [f"{stem} - {v}" for _ in range(2) for v in ("Squash", "Beans", "Corn")]
    marks = [f'{{"ImportId":"QID{i}"}}' for i in range(len(header))]
    rows = random.integers(1, 6, (40, 6)).tolist()
    made, q = drafted([["ResponseId", *header], ["Response ID", *words], ['{"ImportId":"_recordId"}', *marks],
                       *[[f"R_{i}", *r] for i, r in enumerate(rows)]])  # fmt: skip
    assert len(set(texts(q).values())) == len(q.items)
    titles = [next(iter(c.title.values())) for c in q.constructs.values()]
    assert len(titles) == len(set(titles)) == 2
    data = read(made.drafted and Path(made.files[0].parent.parent / "a.csv"), q)
    assert all(data.has(f"Q{k}_{i}") for k in (3, 4) for i in (1, 2, 3))


def test_a_header_that_comes_twice_stays_bound_to_its_own_column(drafted):
    why = [["because", "so it is", "no idea"][i % 3] + f" {i}" for i in range(40)]
    header = [
        "#",
        "Happy?",
        "Why or why not?",
        "Glad?",
        "Why or why not?",
        "Start Date (UTC)",
        "Submit Date (UTC)",
        "Network ID",
    ]
    rows = [[f"t{i}", "yes" if i % 2 else "no", why[i], "yes", why[-i], "d", "d", f"n{i}"] for i in range(40)]
    _, q = drafted([header, *rows])
    assert sum(i.type == "text" for i in q.items.values()) == 2
    assert len(set(texts(q).values())) == len(q.items)


def test_the_time_that_qualtrics_took_is_looked_at(drafted):
    header = ["ResponseId", "Duration (in seconds)", "Q1"]
    ids = ['{"ImportId":"_recordId"}', '{"ImportId":"duration"}', '{"ImportId":"QID1"}']
    rows = [[f"R_{i}", 60 + i, 1 + i % 5] for i in range(30)]
    made, _ = drafted(
        [header, ["Response ID", "Duration (in seconds)", "How satisfied are you?"], ids, *rows]
    )
    assert 'duration: "Duration (in seconds)"' in made.files[1].read_text(encoding="utf-8")


def shop(n):
    items = {f"a{i}": {"text": {"en": f"A {i}"}, "scale": "five"} for i in (1, 2, 3)}
    items |= {f"b{i}": {"text": {"en": f"B {i}"}, "scale": "five"} for i in (1, 2, 3)}
    items["seen"] = {"text": {"en": "Seen it?"}, "options": {"y": {"en": "Yes"}, "n": {"en": "No"}}}
    asked = {
        "id": "shop", "title": {"en": "Shop"}, "version": "1", "languages": ["en"],
        "scales": {"five": {"min": 1, "max": 5}}, "items": items,
        "constructs": {k: {"title": {"en": k}, "items": [f"{k}{i}" for i in (1, 2, 3)]} for k in "ab"},
    }  # fmt: skip
    q = Questionnaire.from_text(json.dumps(asked))
    random = np.random.default_rng(1)
    frame = pd.DataFrame({i: random.integers(1, 6, n) for i in list(items)[:6]})
    frame["seen"] = ["y" if i % 5 else "n" for i in range(n)]
    return q, read(frame, q)


def test_a_handful_of_rows_is_counted_and_not_correlated():
    q, data = shop(5)
    study = Study.model_validate({"title": {"en": "x"}, "questionnaire": "q.yaml", "data": "a.csv"})
    tasks, notes = default_analyses(q, data, study)
    assert [t.id for t in tasks] == ["descriptives", "frequencies"]
    assert notes[-1] == "5 rows are too few for correlation, reliability: only answers are counted"
    report = report_of(data, analyse(data, "frequencies", items=["seen"]))
    (said,) = (f for f in report.findings if f.id.startswith("nothing."))
    assert "each has fewer than 10 answers" in said.text("en")
    assert "不足10份" in said.text("zh")


def test_counts_alone_have_a_finding():
    _, data = shop(100)
    report = report_of(data, analyse(data, "frequencies", items=["seen"]))
    (said,) = (f for f in report.findings if f.id == "frequencies.seen")
    assert said.text("en").startswith("“Seen it?”: 80% chose “Yes” (95% interval 71% to 87%; n = 100)")
    assert said.strength == "strong"


def test_a_study_of_a_form_speaks_its_languages(tmp_path):
    q, _ = shop(5)
    _, _, study = new_study(tmp_path / "s", q)
    assert "languages: [en]" in study.read_text(encoding="utf-8")


def test_one_answer_is_one_person(tmp_path):
    _, data = shop(1)
    report = report_of(data, analyse(data, "frequencies", items=["seen"]))
    said = {f.id: f.text("en") for f in report.findings}
    assert said["sample.few"].startswith("Only one person answered")
    assert said["sample.rows"] == "One row was read; it is used."


def test_quarters_of_spss_are_dates(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    path, seconds = tmp_path / "a.sav", 13631500800.0  # 2014-09-25
    frame = pd.DataFrame({"when": [seconds, np.nan, seconds + 86400], "x": [1.0, 2.0, 3.0]})
    pyreadstat.write_sav(frame, str(path), variable_format={"when": "QYR8"})
    made = study_from_export(tmp_path / "s", path)
    kinds = {i.id: i.type for i in Questionnaire.load(made.files[0]).items.values()}
    assert kinds["when"] == "date"
