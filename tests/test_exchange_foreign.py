"""Forms of others as questionnaires: every item in every language, and what has no place is named, never dropped."""

from __future__ import annotations

import json

import pytest
import xlsxwriter

from surveykit.cli import main
from surveykit.responses.definitions import definition_of

CONSENT = "${consent}='yes'"
SURVEY = [
    {"type": "start", "name": "start"},
    {"type": "note", "name": "intro", "en": "Welcome", "fr": "Bienvenue"},
    {"type": "begin group", "name": "hh", "en": "Household", "fr": "Ménage", "relevant": CONSENT},
    {"type": "select_one yesno", "name": "consent", "en": "Agree?", "fr": "D'accord ?", "hint": "slowly", "required": "yes"},
    {"type": "integer", "name": "age", "en": "Age of ${name}", "fr": "Âge", "constraint": ". > 17"},
    {"type": "begin repeat", "name": "kids", "en": "Children", "fr": "Enfants"},
    {"type": "text", "name": "kid", "en": "Name", "fr": "Nom"},
    {"type": "end repeat"},
    {"type": "calculate", "name": "total", "calculation": "1+1"},
    {"type": "geopoint", "name": "where", "en": "Where", "fr": "Où"},
    {"type": "select_one_from_file v.csv", "name": "village", "en": "Village", "fr": "Village"},
    {"type": "end group"},
    {"type": "begin_group", "name": "trust", "en": "How much do you trust", "fr": "Confiance", "appearance": "table-list"},
    {"type": "select_one trust", "name": "t1", "en": "the police", "fr": "la police"},
    {"type": "select_one trust", "name": "t2", "en": "the courts", "fr": "la justice"},
    {"type": "select_one trust", "name": "t3", "en": "parliament", "fr": "le parlement"},
    {"type": "end_group"},
    {"type": "begin_group", "name": "q7", "appearance": "field-list"},
    {"type": "select_one trust", "name": "q7_h", "en": "And abroad", "fr": "Ailleurs", "appearance": "label"},
    {"type": "select_one trust", "name": "q7_a", "en": "the press", "fr": "la presse", "appearance": "list-nolabel"},
    {"type": "end_group"},
    {"type": "rank food", "name": "rk", "en": "Rank", "fr": "Classez"},
    {"type": "select_multiple food or_other", "name": "eat", "en": "What", "fr": "Quoi"},
    {"type": "", "name": "lonely", "en": "No type", "fr": "Sans type"},
]  # fmt: skip
CHOICES = [
    ("yesno", "yes", "Yes", "Oui"), ("yesno", "no", "No", "Non"), ("food", "rice", "Rice", "Riz"),
    ("food", "beans", "Beans", "Haricots"),
    ("trust", "1", "Not at all", "Pas du tout"), ("trust", "2", "A little", "Un peu"), ("trust", "3", "A lot", "Beaucoup"),
    ("trust", "98", "Don't know", "Ne sait pas"),
]  # fmt: skip


@pytest.fixture
def xlsform(tmp_path):
    path = tmp_path / "house.xlsx"
    heads = {"en": "label::English (en)", "fr": "label::Français (fr)", "hint": "hint::English (en)"}
    columns = list(dict.fromkeys(k for row in SURVEY for k in row))
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in (
            (
                "survey",
                [[heads.get(c, c) for c in columns], *([r.get(c, "") for c in columns] for r in SURVEY)],
            ),
            ("choices", [["list_name", "name", heads["en"], heads["fr"]], *CHOICES]),
            (
                "settings",
                [
                    ["form_title", "form_id", "version", "default_language"],
                    ["House", "hh_1", "7", "English (en)"],
                ],
            ),
            ("external_choices", [["list_name", "name"], ["x", "y"]]),
        ):
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    return path


def notes(draft):
    return {item.id: item.notes for item in draft.items if item.notes}


