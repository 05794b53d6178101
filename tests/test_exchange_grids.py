"""Batteries as tables of a form, one by one on demand; the answers in each platform's shape bind to what was put in."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest

from surveykit.cli import main
from surveykit.exchange import export
from surveykit.exchange.grids import Grid, blocks
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.responses.definitions import definition_of

ASKED = Questionnaire.from_text("""
id: shop
title: {en: The shop, zh: 商店}
version: "3"
languages: [en, zh]
scales:
  agree:
    min: 1
    max: 5
    labels: {1: {en: Not at all, zh: 完全不}, 5: {en: Fully, zh: 完全是}}
    missing: {"-99": dont_know, "-98": not_shown}
  likely: {min: 0, max: 10, labels: {0: {en: Not likely, zh: 不可能}, 10: {en: Very likely, zh: 很可能}}}
  sides: {min: -2, max: 2, labels: {-2: {en: Bad, zh: 差}, 2: {en: Good, zh: 好}}}
items:
  sat_1: {text: {en: The price is fair., zh: 价格合理。}, scale: agree}
  sat_2: {text: {en: The staff are kind., zh: 店员友善。}, scale: agree}
  sat_3: {text: {en: The queue is too long., zh: 排队太久。}, scale: agree, reverse: true}
  staff1: {text: {en: "the cashier (How good is)", zh: "收银员（您如何评价）"}, scale: sides}
  staff2: {text: {en: "the manager (How good is)", zh: "经理（您如何评价）"}, scale: sides}
  recommend: {text: {en: "Would you recommend us?", zh: "您会推荐我们吗？"}, scale: likely}
  sex:
    text: {en: Gender, zh: 性别}
    options: {female: {en: Woman, zh: 女}, male: {en: Man, zh: 男}}
    missing: {"99": refused}
  use:
    text: {en: Which ones, zh: 用过哪些}
    type: multi
    options: {"1": {en: "Tea, green", zh: 茶}, "2": {en: Coffee, zh: 咖啡}, other: {en: Another, zh: 其他}}
  why: {text: {en: Why so, zh: 为什么}, type: text}
constructs:
  satisfaction: {title: {en: Satisfaction, zh: 满意}, items: [sat_1, sat_2, sat_3]}
