"""An export with the form it was fielded with; rows that are not finished kept on demand."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from surveykit.cli import main
from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.study.from_export import study_from_export
from tests.exports import write, write_platform

FORM = json.dumps({
    "title": "Shop", "elements": [
        {"type": "radiogroup", "name": "sat", "title": "How satisfied are you?", "colCount": 0,
         "choices": ["1|Not at all", "2|2", "3|3", "4|4", "5|Fully", "9|Don't know"]},
        {"type": "radiogroup", "name": "sex", "title": "Gender", "choices": ["1|Woman", "2|Man"]},
        {"type": "checkbox", "name": "use", "title": "Which?", "choices": ["x|Tea", "y|Coffee"]},
        {"type": "radiogroup", "name": "gone", "title": "Dropped", "choices": ["1|A", "2|B"]},
        {"type": "radiogroup", "name": "city", "title": "City", "choices": ["1|Rome", "2|Paris"]},
    ]})  # fmt: skip
ROWS = [
    ["sat", "sex", "use", "city", "extra"],
    *[
        [str(1 + i % 5), str(1 + i % 2), "x;y" if i % 2 else "y", "1" if i % 3 else "3", str(i % 4)]
        for i in range(30)
    ],
    ["9", "1", "x", "2", "1"],
]


@pytest.fixture
def made(tmp_path):
    (tmp_path / "form.json").write_text(FORM, "utf-8")
    export = write(tmp_path / "data.csv", ROWS)
    return study_from_export(tmp_path / "s", export, definition=tmp_path / "form.json")


def test_the_form_says_what_was_asked_and_the_export_what_came(made):
    q = Questionnaire.load(made.files[0])
    assert q.items["sat"].text["en"] == "How satisfied are you?"
    assert (q.items["sat"].scale.min, q.items["sat"].scale.max, dict(q.items["sat"].missing)) == (
        1,
        5,
        {"9": "dont_know"},
    )
    assert q.items["sex"].options["2"]["en"] == "Man"
    assert q.items["use"].type == "multi"
    assert "gone" not in q.items
    assert "extra" in q.items
    text = made.files[0].read_text("utf-8")
    assert "# Asked in the form, not in the export: gone." in text
    assert "# not in the form: drafted from the export" in text
    # an answer that the form lacks: the column is drafted from the export, and the draft says why
    assert "the form does not know the answers '3'" in text
    assert q.items["city"].text["en"] == "City"
    assert made.report.rows_read == made.report.rows_used == 31


def test_a_form_of_another_questionnaire_is_refused(tmp_path):
    (tmp_path / "form.json").write_text(FORM, "utf-8")
    export = write(tmp_path / "data.csv", [["a", "b"], ["1", "2"], ["3", "4"]])
    with pytest.raises(SurveykitError, match="another questionnaire"):
        study_from_export(tmp_path / "s", export, definition=tmp_path / "form.json")
    assert not (tmp_path / "s").exists()


def test_a_form_beside_the_export_is_offered_not_taken(tmp_path):
    (tmp_path / "data.json").write_text(FORM, "utf-8")
    made = study_from_export(tmp_path / "s", write(tmp_path / "data.csv", ROWS))
    assert f"--definition {tmp_path / 'data.json'}" in made.summary()
    assert Questionnaire.load(made.files[0]).items["sex"].text["en"] == "sex"


def test_answers_in_another_language_than_the_form(tmp_path):
    (tmp_path / "form.json").write_text(FORM, "utf-8")
    words = ["非常不满意", "不满意", "一般", "满意", "非常满意"]
    rows = [
        ["sat", "sex", "use", "city"],
        *[[words[i % 5], "女" if i % 2 else "男", "x", "1"] for i in range(30)],
    ]
    made = study_from_export(
        tmp_path / "s", write(tmp_path / "data.csv", rows), definition=tmp_path / "form.json"
    )
    q = Questionnaire.load(made.files[0])
    assert q.items["sat"].scale.max == 5
    assert "the form does not know the answers" in made.files[0].read_text("utf-8")


def test_a_real_export_with_its_form(shared_data, tmp_path):
    stem = "exports/qualtrics/q02_no_basis_negative_codes"
    made = study_from_export(
        tmp_path / "s", shared_data(f"{stem}_3hdr.csv"), definition=shared_data(f"{stem}.qsf")
    )
    q = Questionnaire.load(made.files[0])
    assert q.items["Q1"].options["1"]["en"] == "Great"
    assert [c.items for c in q.constructs.values()] == [
        tuple(f"Q3_{i}" for i in range(1, 5)),
        tuple(f"Q4_{i}" for i in range(1, 5)),
    ]
    assert "--definition" in study_from_export(tmp_path / "t", shared_data(f"{stem}_3hdr.csv")).summary()


@pytest.mark.parametrize(
    ("platform", "reason"), [("qualtrics", "not finished"), ("limesurvey", "not submitted")]
)
def test_unfinished_rows_are_kept_on_demand_and_counted(tmp_path, platform, reason):
    path = write_platform(tmp_path, platform)
    without, kept = read(path).import_report, read(path, keep_unfinished=True).import_report
    n = dict(without.set_aside)[reason]
    assert n > 0
    assert reason not in dict(kept.set_aside)
    assert kept.rows_used == without.rows_used + n
    assert any(f"{n} rows that are {reason} were kept" in g for g in kept.guesses)


def test_the_command_keeps_them_in_the_study_too(tmp_path, capsys):
    path = write_platform(tmp_path, "limesurvey")
    with pytest.raises(SystemExit) as left:
        main(["new", str(tmp_path / "s"), "--from", str(path), "--keep-unfinished"])
    assert not left.value.code
    assert "were kept, as you said" in capsys.readouterr().err
    assert "keep_unfinished: true" in (tmp_path / "s" / "study.yaml").read_text("utf-8")
    with pytest.raises(SystemExit) as left:
        main(["new", str(tmp_path / "t"), "--definition", str(path)])
    assert left.value.code == 2
    with pytest.raises(SurveykitError, match="no meaning for data frames"):
        read(pd.DataFrame({"a": [1]}), keep_unfinished=True)