def test_an_xlsform_of_another_house(xlsform):
    draft = definition_of(xlsform)
    q = draft.questionnaire()
    assert (q.id, q.version, q.languages) == ("hh_1", "7", ("en", "fr"))
    assert list(q.items) == ["consent", "age", "kid", "village", "t1", "t2", "t3", "q7_a", "rk", "eat"]
    assert q.items["t2"].text == {"en": "the courts (How much do you trust)", "fr": "la justice (Confiance)"}
    assert q.items["q7_a"].text == {"en": "the press (And abroad)", "fr": "la presse (Ailleurs)"}
    assert (q.items["t1"].scale.min, q.items["t1"].scale.max, q.items["t1"].missing) == (
        1,
        3,
        {"98": "dont_know"},
    )
    assert [list(c.items) for c in q.constructs.values()] == [["t1", "t2", "t3"]]
    said = notes(draft)
    assert f"shown only if {CONSENT}: blanks can mean not shown" in said["age"]
    assert "its words hold the answer to another question" in said["age"]
    assert any("again and again in kids" in n for n in said["kid"])
    assert any("v.csv" in n for n in said["village"])
    assert draft.left_out == {
        "facts of the interview": ["start"],
        "texts without an answer": ["intro"],
        "headings of groups": ["Household", "Children"],
        "hints": ["consent"],
        "questions that must be answered": ["consent"],
        "limits to answers": ["age"],
        "values that the form computes": ["total"],
        "places": ["where"],
        "lines that only label a table": ["q7_h"],
        "rows without a type or a name": ["row 25 of the sheet survey"],
        "sheets": ["external_choices"],
    }


def test_every_row_of_a_form_is_an_item_or_named(xlsform):
    draft = definition_of(xlsform)
    told = draft.summary()
    for row in SURVEY:
        if row["type"].startswith(("begin", "end")) or row["name"] == "lonely":
            continue
        assert row["name"] in {i.id for i in draft.items} or row["name"] in told


def test_a_surveyjs_form_of_another_house(tmp_path):
    path = tmp_path / "visitors.json"
    agree = [{"value": i, "text": {"default": en, "zh-cn": zh}} for i, en, zh in
             ((1, "Disagree", "不同意"), (2, "Neutral", "中立"), (3, "Agree", "同意"))]  # fmt: skip
    elements = [
        {"type": "html", "name": "hello", "html": "<p>hi</p>"},
        {"type": "matrix", "name": "Quality", "title": {"default": "Do you agree?", "zh-cn": "是否同意"}, "columns": agree,
         "rows": [{"value": "price", "text": {"default": "It is cheap", "zh-cn": "便宜"}}, "it works"]},
        {"type": "panel", "name": "p", "title": "Panel", "visibleIf": "{Quality.price} = 1", "elements": [
            {"type": "rating", "name": "nps-score", "title": "Recommend us?", "rateMin": 0, "rateMax": 10, "isRequired": True}]},
        {"type": "matrixdropdown", "name": "md", "title": "Use", "rows": ["bus"],
         "columns": [{"name": "often", "cellType": "radiogroup", "choices": ["daily", "weekly"]}]},
        {"type": "paneldynamic", "name": "kids", "title": "Kids", "templateElements": [{"type": "text", "name": "kid"}]},
        {"type": "radiogroup", "name": "income", "title": "Income", "choices": ["low", "high"], "showDontKnowItem": True,
         "showRefuseItem": True},
        {"type": "dropdown", "name": "land", "title": "Country", "choicesByUrl": {"url": "https://x"}},
        {"type": "signaturepad", "name": "sig"},
        {"type": "hologram", "name": "odd", "title": "Odd"},
    ]  # fmt: skip
    pages = [{"name": "p1", "title": "About you", "elements": elements}]
    path.write_text(json.dumps({"title": "Visitors", "pages": pages, "triggers": [{}]}), "utf-8")
    draft = definition_of(path)
    q = draft.questionnaire()
    assert list(q.items) == [
        "Quality_price",
        "Quality_it_works",
        "nps_score",
        "md_bus_often",
        "kids",
        "income",
        "land",
        "odd",
    ]
    assert q.items["Quality_price"].text == {"en": "It is cheap (Do you agree?)", "zh": "便宜（是否同意）"}
    assert q.items["income"].missing == {"dontknow": "dont_know", "refused": "refused"}
    assert notes(draft)["nps_score"] == ["shown only if {Quality.price} = 1: blanks can mean not shown"]
    assert set(notes(draft)) == {"nps_score", "kids", "land", "odd"}
    assert draft.left_out == {
        "texts without an answer": ["hello"],
        "questions that must be answered": ["nps-score"],
        "pictures, recordings and files": ["sig"],
        "headings of pages and panels": ["About you", "Panel"],
        "triggers": ["triggers"],
    }


