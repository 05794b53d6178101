"""Drafts: what the words of answers give away, and the questionnaire that comes of an export."""

# ruff: noqa: E501  (a row stays on one line)

from __future__ import annotations

import json

import pytest

from surveykit.analyses import analyse
from surveykit.cli import app
from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire, lint, wording
from surveykit.responses import read
from surveykit.responses.choices import learn, pick
from surveykit.responses.definitions import definition_of
from surveykit.responses.drafting import draft_from
from surveykit.responses.raw import ReaderOptions, read_raw
from surveykit.study import run
from surveykit.study.from_export import study_from_export
from tests.exports import ALL, write, write_platform

PLAIN = [
    ["name", "gender", "sat_1", "sat_2", "sat_3", "nps", "satisfaction", "age"],
    *[
        [f"P {i}", "MF"[i % 2], str(1 + i % 5), str(1 + (i + (i % 7 == 0)) % 5), str(5 - i % 5), str(i % 11), str(99 if i == 3 else 1 + i % 5),
         str(20 + i)]
        for i in range(60)
    ],
]  # fmt: skip


def drafted(path, **options):
    raw, frame = read_raw(path, ReaderOptions(**options))
    found = draft_from(raw, frame)
    return found, Questionnaire.from_text(found.draft.yaml())


@pytest.mark.parametrize(
    ("labels", "points", "top"),
    [
        (["Strongly agree", "Agree", "Neutral", "Disagree", "Strongly disagree"], 5, "Strongly agree"),
        (["Very satisfied", "Somewhat satisfied", "Very dissatisfied"], 4, "Very satisfied"),
        (["非常满意", "满意", "一般", "不满意"], 5, "非常满意"),
        (["完全同意", "比较同意", "不确定", "不太同意", "完全不同意"], 5, "完全同意"),
        (["Never", "Sometimes", "Always"], 3, "Always"),
        (["从不", "偶尔", "经常", "总是"], 4, "总是"),
        (["Poor", "Fair", "Good", "Very good", "Excellent"], 5, "Excellent"),
        (["Not at all likely", "Somewhat likely", "Extremely likely"], 3, "Extremely likely"),
    ],
)
def test_words_with_an_order(labels, points, top):
    found = wording.ordered(labels)
    assert found.points == points
    assert max(found.codes, key=found.codes.get) == top
    assert found.codes[top] == points


@pytest.mark.parametrize(
    "labels", [["Yes", "No", "Maybe"], ["Male", "Female", "Other"], ["北京", "上海", "广州"], ["Agree"]]
)
def test_words_without_an_order(labels):
    assert wording.ordered(labels) is None


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        ("Email Address", [], "e-mail"),
        ("您的手机号", [], "telephone"),
        ("Q7", ["13800000001", "13912345678"], "telephone"),
        ("contact", ["a@b.org", "c@d.cn"], "e-mail"),
        ("id", ["110101199003078515"], "identity card"),
        ("从哪里来", ["1.2.3.4(北京)"], "address"),
        ("微信号", [], "account"),
        ("How satisfied are you with our e-mail?" + " really" * 12, ["4"], ""),
        ("Brand", ["Alpha"], ""),
    ],
)
def test_personal_data_is_recognised(header, cells, kind):
    assert wording.is_personal(header, cells) == kind


def test_choices_that_contain_the_separator():
    cells = {"Yes, often": 5, "No": 4, "Yes, often, Sport": 3, "Sport": 6, "No, Sport": 2}
    assert set(learn(cells, ", ")) == {"Yes, often", "Sport", "No"}
    thoughts = {"I think, therefore I am": 1, "Well, it depends on the weather": 1, "Nothing": 1}
    assert learn(thoughts, ", ") == {}
    assert pick("a, b, free, text", ", ", {"a, b": "1"}) == (["1"], ["free, text"])


def test_a_plain_table(tmp_path):
    found, q = drafted(write(tmp_path / "plain.csv", PLAIN))
    assert found.personal == {"name": "name"}
    assert "name" not in q.items
    assert q.items["gender"].type == "single"
    assert q.groups == ("gender",)
    assert (q.items["nps"].scale.min, q.items["nps"].scale.max) == (0, 10)
    assert q.items["age"].type == "number"
    assert q.constructs["sat_all"].items == ("sat_1", "sat_2", "sat_3")
    text = found.draft.yaml()
    assert "correlates negatively" in text.split("sat_3:")[0].split("sat_2:")[1]
    assert '"99"' in text
    assert "confirm" in text
    data = read(tmp_path / "plain.csv", q)
    assert data.frame(["satisfaction"]).max().item() == 5


