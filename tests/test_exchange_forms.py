"""Questionnaires as forms of other platforms and on paper: written, read back, and fielded answers bound."""

from __future__ import annotations

import csv
import json
import re
import zipfile

import pytest

from surveykit.cli import main
from surveykit.errors import SurveykitError
from surveykit.exchange import export
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.responses.definitions import definition_of, is_definition
from surveykit.responses.definitions.common import plain_text

EVIL = "=HYPERLINK('http://x','y') <script>alert(1)</script> ${shop} {self}"
ASKED = Questionnaire.from_text(f"""
id: shop
title: {{en: The shop, zh: 商店}}
languages: [en, zh]
weight: w
scales:
  agree:
    {{min: 1, max: 5, labels: {{1: {{en: Not at all, zh: 完全不}}, 5: {{en: Fully, zh: 完全是}}}}, missing: {{"-99": dont_know}}}}
  sides: {{min: -2, max: 2, labels: {{-2: {{en: Bad, zh: 差}}, 2: {{en: Good, zh: 好}}}}}}
  warmth: {{min: 0, max: 100, kind: numeric}}
items:
  sat_1: {{text: {{en: The price is fair., zh: 价格合理。}}, scale: agree}}
  sat_2: {{text: {{en: "{EVIL}", zh: 店员友善。}}, scale: agree}}
  mood: {{text: {{en: Your mood, zh: 您的心情}}, scale: sides}}
  warm: {{text: {{en: Warmth, zh: 温度}}, scale: warmth}}
  sex:
    text: {{en: Gender, zh: 性别}}
    options: {{female: {{en: Woman, zh: 女}}, male: {{en: Man, zh: 男}}, A1: {{en: Else, zh: 其余}}}}
    missing: {{"99": refused}}
  use:
    text: {{en: Which ones, zh: 用过哪些}}
    type: multi
    options: {{"1": {{en: "Tea, green", zh: 茶}}, "2": {{en: Coffee, zh: 咖啡}}, other: {{en: Another, zh: 其他}}}}
  age: {{text: {{en: Age in years, zh: 年龄}}, type: number}}
  why: {{text: {{en: Why so, zh: 为什么}}, type: text}}
  when: {{text: {{en: When was that, zh: 什么时候}}, type: date}}
  w: {{text: {{en: Weight, zh: 权重}}, type: number}}
""")  # fmt: skip
ENDINGS = {"xlsform": ".xlsx", "surveyjs": ".json", "limesurvey": ".txt"}
CHOSEN = {"dont_know", "refused"}


def told(item, questionnaire):
    """What a form can hold of an item."""
    scale = item.scale
    held = {c: k for c, k in item.missing.items() if k in CHOSEN}
    if scale is not None and scale.kind == "numeric":
        held = {}
    ends = (scale.min, scale.max, scale.kind, scale.labels) if scale else None
    return dict(item.text), item.type, ends, dict(item.options), held


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("to", ["xlsform", "surveyjs"])
def test_written_and_read_back_it_is_the_same(tmp_path, to, language):
    path = export(ASKED, to, tmp_path / f"f{ENDINGS[to]}", language).files[0]
    assert is_definition(path)
    back = Questionnaire.from_text(definition_of(path).yaml())
    assert back.languages[0] == language
    assert list(back.items) == [n for n in ASKED.items if n != "w"]
    for name, item in back.items.items():
        wanted = told(ASKED.items[name], ASKED)
        if name == "sat_2":  # markup is not read back; a reference to a question became text
            said = {k: plain_text(w) for k, w in wanted[0].items()}
            held = {k: w.replace("${", "$ {") if to == "xlsform" else w for k, w in said.items()}
            wanted = (held, *wanted[1:])
        assert told(item, back) == wanted, name