def listed(*words):
    return {str(i): {"Display": w} for i, w in enumerate(words, 1)}


def asked(number, tag, kind, selector, **more):
    payload = {
        "QuestionID": f"QID{number}",
        "DataExportTag": tag,
        "QuestionType": kind,
        "Selector": selector,
        **more,
    }
    return {"Element": "SQ", "Payload": payload}


def test_a_qualtrics_survey_of_another_house(tmp_path):
    path = tmp_path / "brand.qsf"
    block = {
        "Type": "Default",
        "ID": "B1",
        "BlockElements": [{"QuestionID": f"QID{i}"} for i in (3, 1, 2, 4, 5, 6)],
    }
    trash = {"Type": "Trash", "ID": "B2", "BlockElements": [{"QuestionID": "QID9"}]}
    chinese = {
        "QuestionText": "满意吗",
        "Choices": listed("价格", "店员"),
        "Answers": listed("不满意", "一般", "满意", "不适用"),
    }
    table = {
        "QuestionText": "Importance",
        "SubSelector": "SingleAnswer",
        "Answers": listed("Low", "Mid", "High"),
    }
    elements = [
        {"Element": "BL", "Payload": {"0": block, "1": trash}},
        {"Element": "FL", "Payload": {"Flow": [{"Type": "EmbeddedData", "EmbeddedData": [{"Field": "panel"}]},
                                               {"Type": "Branch", "Flow": [{"Type": "Block", "ID": "B1"}]}]}},
        asked(1, "age", "MC", "SAVR", QuestionText="Age", Choices=listed("young", "old"), DisplayLogic={"0": {}}),
        asked(2, "sat", "Matrix", "Likert", SubSelector="SingleAnswer", QuestionText="Satisfied",
              Choices=listed("price", "staff"),
              Answers=listed("Dissatisfied", "Neutral", "Satisfied", "No basis"),
              RecodeValues={"1": "1", "2": "2", "3": "3", "4": "-1"}, Language={"ZH-S": chinese}),
        asked(3, "hi", "DB", "TB", QuestionText="Hello"),
        asked(4, "warm", "Slider", "HSLIDER", QuestionText="Warm", Choices=listed("A"),
              Configuration={"CSSliderMin": 0, "CSSliderMax": 100, "NumDecimals": "0"}),
        asked(5, "who", "TE", "FORM", QuestionText="Who", Choices=listed("Mail", "City")),
        asked(6, "both", "SBS", "SBSMatrix", QuestionText="Both", Choices=listed("price"), AdditionalQuestions={"1": table}),
        asked(9, "old", "MC", "SAVR", QuestionText="Old", Choices=listed("a", "b")),
    ]  # fmt: skip
    path.write_text(
        json.dumps(
            {"SurveyEntry": {"SurveyName": "Brand", "SurveyLanguage": "EN"}, "SurveyElements": elements}
        )
    )
    draft = definition_of(path)
    q = draft.questionnaire()
    assert list(q.items) == ["age", "sat_1", "sat_2", "warm_1", "who_1", "who_2", "both_1_1"]
    assert q.items["sat_1"].text == {"en": "price (Satisfied)", "zh": "价格（满意吗）"}
    assert q.items["sat_1"].missing == {"-1": "not_shown"}
    assert (q.items["warm_1"].scale.kind, q.items["warm_1"].scale.max) == ("numeric", 100)
    assert q.items["both_1_1"].aliases == ("both#1_1",)
    assert set(notes(draft)) == {"age"}
    assert draft.left_out == {
        "texts without an answer": ["hi"],
        "questions in the trash": ["old"],
        "data set by the survey or its link": ["panel"],
        "branches of the survey": [],
    }


