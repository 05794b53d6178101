"""Amounts, separators, spellings and other cells that are a number or an option in disguise."""

from __future__ import annotations

from pathlib import Path

import pytest

from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.study.from_export import study_from_export
from tests.exports import write

AMOUNTS = {
    "€ 1.200,50": 1200.5, "¥1,200": 1200, "$12.50": 12.5, "1 200 Kč": 1200, "-€5": -5, "7元": 7, "CHF 1'250.00": 1250,
}  # fmt: skip


def drafted(folder: Path, rows: list[list[str]]) -> tuple[Questionnaire, str]:
    made = study_from_export(folder / "study", write(folder / "a.csv", rows, delimiter=";"))
    return Questionnaire.load(folder / "study" / "questionnaire.yaml"), made.summary()


@pytest.mark.parametrize("cell", AMOUNTS)
def test_amounts_with_a_currency_are_numbers_and_said(tmp_path: Path, cell: str) -> None:
    path = write(tmp_path / "a.csv", [["price", "n"], *[[cell, "1"]] * 3], delimiter=";")
    data = read(path)
    assert data.frame(["price"])["price"].tolist() == [AMOUNTS[cell]] * 3
    assert data.import_report.columns[0].changes[0].count == 3


def test_a_draft_of_amounts(tmp_path: Path) -> None:
    rows = [["id", "paid"], *[[str(i), f"€ {i}.{200 + i},50"] for i in range(1, 15)]]
    asked, said = drafted(tmp_path, rows)
    assert asked.items["paid"].type == "number"
    assert "paid: amount to number, 14 cells" in said


def test_two_currencies_are_no_number(tmp_path: Path) -> None:
    asked = Questionnaire.from_text(
        "id: a\ntitle: {en: A}\nlanguages: [en]\nitems: {p: {text: {en: Price}, type: number}}\n"
    )
    with pytest.raises(SurveykitError, match="2 currencies"):
        read(write(tmp_path / "a.csv", [["p"], ["€5"], ["$6"]]), asked)


def test_three_digits_behind_each_separator_are_said(tmp_path: Path) -> None:
    rows = [["a", "b"], *[[f"{i}.{200 + i}", f"{i},{200 + i}"] for i in range(1, 25)]]
    asked, said = drafted(tmp_path, rows)
    assert "three digits behind each point" in said
    text = (tmp_path / "study" / "questionnaire.yaml").read_text(encoding="utf-8")
    assert "fractions, or thousands? confirm" in text
    assert "three digits behind each comma: thousands?" in text
    assert asked.items["b"].type == "text"


def test_ids_of_nineteen_digits_keep_them(tmp_path: Path) -> None:
    ids = [str(2**60 + i) for i in range(12)]
    asked, _ = drafted(tmp_path, [["link", "sat"], *[[x, str(1 + i % 5)] for i, x in enumerate(ids)]])
    assert asked.items["link"].type == "text"
    data = read(tmp_path / "a.csv", asked, keep=["link"])
    assert data.frame(["link"])["link"].tolist() == ids
    assert any("lose the last of them" in w for w in read(tmp_path / "a.csv").import_report.warnings)


def test_a_formula_among_ratings_is_no_answer_and_counted(tmp_path: Path) -> None:
    rows = [
        ["id", "s1", "s2", "s3"],
        *[[str(i), *[str(1 + (i + (i % 9 == k)) % 5) for k in range(3)]] for i in range(1, 31)],
    ]
    rows[4][1], rows[9][1] = "=1+1", "#REF!"
    asked, _ = drafted(tmp_path, rows)
    assert (asked.items["s1"].type, dict(asked.items["s1"].missing)) == (
        "scale",
        {"=1+1": "skipped", "#REF!": "skipped"},
    )
    columns = {c.item: c for c in read(tmp_path / "a.csv", asked).import_report.columns}
    assert columns["s1"].missing == {"skipped": 2}


def test_spellings_of_gender_and_yes(tmp_path: Path) -> None:
    genders = ["female", "F", "Frau", "male", "M", "man", "non-binary", "w"]
    rows = [
        ["id", "gender", "news"],
        *[[str(i), genders[i % 8], ["yes", "Y", "yep", "No", "nope"][i % 5]] for i in range(40)],
    ]
    asked, said = drafted(tmp_path, rows)
    assert [w["en"] for w in asked.items["gender"].options.values()] == ["female", "male", "non-binary"]
    assert len(asked.items["news"].options) == 2
    assert "spelling of a gender to code" in said
    counts = read(tmp_path / "a.csv", asked).counts("gender")
    assert counts.n.tolist() == [20, 15, 5]
