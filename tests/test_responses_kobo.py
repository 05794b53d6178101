"""KoBoToolbox and ODK as they come: names of answers, repeated groups in sheets of their own, labels bound to their form."""

from __future__ import annotations

import pytest
import xlsxwriter

from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.study.from_export import study_from_export
from tests.exports import write

OWN = ["_id", "_uuid", "_submission_time", "_index"]
NAMES = ["very_dissatisfied", "dissatisfied", "neutral", "satisfied", "very_satisfied"]
LABELS = [n.replace("_", " ").capitalize() for n in NAMES]


def own(i):
    return [str(100 + i), f"u{i}", "2026-09-01T10:00:00", str(i + 1)]


def test_names_of_answers_are_words_with_an_order(tmp_path):
    header = ["grp/price", "grp/staff", "grp/place", "phone_number", *OWN]
    rows = [[*(NAMES[(i + k) % 5] for k in range(3)), f"0712{i:06d}", *own(i)] for i in range(20)]
    made = study_from_export(tmp_path / "s", write(tmp_path / "a.csv", [header, *rows], delimiter=";"))
    q = Questionnaire.load(made.files[0])
    assert made.report.platform == "kobo"
    assert (q.items["price"].scale.min, q.items["price"].scale.max) == (1, 5)
    assert len(q.constructs) == 1
    assert "phone_number" in made.drafted.personal
    assert read(tmp_path / "a.csv", q).frame(["price"])["price"].tolist()[:5] == [1, 2, 3, 4, 5]


def test_sheets_of_repeated_groups_are_left_out_and_said(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        main, members = book.add_worksheet("Survey"), book.add_worksheet("members")
        main.write_row(0, 0, ["Do you agree?", "Age", *OWN])
        members.write_row(0, 0, ["name", "age", "_index", "_parent_table_name", "_parent_index"])
        for i in range(12):
            main.write_row(1 + i, 0, [["Yes", "No"][i % 2], 20 + i, *own(i)])
        for i in range(30):
            members.write_row(1 + i, 0, [f"P{i}", i, i, "Survey", 1 + i % 12])
    data = read(tmp_path / "a.xlsx")
    assert data.import_report.rows_read == 12
    assert any("repeated groups were not read: 'members'" in w for w in data.import_report.warnings)
    with pytest.raises(SurveykitError):
        read(tmp_path / "a.xlsx", sheet="other")


def test_an_export_by_labels_is_bound_to_its_form(tmp_path):
    sheets = {
        "survey": [["type", "name", "label"], ["select_one sex", "sex", "What is your sex?"],
                   ["select_one sat", "price", "The price?"],
                   ["integer", "age", "How old are you?"]],
        "choices": [["list_name", "name", "label"], ["sex", "m", "Male"], ["sex", "f", "Female"],
                    *[["sat", n, w] for n, w in zip(NAMES, LABELS, strict=True)]],
    }  # fmt: skip
    with xlsxwriter.Workbook(str(tmp_path / "form.xlsx")) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    header = ["What is your sex?", "The price?", "How old are you?", *OWN]
    rows = [[["Male", "Female"][i % 2], LABELS[i % 5], str(20 + i), *own(i)] for i in range(20)]
    path = write(tmp_path / "a.csv", [header, *rows])
    made = study_from_export(tmp_path / "s", path, definition=tmp_path / "form.xlsx")
    q = Questionnaire.load(made.files[0])
    assert {"sex", "price", "age"} <= set(q.items)
    assert not {"q1", "q2", "q3"} & set(q.items)
    assert read(path, q).frame(["price"])["price"].tolist()[:5] == [1, 2, 3, 4, 5]