@pytest.mark.parametrize("platform", ALL)
def test_the_draft_of_each_platform_binds_its_own_export(tmp_path, platform):
    path = write_platform(tmp_path, platform)
    _, q = drafted(path)
    data = read(path, q)
    report = data.import_report
    assert report.rows_read == report.rows_used + sum(n for _, n in report.set_aside)
    assert not {"ip", "email", "手机号"} & {w for i in q.items.values() for w in i.text.values()}
    assert not [
        e for e in lint(q) if "text" in e.what and "same" in e.what and not path.name.startswith("typeform")
    ]


def test_drafts_keep_the_language_of_the_export(tmp_path):
    _, q = drafted(write_platform(tmp_path, "wenjuanxing"))
    assert q.languages == ("zh",)
    scale = next(i.scale for i in q.items.values() if i.scale)
    assert [scale.labels[c]["zh"] for c in (2, 3, 4, 5)] == ["不满意", "一般", "满意", "非常满意"]
    assert next(iter(q.constructs.values())).title["zh"] == "请评价以下方面"


def test_several_answers_over_one_base(tmp_path):
    path = write_platform(tmp_path, "limesurvey")
    _, q = drafted(path)
    item = next(i for i in q.items.values() if i.type == "multi")
    found = analyse(read(path, q), "frequencies", items=[item.id]).tidy()
    assert found["n"].tolist() == [2, 2, 2]
    assert found["count"].tolist() == [1, 0, 1]
    assert found["estimate"].tolist() == [0.5, 0.0, 0.5]


def test_frequencies_weighted_by_group_and_by_answers(tmp_path):
    import pandas as pd

    q = Questionnaire.from_text(
        "{id: t, title: T, weight: w, items: {m: {text: M, type: multi, options: {a: A, b: B}},"
        " g: {text: G, options: {x: X, y: Y}}, w: {text: W, type: number}}}"
    )
    rows = [("A;B", "x", 1.0), ("A", "x", 3.0), ("B", "y", 2.0), (None, "y", 5.0), ("A", "y", 4.0)] * 4
    data = read(pd.DataFrame(rows, columns=["m", "g", "w"]), q)
    found = analyse(data, "frequencies", items=["m"], by="g").tidy().set_index(["term", "group"])
    assert found.loc[("m=a", "x"), "estimate"] == 1.0
    assert found.loc[("m=b", "x"), "estimate"] == pytest.approx(1 / 4)
    assert found.loc[("m=a", "y"), "estimate"] == pytest.approx(4 / 6)
    assert found.loc[("m=a", "y"), "n"] == 8
    answers = analyse(data, "frequencies", items=["m"], base="answers").tidy()
    assert answers["estimate"].tolist() == pytest.approx([8 / 11, 3 / 11])
    assert answers["n"].tolist() == [20, 20]
    with pytest.raises(SurveykitError, match="no question with options"):
        analyse(data, "frequencies", items=["w"])


def test_an_answer_beside_the_options_is_a_finding_or_other():
    import pandas as pd

    text = "{id: t, title: T, items: {m: {text: M, type: multi, options: {a: 'Red, dark', b: Blue%s}}}}"
    frame = pd.DataFrame({"m": ["Red, dark, Blue", "Green", "Blue", "∅"]})
    with pytest.raises(SurveykitError, match="no option of this item"):
        read(frame, Questionnaire.from_text(text % ""))
    data = read(frame, Questionnaire.from_text(text % ", other: Other"))
    assert data.frame(["m__a", "m__b", "m__other"]).values.tolist() == [
        [1, 1, 0],
        [0, 0, 1],
        [0, 1, 0],
        [0, 0, 0],
    ]


def test_new_from_an_export_runs_at_once(tmp_path):
    made = study_from_export(tmp_path / "study", write(tmp_path / "plain.csv", PLAIN))
    assert [f.name for f in made.files] == ["questionnaire.yaml", "study.yaml"]
    assert "metric nps: nps of nps" not in made.summary()
    assert "nps of nps" in made.summary()
    assert "left out as personal: name" in made.summary()
    done = run(tmp_path / "study" / "study.yaml", tmp_path / "out")
    assert {"report.pdf", "report.html", "results.json", "tables.xlsx"} == {f.name for f in done.files}
    results = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert results["rows"]["read"] == 60
    assert "P 7" not in (tmp_path / "out" / "results.json").read_text("utf-8")