""")
PEOPLE: list[dict[str, Any]] = [
    {"sat_1": 5, "sat_2": 1, "sat_3": 2, "staff1": -2, "staff2": 2, "recommend": 9, "sex": "female", "use": ["1", "2"],
     "why": "a, b"},
    {"sat_1": -99, "sat_2": 3, "sat_3": -98, "staff1": 0, "staff2": 1, "recommend": 0, "sex": "99", "use": ["1", "other"],
     "why": ""},
    {"sat_1": 2, "sat_2": 4, "sat_3": 5, "staff1": 2, "staff2": -1, "recommend": 10, "sex": "male", "use": ["2"], "why": "c"},
]  # fmt: skip
# sat_3 is reverse-keyed: 1 + 5 - answer
BOUND = {
    "sat_1": [5, None, 2], "sat_2": [1, 3, 4], "sat_3": [4, None, 1], "staff1": [-2, 0, 2], "staff2": [2, 1, -1],
    "recommend": [9, 0, 10], "sex": ["female", None, "male"], "use__1": [1, 1, 0], "use__2": [1, 0, 1],
    "use__other": [0, 1, 0],
}  # fmt: skip
ENDINGS = {"xlsform": ".xlsx", "surveyjs": ".json", "limesurvey": ".txt"}
PLACE = {"sat_1": "satisfaction_grid", "sat_2": "satisfaction_grid", "sat_3": "satisfaction_grid",
         "staff1": "staff1_grid", "staff2": "staff1_grid"}  # fmt: skip


def test_items_of_a_construct_or_with_one_stem_stand_in_one_table():
    found = [[i.id for i in b.items] if isinstance(b, Grid) else b.id for b in blocks(ASKED)]
    assert found == [["sat_1", "sat_2", "sat_3"], ["staff1", "staff2"], "recommend", "sex", "use", "why"]
    stemmed = blocks(ASKED)[1]
    assert stemmed.stem == {"en": "How good is", "zh": "您如何评价"}
    assert stemmed.rows["staff2"] == {"en": "the manager", "zh": "经理"}
    assert [b.id for b in blocks(ASKED, grids=False)] == list(ASKED.items)


def test_paper_puts_items_on_one_scale_together_wherever_they_belong():
    apart = ASKED.to_yaml().replace('"sat_1", "sat_2", "sat_3"', '"sat_1", "sat_2"')
    assert apart != ASKED.to_yaml()
    q = Questionnaire.from_text(apart)
    assert isinstance(blocks(q)[1], type(q.items["sat_3"]))
    assert [i.id for i in blocks(q, across=True)[0].items] == ["sat_1", "sat_2", "sat_3"]


def test_a_remark_in_brackets_is_no_stem_and_a_taken_name_is_left_alone():
    text = ASKED.to_yaml().replace("The staff are kind.", "The staff are kind (all of them)")
    q = Questionnaire.from_text(
        text.replace("店员友善。", "店员友善（所有人）").replace("recommend:", "satisfaction_grid:")
    )
    first = blocks(q)[0]
    assert [i.id for i in first.items] == ["sat_1", "sat_2", "sat_3"]
    assert not first.stemmed
    assert first.name == "satisfaction_2_grid"


@pytest.mark.parametrize("grids", [True, False])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("to", list(ENDINGS))
def test_written_and_read_back_the_items_are_equal(tmp_path, to, language, grids):
    path = export(ASKED, to, tmp_path / f"f{ENDINGS[to]}", language, grids).files[0]
    draft = definition_of(path)
    assert not draft.left_out
    back = draft.questionnaire()
    assert [dict(i.text) for i in back.items.values()] == [dict(i.text) for i in ASKED.items.values()]
    if to != "limesurvey":
        assert list(back.items) == list(ASKED.items)
        assert back.version == ("3" if to == "xlsform" else "1")
        told = [(i.type, i.options, i.missing, i.scale and i.scale.labels) for i in back.items.values()]
        assert told == [
            (i.type, i.options, i.missing, i.scale and i.scale.labels) for i in ASKED.items.values()
        ]
    assert [list(c.items) for c in back.constructs.values()][:1] == ([list(back.items)[:3]] if grids else [])


def flat(person):
    return {**person, "use": " ".join(person["use"])}


def table(path, rows, delimiter):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def limesurvey(names, codes, language, words):
    """An export of responses: codes, or full answers under full texts."""
    rows = []
    said = {"Y": {"en": "Yes", "zh": "是"}, "oth": {"en": "Other", "zh": "其他"}}
    q = ASKED

    def answer(item, value):
        text = str(value)
        if not words or value == "":
            return codes.get(item, {}).get(text, text)
        it = q.items[item]
        kind = it.missing.get(text)
        known = {"dont_know": {"en": "Don't know", "zh": "不知道"}, "refused": {"en": "Prefer not to say", "zh": "不愿回答"},
                 "not_shown": {"en": "Not applicable", "zh": "不适用"}}  # fmt: skip
        if kind:
            return known[kind][language]
        if it.scale is not None:
            return it.scale.labels.get(int(text), {}).get(language, text)
        return it.options[text][language] if text in it.options else text

    for number, person in enumerate(PEOPLE, 1):
        row = {
            "id": number,
            "submitdate": "2026-01-01 10:00:00",
            "lastpage": 1,
            "startlanguage": language,
            "seed": 7,
        }
        for item, value in person.items():
            if item == "use":
                for box in ("1", "2"):
                    head = (
                        f"{q.items['use'].text[language]} [{q.items['use'].options[box][language]}]"
                        if words
                        else f"use[{box}]"
                    )
                    row[head] = (said["Y"][language] if words else "Y") if box in value else ""
                head = f"{q.items['use'].text[language]} [{said['oth'][language]}]" if words else "use[other]"
                row[head] = "cocoa" if "other" in value else ""
            else:
                row[names[item]] = answer(item, value)
        rows.append(row)
    return rows


def bound(path, questionnaire):
    found = read(path, questionnaire)
    frame = found.frame(list(BOUND)).to_dict("list")
    assert {k: [None if v != v else v for v in column] for k, column in frame.items()} == BOUND
    missing = {c.item: dict(c.missing) for c in found.import_report.columns}
    assert (missing["sat_1"], missing["sat_3"], missing["sex"]) == (
        {"dont_know": 1},
        {"not_shown": 1},
        {"refused": 1},
    )


def test_answers_of_surveyjs_bind(tmp_path):
    done = export(ASKED, "surveyjs", tmp_path / "f.json")
    assert len(done.files) == 1
    form = json.loads(done.files[0].read_text("utf-8"))["pages"][0]["elements"]
    assert [e["type"] for e in form][:3] == ["matrix", "matrix", "radiogroup"]
    people = []
    for person in PEOPLE:  # survey.data: the rows of a matrix stand below its name
        data = {k: v for k, v in person.items() if k not in PLACE and v != ""}
        for item, place in PLACE.items():
            data.setdefault(place, {})[item] = person[item]
        people.append({**data, **({"use-Comment": "cocoa"} if "other" in person["use"] else {})})
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(people), "utf-8")
    bound(path, ASKED)


@pytest.mark.parametrize("sign", ["/", "-", ""])
def test_answers_of_kobo_and_odk_bind_with_or_without_the_names_of_groups(tmp_path, sign):
    export(ASKED, "xlsform", tmp_path / "f.xlsx")
    rows = []
    for number, person in enumerate(PEOPLE):
        row: dict[str, Any] = (
            {"SubmissionDate": "2026-01-01"} if sign == "-" else {"start": "2026-01-01", "end": "2026-01-01"}
        )
        row |= {f"{PLACE[k]}{sign}{k}" if k in PLACE and sign else k: v for k, v in flat(person).items()}
        row["use_other"] = "cocoa" if "other" in person["use"] else ""
        if sign == "-":
            row |= {
                "meta-instanceID": f"u{number}",
                "KEY": f"u{number}",
                "SubmitterID": 1,
                "AttachmentsPresent": 0,
            }
        else:
            row |= {f"use/{box}": int(box in person["use"]) for box in ("1", "2", "other")}
            row |= {"_id": number, "_uuid": f"u{number}", "_submission_time": "2026-01-01"}
        rows.append(row)
    bound(table(tmp_path / "a.csv", rows, "," if sign == "-" else ";"), ASKED)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("words", [False, True])
def test_answers_of_limesurvey_bind_with_the_second_file(tmp_path, words, language):
    done = export(ASKED, "limesurvey", tmp_path / "f.txt", language)
    if words:
        names = {n: i.text[language] for n, i in ASKED.items.items()}
        stem = {"en": "How good is", "zh": "您如何评价"}[language]
        one = {"en": "Please give one answer in each row.", "zh": "请在每一行中选择一项。"}[language]
        names |= {n: f"{one} [{ASKED.items[n].text[language]}]" for n in ("sat_1", "sat_2", "sat_3")}
        rows = {
            "staff1": {"en": "the cashier", "zh": "收银员"},
            "staff2": {"en": "the manager", "zh": "经理"},
        }
        names |= {n: f"{stem} [{r[language]}]" for n, r in rows.items()}
    else:
        names = {n: n for n in ASKED.items}
        names |= {n: f"satisfactiongrid[{n.replace('_', '')}]" for n in ("sat_1", "sat_2", "sat_3")}
        names |= {n: f"staff1grid[{n}]" for n in ("staff1", "staff2")}
    codes = {"sat_1": {"-99": "m99"}, "sat_3": {"-98": "m98"}, "staff1": {"-2": "m2"}, "staff2": {"-1": "m1"}}
    bound(
        table(tmp_path / "a.csv", limesurvey(names, codes, language, words), ","),
        Questionnaire.load(done.bind_with),
    )


def test_the_command_puts_them_one_by_one(tmp_path, capsys):
    out = str(tmp_path / "f.json")
    with pytest.raises(SystemExit) as left:
        main(["questionnaire", "export", "ecsi", "--to", "surveyjs", "--no-grids", "-o", out])
    assert not left.value.code
    assert "matrix" not in (tmp_path / "f.json").read_text("utf-8")
    capsys.readouterr()


def test_paper_has_a_table_per_battery_with_words_at_both_ends(tmp_path):
    page = export(ASKED, "paper", tmp_path / "f.html", "en").files[0].read_text("utf-8")
    assert page.count("<table><thead>") == 2
    assert '<th scope="colgroup" class="low" colspan="3">Not at all</th>' in page
    assert '<th scope="colgroup" class="high" colspan="2">Fully</th>' in page
    assert '<th scope="col" class="apart">Don&#x27;t know</th>' in page
    assert "<table><thead>" not in export(ASKED, "paper", tmp_path / "g.html", "en", False).files[
        0
    ].read_text("utf-8")


def test_paper_in_traditional_characters_is_made_from_the_simplified(tmp_path):
    page = export(ASKED, "paper", tmp_path / "f.html", "zh-Hant").files[0].read_text("utf-8")
    assert '<html lang="zh-Hant">' in page
    assert "價格合理。" in page
    assert "价格合理。" not in page


def test_a_printed_form_is_tagged(tmp_path):
    pytest.importorskip("weasyprint")
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(export(ASKED, "paper", tmp_path / "f.pdf", "en").files[0]) as file:
        assert bool(file.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in file.Root


def test_limesurveys_columns_are_those_of_its_manual(tmp_path):
    """Manual, Tab Separated Value survey structure: one row per language, the first language whole before the next."""
    text = export(ASKED, "limesurvey", tmp_path / "f.txt", "zh").files[0].read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(text.decode("utf-8-sig").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    spoken = [r["language"] for r in rows if r["class"] in {"G", "Q", "SQ", "A"}]
    assert spoken == sorted(spoken, reverse=True)
    assert set(spoken) == {"zh-Hans", "en"}
    by_language = {
        x: [r for r in rows if r["language"] == x and r["class"] != "SL"] for x in ("zh-Hans", "en")
    }
    same = [
        [(r["id"], r["class"], r["type/scale"], r["name"]) for r in of if r["class"] != "G"]
        for of in by_language.values()
    ]
    assert same[0] == same[1]
    # questions and sub-questions are rows of one table there: no number twice; an answer bears its question's
    numbers = [r["id"] for r in by_language["en"] if r["class"] in {"Q", "SQ"}]
    assert len(set(numbers)) == len(numbers)
    asked = ""
    for row in by_language["en"]:
        asked = row["id"] if row["class"] == "Q" else asked
        assert row["class"] != "A" or row["id"] == asked
        if row["class"] in {"Q", "SQ"}:
            assert row["name"].isalnum()
            assert len(row["name"]) <= 20
        if row["class"] == "A":
            assert row["name"].isalnum()
            assert len(row["name"]) <= 5


def test_an_export_of_kobo_by_labels_binds_with_the_second_file(tmp_path):
    done = export(ASKED, "xlsform", tmp_path / "f.xlsx")
    one = "Please give one answer in each row."
    words = {
        "sat_1": ["Fully", "Don't know", "2"], "sat_2": ["Not at all", "3", "4"], "sat_3": ["2", "Not applicable", "Fully"],
        "staff1": ["Bad", "0", "Good"], "staff2": ["Good", "1", "-1"], "recommend": ["9", "Not likely", "Very likely"],
        "sex": ["Woman", "Prefer not to say", "Man"],
    }  # fmt: skip
    heads = {n: f"{one}/{ASKED.items[n].text['en']}" for n in ("sat_1", "sat_2", "sat_3")}
    heads |= {"staff1": "How good is/the cashier", "staff2": "How good is/the manager"}
    heads |= {n: ASKED.items[n].text["en"] for n in ("recommend", "sex")}
    boxes = {"1": "Tea, green", "2": "Coffee", "other": "Another"}
    rows = [
        {"start": "2026-01-01", **{heads[n]: said[i] for n, said in words.items()},
         "Which ones": " ".join(boxes[b] for b in person["use"]),
         **{f"Which ones/{w}": int(b in person["use"]) for b, w in boxes.items()},
         "Why so": person["why"], "_id": i, "_uuid": f"u{i}", "_submission_time": "2026-01-01"}
        for i, person in enumerate(PEOPLE)
    ]  # fmt: skip
    found = read(table(tmp_path / "a.csv", rows, ";"), Questionnaire.load(done.bind_with), delimiter=";")
    frame = found.frame(list(BOUND)).to_dict("list")
    assert {k: [None if v != v else v for v in column] for k, column in frame.items()} == BOUND