TSV = """class\ttype/scale\tname\trelevance\ttext\thelp\tlanguage\tother
S\t\tlanguage\t\ten\t\t\t
S\t\tadditional_languages\t\tzh-Hans\t\t\t
SL\t\tsurveyls_title\t\tClub\t\ten\t
SL\t\tsurveyls_title\t\t俱乐部\t\tzh-Hans\t
G\t\tGroup one\tgender=='F'\tdesc\t\ten\t
Q\tF\tsat\t1\tHow satisfied\thelp\ten\t
SQ\t0\tSQ001\t1\tprice\t\ten\t
SQ\t0\tSQ002\tx>1\tstaff\t\ten\t
A\t0\tAO01\t\tDissatisfied\t\ten\t
A\t0\tAO02\t\tNeutral\t\ten\t
A\t0\tAO03\t\tSatisfied\t\ten\t
Q\t:\tnum\t1\tNumbers\t\ten\t
SQ\t0\tr1\t1\trow\t\ten\t
SQ\t1\tc1\t1\tcolumn\t\ten\t
Q\tY\tyn\tsat==1\tYes?\t\ten\t
Q\tX\ttxt\t1\tHello\t\ten\t
Q\t*\teq\t1\t{a+b}\t\ten\t
G\t\t第一组\t\t\t\tzh-Hans\t
Q\tF\tsat\t1\t满意吗\t\tzh-Hans\t
SQ\t0\tSQ001\t1\t价格\t\tzh-Hans\t
SQ\t0\tSQ002\t1\t店员\t\tzh-Hans\t
A\t0\tAO01\t\t不满意\t\tzh-Hans\t
A\t0\tAO02\t\t一般\t\tzh-Hans\t
A\t0\tAO03\t\t满意\t\tzh-Hans\t
QTA\t\tQuota A\t\tx\t\t\t
"""


def test_a_limesurvey_of_another_house(tmp_path):
    path = tmp_path / "club.txt"
    path.write_text(TSV, "utf-8")
    draft = definition_of(path)
    q = draft.questionnaire()
    assert list(q.items) == ["sat_SQ001", "sat_SQ002", "num_r1_c1", "yn"]
    assert q.items["sat_SQ002"].text == {"en": "staff (How satisfied)", "zh": "店员（满意吗）"}
    # answers in their order are a scale whatever their codes, and the codes bind
    assert q.items["sat_SQ001"].scale.labels[3] == {"en": "Satisfied", "zh": "满意", "zxx": "AO03"}
    assert q.items["num_r1_c1"].aliases == ("num[r1_c1]",)
    assert q.items["yn"].options["Y"] == {"en": "Yes"}
    assert notes(draft)["yn"][-1] == "shown only if sat==1: blanks can mean not shown"
    assert all("shown only if gender=='F': blanks can mean not shown" in n for n in notes(draft).values())
    assert len(notes(draft)) == 4
    assert draft.left_out == {
        "hints": ["sat"],
        "texts without an answer": ["txt"],
        "values that the form computes": ["eq"],
        "headings of groups": ["Group one", "第一组"],
        "rows that depend on other answers": ["SQ002"],
        "quotas": ["Quota A"],
    }


def test_the_command_lists_what_is_not_taken_over(xlsform, capsys):
    with pytest.raises(SystemExit) as left:
        main(["new", str(xlsform.parent / "study"), "--from", str(xlsform)])
    assert not left.value.code
    told = capsys.readouterr()
    assert "house.xlsx: 10 items" in told.err
    assert "not taken over, places: where" in told.err
    written = (xlsform.parent / "study" / "questionnaire.yaml").read_text("utf-8")
    assert "# not taken over, places: where" in written
    assert "# shown only if ${consent}='yes': blanks can mean not shown" in written