def test_new_refuses_a_folder_that_holds_something(tmp_path):
    path = write_platform(tmp_path, "kobo")
    with pytest.raises(SurveykitError, match="not empty"):
        study_from_export(tmp_path, path)


def test_the_command(tmp_path, capsys):
    path = write_platform(tmp_path, "google_forms")
    app(["new", str(tmp_path / "s"), "--from", str(path)], standalone_mode=False)
    out = capsys.readouterr()
    assert out.out.splitlines()[-1].endswith("study.yaml")
    assert "platform google_forms" in out.err
    assert "platform: google_forms" in (tmp_path / "s" / "study.yaml").read_text("utf-8")


DEFINITIONS = {
    "f.json": json.dumps({
        "title": "Shop", "elements": [
            {"type": "rating", "name": "nps", "title": "How likely are you to recommend us?", "rateMin": 0, "rateMax": 10},
            {"type": "matrix", "name": "m", "title": "Agree?", "rows": ["a", "b", {"value": "c", "text": "See"}],
             "columns": ["1|Disagree", "2|Neutral", "3|Agree"]},
            {"type": "checkbox", "name": "which ones", "choices": ["x|Tea", "y|Coffee"], "hasOther": True, "visibleIf": "{nps} > 5"},
        ]}),
    "f.qsf": json.dumps({
        "SurveyEntry": {"SurveyName": "Shop"}, "SurveyElements": [
            {"Element": "SQ", "Payload": {"QuestionType": "MC", "Selector": "SAVR", "DataExportTag": "sat", "QuestionText": "<b>How</b>?",
             "Choices": {"1": {"Display": "Good"}, "2": {"Display": "Fair"}, "3": {"Display": "Poor"}, "4": {"Display": "No basis"}},
             "RecodeValues": {"1": 3, "2": "2", "3": 1, "4": -1}}},
            {"Element": "SQ", "Payload": {"QuestionType": "MC", "Selector": "MAVR", "DataExportTag": "use", "QuestionText": "Which?",
             "Choices": [{"Display": "Tea"}, {"Display": "Coffee"}]}},
            {"Element": "BL", "Payload": []},
        ]}),
    "f.lss": """<document><LimeSurveyDocType>Survey</LimeSurveyDocType><languages><language>en</language></languages>
        <questions><rows><row><qid>1</qid><parent_qid>0</parent_qid><type>M</type><title>use</title><question><![CDATA[<p>Which?</p>]]></question>
        <language>en</language></row><row><qid>2</qid><parent_qid>0</parent_qid><type>5</type><title>rate</title><question>Rate</question>
        <language>en</language></row></rows></questions>
        <subquestions><rows><row><qid>3</qid><parent_qid>1</parent_qid><title>SQ1</title><question>Tea</question><language>en</language></row>
        </rows></subquestions></document>""",
}  # fmt: skip


@pytest.mark.parametrize("name", DEFINITIONS)
def test_definitions_become_questionnaires(tmp_path, name):
    path = tmp_path / name
    path.write_text(DEFINITIONS[name], encoding="utf-8")
    q = Questionnaire.from_text(definition_of(path).yaml())
    several = next(i for i in q.items.values() if i.type == "multi")
    assert "Tea" in {w for words in several.options.values() for w in words.values()}
    if name == "f.qsf":
        assert dict(q.items["sat"].scale.missing) == {"-1": "not_shown"}
        assert [q.items["sat"].scale.labels[i]["en"] for i in (1, 2, 3)] == ["Poor", "Fair", "Good"]
    if name == "f.json":
        assert q.metrics["nps"].options["item"] == "nps"
        assert q.constructs["m_all"].items == ("m_a", "m_b", "m_c")
        assert "other" in several.options


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '{"pages": []}', "<a/>", '<!DOCTYPE x [<!ENTITY a "b">]><document/>']
)
@pytest.mark.parametrize("ending", ["qsf", "lss", "json", "xlsx"])
def test_a_damaged_definition_is_one_error(tmp_path, text, ending):
    path = tmp_path / f"f.{ending}"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SurveykitError):
        definition_of(path)