def test_limesurvey_written_and_read_back_under_its_names(tmp_path):
    done = export(ASKED, "limesurvey", tmp_path / "f.txt")
    assert is_definition(done.files[0])
    back = Questionnaire.from_text(definition_of(done.files[0]).yaml())
    assert back.title == ASKED.title
    assert list(back.items) == ["sat1", "sat2", "mood", "warm", "sex", "use", "age", "why", "when"]
    for name in ("use", "age", "why", "when", "warm"):
        assert told(back.items[name], back) == told(ASKED.items[name], ASKED)
    assert dict(back.items["sat2"].text) == dict(ASKED.items["sat_2"].text)
    assert back.items["sat1"].scale.labels == ASKED.items["sat_1"].scale.labels
    # "A1" is taken by an answer of the questionnaire, so another one is not called so
    assert list(back.items["sex"].options) == ["A2", "male", "A1"]


@pytest.mark.parametrize("name", ["ecsi", "nps", "csat", "ces", "loyalty-tripartite"])
@pytest.mark.parametrize("to", list(ENDINGS))
def test_every_shipped_questionnaire(tmp_path, name, to):
    asked = Questionnaire.load(name)
    path = export(asked, to, tmp_path / f"f{ENDINGS[to]}").files[0]
    back = Questionnaire.from_text(definition_of(path).yaml())
    assert [told(i, back)[1:] for i in back.items.values()] == [
        told(i, asked)[1:] for i in asked.items.values()
    ]


ANSWERS = [
    {"sat_1": 5, "sat_2": 1, "mood": -2, "warm": 40, "sex": "female", "use": ["1", "2"], "age": 30, "why": "a, b", "w": 1},
    {"sat_1": -99, "sat_2": 3, "mood": 0, "warm": 100, "sex": "99", "use": ["1", "other"], "age": 41, "why": "", "w": 1},
    {"sat_1": 2, "sat_2": 4, "mood": 2, "warm": 0, "sex": "A1", "use": ["2"], "age": 22, "why": "c", "w": 1},
]  # fmt: skip
VALUES = {
    "sat_1": [5, None, 2],
    "mood": [-2, 0, 2],
    "warm": [40, 100, 0],
    "sex": ["female", None, "A1"],
    "use__1": [1, 1, 0],
    "use__other": [0, 1, 0],
}


def bound(path, questionnaire):
    found = read(path, questionnaire)
    frame = found.frame(list(VALUES)).to_dict("list")
    got = {k: [None if v != v else v for v in column] for k, column in frame.items()}
    assert got == VALUES
    missing = {c.item: dict(c.missing) for c in found.import_report.columns}
    assert (missing["sat_1"], missing["sex"]) == ({"dont_know": 1}, {"refused": 1})
    assert found.import_report.rows_used == 3


def table(path, header, rows, delimiter=","):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    return path


def test_answers_from_kobo_bind_without_a_flag(tmp_path):
    asked = export(ASKED, "xlsform", tmp_path / "f.xlsx").bind_with
    assert asked == ASKED.id
    names = [n for n in ASKED.items if n not in {"use", "when"}]
    boxes = ["1", "2", "other"]
    flags = [f"use/{b}" for b in boxes]
    header = ["start", "end", *names, "use", *flags, "use_other", "_id", "_uuid", "_submission_time"]
    rows = [
        ["2026-01-01", "2026-01-01", *(a[n] for n in names), " ".join(a["use"]), *(int(b in a["use"]) for b in boxes),
         "cocoa" if "other" in a["use"] else "", i, f"u{i}", "2026-01-01"]
        for i, a in enumerate(ANSWERS)
    ]  # fmt: skip
    bound(table(tmp_path / "a.csv", header, rows, ";"), ASKED)


def test_answers_from_surveyjs_bind_without_a_flag(tmp_path):
    export(ASKED, "surveyjs", tmp_path / "f.json")
    path = tmp_path / "answers.json"
    path.write_text(json.dumps([{**a, "use-Comment": "cocoa"} for a in ANSWERS]), "utf-8")
    assert not is_definition(path)
    bound(path, ASKED)


