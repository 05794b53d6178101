"""DDI-Codebook: variables, questions as asked, missing codes, groups, several languages; and what is refused."""

from __future__ import annotations

import pytest

from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.responses.definitions import definition_of

CATEGORIES = """
 <catgry><catValu>1</catValu><labl>Not satisfied at all</labl><labl xml:lang="zh">完全不满意</labl>
 <catStat type="freq">3</catStat></catgry>
 <catgry><catValu>2</catValu><labl>Two</labl></catgry><catgry><catValu>3</catValu><labl>3</labl></catgry>
 <catgry missing="Y"><catValu>-8</catValu><labl>Don't know</labl></catgry>
 <catgry missing="Y"><catValu>-9</catValu><labl>Refused</labl></catgry>
 <catgry missing="Y" missType="inap"><catValu>-1</catValu><labl>Item skipped by filter</labl></catgry>"""
BOOK = f"""<?xml version="1.0" encoding="UTF-8"?>
<codeBook xmlns="ddi:codebook:2_5" version="2.5" xml:lang="en" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="ddi:codebook:2_5 http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd">
<stdyDscr><citation><titlStmt><titl>Life &amp; work</titl><IDNo>ZA1</IDNo></titlStmt></citation></stdyDscr>
<dataDscr>
<varGrp ID="G1" var="V2 V3 V4"><labl>Satisfaction</labl></varGrp>
<var ID="V1" name="respid" intrvl="contin"><labl>Respondent</labl><varFormat type="numeric"/></var>
{
    "".join(
        f'''<var ID="V{i}" name="sat{i}" intrvl="discrete" nature="ordinal"><labl>Sat {i}</labl>
 <qstn><preQTxt>Please say</preQTxt><qstnLit>How satisfied are you with part {i}?</qstnLit></qstn>
 <universe>All employed</universe><concept>Satisfaction</concept>{CATEGORIES}</var>'''
        for i in (2, 3, 4)
    )
}
<var ID="V5" name="sex" intrvl="discrete" nature="nominal"><labl>Gender</labl><labl xml:lang="zh">性别</labl>
 <catgry><catValu>1.0</catValu><labl>Man</labl></catgry><catgry><catValu>2.0</catValu><labl>Woman</labl></catgry></var>
<var ID="V6" name="age" intrvl="contin"><labl>Age</labl><invalrng><item VALUE="999"/><range min="-9" max="-1"/>
 <range min="9000"/></invalrng>
 <catgry><catValu>97</catValu><labl>97 and over</labl></catgry><varFormat type="numeric"/></var>
<var ID="V7" name="why" intrvl="contin"><labl>Why?</labl><varFormat type="character"/></var>
<var ID="V8" name="weight1" wgt="wgt" intrvl="contin"><labl>Weight</labl></var>
</dataDscr></codeBook>"""


@pytest.fixture
def asked(tmp_path):
    path = tmp_path / "book.xml"
    path.write_text(BOOK, "utf-8")
    return Questionnaire.from_text(definition_of(path).yaml())


def test_variables_become_items(asked):
    assert list(asked.items) == ["respid", "sat2", "sat3", "sat4", "sex", "age", "why"]
    assert dict(asked.title) == {"en": "Life & work"}
    item = asked.items["sat2"]
    assert dict(item.text) == {"en": "How satisfied are you with part 2?"}
    assert (item.scale.min, item.scale.max, dict(item.scale.labels[1])) == (
        1,
        3,
        {"en": "Not satisfied at all", "zh": "完全不满意"},
    )
    assert dict(item.missing) == {"-8": "dont_know", "-9": "refused", "-1": "not_shown"}
    assert {c: dict(t) for c, t in asked.items["sex"].options.items()} == {
        "1": {"en": "Man"},
        "2": {"en": "Woman"},
    }
    assert dict(asked.items["sex"].text) == {"en": "Gender", "zh": "性别"}
    assert (asked.items["age"].type, dict(asked.items["age"].missing)) == (
        "number",
        {"999": "skipped"} | {str(code): "skipped" for code in range(-9, 0)},
    )
    assert asked.items["why"].type == "text"
    assert [c.items for c in asked.constructs.values()] == [("sat2", "sat3", "sat4")]


def test_universe_and_concept_are_comments(tmp_path):
    path = tmp_path / "book.xml"
    path.write_text(BOOK, "utf-8")
    text = definition_of(path).yaml()
    assert "# asked of: All employed" in text
    assert "# codes from 9000 to … are declared missing" in text


def test_its_data_file_binds(tmp_path, asked):
    path = tmp_path / "data.csv"
    path.write_text("respid,sat2,sat3,sat4,sex,age,why\n1,1,2,3,1,30,a\n2,-8,-9,-1,2,999,\n", "utf-8")
    report = {c.item: dict(c.missing) for c in read(path, asked).import_report.columns}
    assert [report[f"sat{i}"] for i in (2, 3, 4)] == [{"dont_know": 1}, {"refused": 1}, {"not_shown": 1}]
    assert report["age"] == {"skipped": 1}


def test_older_versions_without_a_namespace(tmp_path):
    path = tmp_path / "old.xml"
    path.write_text(BOOK.replace('xmlns="ddi:codebook:2_5" ', ""), "utf-8")
    assert len(definition_of(path).items) == 7


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE codeBook [<!ENTITY x SYSTEM "file:///etc/passwd">]><codeBook>&x;</codeBook>',
        '<!DOCTYPE a [<!ENTITY a "aaa"><!ENTITY b "&a;&a;&a;">]><codeBook><dataDscr><var name="&b;"/></dataDscr></codeBook>',
        BOOK[:900],
        "<html></html>",
        "",
        "\0\0",
        '<?xml version="1.0" encoding="no-such"?><codeBook/>',
    ],
)
def test_entities_and_damage_are_refused(tmp_path, text):
    path = tmp_path / "book.xml"
    path.write_text(text, "utf-8")
    with pytest.raises(SurveykitError) as refused:
        definition_of(path)
    assert "root:" not in str(refused.value)