def test_real_definitions(shared_data):
    qsf = definition_of(shared_data("exports/qualtrics/q02_no_basis_negative_codes.qsf"))
    codes = {c for i in qsf.items for c in (*i.options, *i.missing)} | {
        c for s in qsf.scales.values() for c in s.missing
    }
    assert {"-1", "-2", "1", "2", "3"} <= codes
    lss = definition_of(shared_data("exports/limesurvey/ls05_structure.lss"))
    assert sum(len(i.options) for i in lss.items) > 600
    form = definition_of(shared_data("exports/kobo/kb03_xlsform_or_other.xlsx"))
    assert [i.id for i in form.items] == ["fav_color", "fav_pastel"]
    assert "other" in form.items[0].options
    js = definition_of(shared_data("exports/surveyjs/sj01_product_feedback.json"))
    assert [(s.low, s.high) for s in js.scales.values()] == [(1, 5)] * 3
    for draft in (qsf, lss, form, js):
        Questionnaire.from_text(draft.yaml())


REAL = [
    "google_forms/gf01_sheets_download_comma_multi.csv",
    "kobo/kb01_select_multiple_both_or_other.csv",
    "qualtrics/q01_many_types_3hdr_pydict_importid.csv",
    "qualtrics/q02_no_basis_negative_codes_3hdr.csv",
    "surveymonkey/sm01_starwars_2hdr.csv",
    "typeform/tf01_html_headers_first120.csv",
    "wenjuanxing/wj02_text_skip_blank_other_excerpt.csv",
    "wenjuanxing/tx01_tencent_gb18030_first150.csv",
    "spss/sp01_multiple_response_alltypes.sav",
    "stata/st01_extended_missing.dta",
]


@pytest.mark.parametrize("name", REAL)
def test_each_real_export_drafts_a_study_that_binds(shared_data, tmp_path, name):
    made = study_from_export(tmp_path / "s", shared_data(f"exports/{name}"))
    assert made.report.rows_used > 0
    assert Questionnaire.load(made.files[0]).items
    personal = {"ipaddress", "recipientemail", "network id", "locationlatitude"}
    written = made.files[0].read_text("utf-8").partition("\nitems:")[2].casefold()
    assert not any(word in written for word in personal)


def test_definitions_keep_all_their_languages(tmp_path):
    qsf = {"SurveyEntry": {"SurveyName": "Shop"}, "SurveyElements": [{"Element": "SQ", "Payload": {
        "QuestionType": "MC", "Selector": "SAVR", "DataExportTag": "sat", "QuestionText": "How was it?",
        "Choices": {"1": {"Display": "Tea"}, "2": {"Display": "Coffee"}},
        "Language": {"ZH-S": {"QuestionText": "怎么样？", "Choices": {"1": {"Display": "茶"}, "2": {"Display": "咖啡"}}}}}}]}  # fmt: skip
    (tmp_path / "f.qsf").write_text(json.dumps(qsf), "utf-8")
    row = "<row><qid>1</qid><parent_qid>0</parent_qid><type>L</type><title>sat</title><question>{}</question><language>{}</language></row>"
    answer = "<row><qid>1</qid><code>{}</code><answer>{}</answer><language>{}</language></row>"
    lss = (
        "<document><LimeSurveyDocType>Survey</LimeSurveyDocType><languages><language>en</language>"
        "<language>zh-Hans</language></languages><questions><rows>"
        + row.format("How was it?", "en") + row.format("怎么样？", "zh-Hans") + "</rows></questions><answers><rows>"
        + answer.format("1", "Tea", "en") + answer.format("2", "Coffee", "en")
        + answer.format("1", "茶", "zh-Hans") + answer.format("2", "咖啡", "zh-Hans") + "</rows></answers></document>"
    )  # fmt: skip
    (tmp_path / "f.lss").write_text(lss, "utf-8")
    for name in ("f.qsf", "f.lss"):
        q = Questionnaire.from_text(definition_of(tmp_path / name).yaml())
        assert q.languages == ("en", "zh")
        assert dict(q.items["sat"].text) == {"en": "How was it?", "zh": "怎么样？"}
        assert dict(q.items["sat"].options["2"]) == {"en": "Coffee", "zh": "咖啡"}


def test_a_form_in_a_language_that_reports_lack(tmp_path):
    form = {
        "locale": "fr",
        "elements": [{"type": "radiogroup", "name": "q", "title": "Ça va ?", "choices": ["1|Oui", "2|Non"]}],
    }
    (tmp_path / "f.json").write_text(json.dumps(form), "utf-8")
    export = tmp_path / "a.csv"
    export.write_text("q\n1\n2\n1\n", "utf-8")
    made = study_from_export(tmp_path / "s", export, definition=tmp_path / "f.json")
    assert Questionnaire.load(made.files[0]).languages == ("fr",)
    assert "languages: [en]" in made.files[1].read_text("utf-8")
