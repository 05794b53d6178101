"""The codebook: everything that the questionnaire says of an item, counted, in both languages and five formats."""

from __future__ import annotations

import json
import zipfile

import pandas as pd
import pytest

import surveykit as sk
from surveykit.cli import main
from surveykit.errors import SurveykitError
from surveykit.exchange import codebook
from surveykit.questionnaire import Questionnaire

ASKED = Questionnaire.from_text("""
id: shop
title: {en: "<b>Shop</b>", zh: 商店}
languages: [en, zh]
groups: [sex]
scales:
  agree:
    {min: 1, max: 3, labels: {1: {en: Disagree, zh: 不同意}, 3: {en: Agree, zh: 同意}}, missing: {"9": dont_know, "8": refused}}
items:
  a1: {text: {en: "=1+1 <i>fair</i> | *", zh: 价格合理。}, scale: agree, reverse: true, aliases: [price]}
  a2: {text: {en: Kind, zh: 友善}, scale: agree, check: 3}
  a3: {text: {en: Clean, zh: 整洁}, scale: agree}
  sex: {text: {en: Gender, zh: 性别}, options: {f: {en: Woman, zh: 女}, m: {en: Man, zh: 男}, x: {en: Else, zh: 其他}}}
  use: {text: {en: Used, zh: 用过}, type: multi, options: {"1": {en: Tea, zh: 茶}, "2": {en: Coffee, zh: 咖啡}}}
  age: {text: {en: Age, zh: 年龄}, type: number}
constructs:
  quality: {title: {en: Quality, zh: 质量}, items: [a1, a3]}
metrics:
  top: {metric: csat, item: a2}
""")  # fmt: skip


@pytest.fixture(scope="module")
def answers():
    n = 40
    return sk.read(
        pd.DataFrame(
            {
                "a1": [1] * 30 + [3] * 8 + [2] * 2,
                "a2": [3] * 38 + [9, 9],
                "a3": [1] * 20 + [3] * 10 + [9] * 7 + [8] * 3,
                "sex": ["f"] * 20 + ["m"] * 20,
                "use": ["1|2"] * 20 + ["2"] * 18 + ["1"] * 2,
                "age": range(20, 20 + n),
            }
        ),
        ASKED,
    )


def counts(book, item):
    entry = next(e for e in book.entries if e.item.id == item)
    return {x.code: ("hidden" if x.hidden else x.n) for x in entry.lines if not x.kind}


def test_what_is_known_without_answers():
    data = codebook(ASKED).to_dict()
    first, second = data["items"][:2]
    assert (first["reversed"], first["construct"], first["aliases"], first["valid"]) == (
        True,
        "quality",
        ["price"],
        None,
    )
    assert second["attention_check"] == 3
    assert second["used_by"] == ["top"]
    assert {c["code"]: c["missing"] for c in first["codes"]} == {
        "1": None, "2": None, "3": None, "9": "dont_know", "8": "refused",
    }  # fmt: skip
    assert data["constructs"]["quality"]["items"] == ["a1", "a3"]


def test_counts_with_small_ones_and_what_gives_them_away_hidden(answers):
    book = codebook(ASKED, answers)
    # two people chose 2: hidden, and 3 with it, whose number would tell theirs
    assert counts(book, "a1") == {"1": 30, "2": "hidden", "3": "hidden"}
    assert counts(book, "sex") == {"f": 20, "m": 20, "x": 0}
    # 2 of 40 did not tick Coffee
    assert counts(book, "use") == {"1": 22, "2": "hidden"}
    assert counts(codebook(ASKED, answers, min_base=2), "a1") == {"1": 30, "2": 2, "3": 8}
    third = book.entries[2]
    assert (third.valid, dict(third.missing)) == (30, {"dont_know": None, "refused": None})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_in_each_language(answers, language):
    book = codebook(ASKED, answers)
    for page in (book.html(language), book.markdown(language)):
        assert {"en": "Codebook", "zh": "编码手册"}[language] in page
        assert {"en": "Agree", "zh": "不同意"}[language] in page
        assert {"en": "reversed", "zh": "反向"}[language] in page
        assert {"en": "Not shown", "zh": "不予显示"}[language] in page
        assert ">30<" in page or "| 30 |" in page
        assert "<i>" not in page
        assert "<b>" not in page
    assert "<script" not in book.html(language)
    assert "\\|" in book.markdown("en")