@pytest.mark.parametrize("as_words", [False, True])
def test_answers_from_limesurvey_bind_with_the_second_file(tmp_path, as_words):
    done = export(ASKED, "limesurvey", tmp_path / "f.txt")
    second = Questionnaire.load(done.bind_with)
    codes = {"female": "A2", "-2": "m2", "-99": "m99"}
    words = {"female": "Woman", "A1": "Else", "99": "Prefer not to say", "5": "Fully", "1": "Not at all",
             "-99": "Don't know", "-2": "Bad", "2": "Good"}  # fmt: skip
    header = ["id", "submitdate", "lastpage", "startlanguage", "sat1", "sat2", "mood", "warm", "sex", "use[1]", "use[2]",
              "use[other]", "age", "why", "w"]  # fmt: skip

    def said(name, value):
        text = str(value)
        if not as_words:
            return codes.get(text, text)
        if name.startswith("sat") and text == "2":
            return text
        return words.get(text, text) if name != "age" else text

    rows = [
        [i, "2026-01-01", 1, "en", *(said(n, a[n]) for n in ("sat_1", "sat_2", "mood")), a["warm"], said("sex", a["sex"]),
         *("Yes" if as_words and b in a["use"] else "Y" if b in a["use"] else "" for b in ("1", "2")),
         "cocoa" if "other" in a["use"] else "", a["age"], a["why"], 1]
        for i, a in enumerate(ANSWERS, 1)
    ]  # fmt: skip
    bound(table(tmp_path / "a.csv", header, rows, ";"), second)


def test_nothing_in_a_form_is_a_formula_a_script_or_an_expression(tmp_path):
    book = export(ASKED, "xlsform", tmp_path / "f.xlsx").files[0]
    with zipfile.ZipFile(book) as archive:
        sheets = [archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/")]
    assert not any("<f>" in s or "<hyperlink" in s for s in sheets)
    text = export(ASKED, "limesurvey", tmp_path / "f.txt").files[0].read_text("utf-8-sig")
    cells = [c for line in text.splitlines() for c in line.split("\t")]
    assert not any(c[:1] in set("=+-@") for c in cells)
    assert "<script" not in text
    assert "{" not in text
    page = export(ASKED, "paper", tmp_path / "f.html", "en").files[0].read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(src|href|url)\s*[=(]", page)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_paper_holds_every_item_choice_and_code(tmp_path, language):
    page = export(ASKED, "paper", tmp_path / "f.html", language).files[0].read_text("utf-8")
    other = "zh" if language == "en" else "en"
    for name, item in ASKED.items.items():
        assert (f">{name}</span>" in page) == (name != "w")
        if name not in {"sat_2", "w"}:
            assert item.text[language] in page
            assert item.text[other] not in page
        for code in item.options:
            assert f'<span class="box">{code}</span>' in page
    assert page.count('<span class="box">-99</span>') == 2
    assert {"en": "Interviewer", "zh": "访问员"}[language] in page
    assert f'<html lang="{language}">' in page


def test_paper_as_a_pdf(tmp_path):
    pytest.importorskip("weasyprint")
    content = export("nps", "paper", tmp_path / "f.pdf", "zh").files[0].read_bytes()
    assert content.startswith(b"%PDF")
    assert b"/EmbeddedFiles" not in content


def test_what_cannot_be_written_is_one_error(tmp_path):
    with pytest.raises(SurveykitError, match="does not end in"):
        export("nps", "xlsform", tmp_path / "f.csv")
    with pytest.raises(SurveykitError, match="not written in"):
        export("nps", "paper", tmp_path / "f.html", "fr")
    with pytest.raises(SurveykitError, match="unknown form"):
        export("nps", "word", tmp_path / "f.doc")
    spaced = ASKED.to_yaml().replace('"1": {en: "Tea, green"', '"a b": {en: "Tea, green"')
    spaced = re.sub(r'"1":( \{"?en"?: "Tea, green")', r'"a b":\1', spaced)
    with pytest.raises(SurveykitError, match="cannot be the name of a choice"):
        export(Questionnaire.from_text(spaced), "xlsform", tmp_path / "f.xlsx")
    assert not list(tmp_path.iterdir())


def test_the_command_says_what_the_answers_bind_with(tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        main(
            [
                "questionnaire",
                "export",
                "csat",
                "--to",
                "limesurvey",
                "--lang",
                "zh",
                "-o",
                str(tmp_path / "f.txt"),
            ]
        )
    assert not left.value.code
    said = capsys.readouterr()
    assert said.out.strip() == str(tmp_path / "f.txt")
    assert "answers bind with: -q " in said.err