def test_the_workbook_holds_texts_and_no_formula(answers, tmp_path):
    path = codebook(ASKED, answers).save(tmp_path / "c.xlsx")
    with zipfile.ZipFile(path) as archive:
        assert not any(b"<f>" in archive.read(n) for n in archive.namelist())
    codes = pd.read_excel(path, sheet_name="codes", engine="calamine", dtype=str, keep_default_na=False)
    assert codes[codes["item"] == "a1"]["n"].tolist()[:3] == ["30", "hidden", "hidden"]
    assert codes["label zh"].tolist()[0] == "不同意"
    items = pd.read_excel(path, sheet_name="items", engine="calamine", dtype=str, keep_default_na=False)
    assert items["text en"][0] == "=1+1 <i>fair</i> | *"
    assert items["construct zh"][0] == "质量"


def test_files_by_their_ending(answers, tmp_path):
    book = codebook(ASKED, answers)
    assert json.loads(book.save(tmp_path / "c.json").read_text("utf-8"))["n"] == 40
    assert book.save(tmp_path / "c.pdf", "zh").read_bytes().startswith(b"%PDF")
    with pytest.raises(SurveykitError, match="not written in this format"):
        book.save(tmp_path / "c.docx")


def test_the_command(tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        main(["questionnaire", "codebook", "nps", "--lang", "zh", "-o", str(tmp_path / "c.md")])
    assert not left.value.code
    assert capsys.readouterr().out.strip() == str(tmp_path / "c.md")
    assert "您有多大可能" in (tmp_path / "c.md").read_text("utf-8")


def test_the_distribution_as_people_ticked_it(answers):
    book = codebook(ASKED, answers)
    a1, age = (next(e for e in book.entries if e.item.id == n) for n in ("a1", "age"))
    # 30 × 1, 8 × 3 and two people with 2: hidden, and a mean would tell how many they were
    assert (a1.mean, a1.sd) == (None, None)
    whole = codebook(ASKED, answers, min_base=1)
    a1 = next(e for e in whole.entries if e.item.id == "a1")
    assert a1.mean == pytest.approx((30 * 1 + 8 * 3 + 2 * 2) / 40, abs=1e-12)
    assert [a1.share(line) for line in a1.lines[:3]] == [0.75, 0.05, 0.2]
    # 20 … 59: the variance of n consecutive numbers is n(n + 1)/12
    assert (age.mean, age.sd) == pytest.approx((39.5, (40 * 41 / 12) ** 0.5), abs=1e-12)
    page = whole.html("zh")
    assert "有效百分比" in page
    assert "75.0%" in page
    assert "缺失：2（不知道 2）" in page
    assert "missing: 2 (don&#x27;t know 2)" in whole.html("en")
    a1 = next(i for i in whole.to_dict()["items"] if i["item"] == "a1")
    assert (a1["mean"], a1["codes"][0]["share"]) == (1.45, 0.75)


@pytest.mark.parametrize("suffix", [".json", ".html", ".md", ".xlsx"])
def test_who_is_an_option_is_not_named(tmp_path, suffix):
    staff = Questionnaire.from_text("""
id: staff
title: {en: Staff, zh: 员工}
languages: [en, zh]
items:
  who:
    text: {en: "Who helped you?", zh: "谁接待了您？"}
    options:
      ann@example.org: {en: Ann (ann@example.org), zh: 安（ann@example.org）}
      bob@example.org: {en: bob@example.org, zh: bob@example.org}
      desk: {en: "Help desk, 12 Oak Street", zh: 服务台}
""")
    answers = sk.read(
        pd.DataFrame({"who": ["ann@example.org"] * 30 + ["bob@example.org"] * 20 + ["desk"] * 15}),
        staff,
        keep=["who"],
    )
    path = codebook(staff, answers).save(tmp_path / f"book{suffix}")
    if suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            text = "".join(book.read(n).decode() for n in book.namelist())
    else:
        text = path.read_text(encoding="utf-8")
    text = text.replace("\\[", "[").replace("\\]", "]")
    assert "example.org" not in text
    assert "Ann ([e-mail 1])" in text
    assert "[e-mail 2]" in text
    assert "12 Oak Street" in text
    assert counts(codebook(staff, answers), "who") == {"[e-mail 1]": 30, "[e-mail 2]": 20, "desk": 15}
