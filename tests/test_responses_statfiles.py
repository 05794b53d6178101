"""SPSS and Stata files as they come: code pages of other machines, labels on some codes, sets that nobody declared."""

from __future__ import annotations

import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.responses.raw import ReaderOptions, read_raw
from surveykit.study.from_export import study_from_export
from tests.statfiles import write_sav

COLUMNS = [("Q1", 0, "您的性别"), ("Q2", 0, "您对服务的满意度"), ("Q3", 24, "您的意见")]
ROWS = [[1 + i % 2, 1 + i % 5, ["服务很好", "希望便宜一些"][i % 2]] for i in range(20)]
SATISFIED = {1: "非常不满意", 2: "不满意", 3: "一般", 4: "满意", 5: "非常满意"}
LABELS = [(["Q1"], {1: "男", 2: "女"}), (["Q2"], SATISFIED)]


@pytest.mark.parametrize(
    ("code_page", "named", "guessed"),
    [
        (936, "", False),
        (936, "GBK", False),
        (54936, "GB18030", False),
        (1252, "", True),
        (2, "", True),
        (None, "", True),
    ],
)
def test_chinese_spss_files_of_any_code_page(tmp_path, code_page, named, guessed):
    path = write_sav(tmp_path / "a.sav", COLUMNS, ROWS, "gb18030", code_page, LABELS, named)
    raw, frame = read_raw(path, ReaderOptions())
    assert list(raw.question.values()) == ["您的性别", "您对服务的满意度", "您的意见"]
    assert list(raw.value_labels["Q2"].values()) == list(SATISFIED.values())
    assert frame["Q3"].to_list()[:2] == ["服务很好", "希望便宜一些"]
    assert any("encoding gb18030" in g for g in raw.guesses) == guessed


def test_spss_files_in_big5_and_in_windows_1252(tmp_path):
    traditional = [("Q1", 0, "您對服務的滿意程度"), ("Q2", 24, "您的意見與建議")]
    path = write_sav(tmp_path / "a.sav", traditional, [[1, "服務態度很好"], [2, "沒有意見"]], "big5", 1252)
    assert list(read_raw(path, ReaderOptions())[0].question.values()) == [t for _, _, t in traditional]
    german = [("Q1", 0, "Zufriedenheit mit Öffnungszeiten"), ("Q2", 24, "Größe")]
    path = write_sav(tmp_path / "b.sav", german, [[1, "übel"], [2, "schön"]], "cp1252", 1252)
    raw, _ = read_raw(path, ReaderOptions())
    assert list(raw.question.values()) == [t for _, _, t in german]
    assert not raw.guesses


def test_an_encoding_that_does_not_fit_is_an_error(tmp_path):
    path = write_sav(tmp_path / "a.sav", COLUMNS, ROWS, "gb18030", None, LABELS)
    with pytest.raises(SurveykitError) as caught:
        read_raw(path, ReaderOptions(encoding="UTF-8"))
    assert caught.value.code == "DAMAGED"


def test_portable_files_take_no_encoding(tmp_path):
    (tmp_path / "a.por").write_bytes(b"x" * 600)
    with pytest.raises(SurveykitError) as caught:
        read_raw(tmp_path / "a.por", ReaderOptions(encoding="gbk"))
    assert caught.value.code == "OPTION"


def test_chinese_stata_files_from_before_unicode(tmp_path):
    def bytewise(text):
        return text.encode("gbk").decode("latin-1")

    frame = pd.DataFrame({"sex": [1, 2] * 10, "s1": [1, 2, 3, 4, 5] * 4})
    frame.to_stata(
        tmp_path / "a.dta", write_index=False, version=114,
        variable_labels={"s1": bytewise("您对服务的满意度")},
        value_labels={"s1": {k: bytewise(w) for k, w in SATISFIED.items()}, "sex": {1: bytewise("男"), 2: bytewise("女")}},
    )  # fmt: skip
    made = study_from_export(tmp_path / "s", tmp_path / "a.dta")
    assert any("encoding gb18030" in g for g in made.report.guesses)
    q = Questionnaire.load(made.files[0])
    assert dict(q.items["s1"].scale.labels[5]) == {q.languages[0]: "非常满意"}
    assert read(tmp_path / "a.dta", q).frame(["s1"])["s1"].tolist()[:5] == [1, 2, 3, 4, 5]


def drafted(tmp_path, frame, labels, names=None, **more):
    import pyreadstat

    path = tmp_path / "a.sav"
    pyreadstat.write_sav(frame, str(path), variable_value_labels=labels, column_labels=names, **more)
    made = study_from_export(tmp_path / "s", path)
    q = Questionnaire.load(made.files[0])
    return made, q, read(path, q)


def test_labels_that_fall_turn_their_items_round(tmp_path):
    best_first = {1: "Strongly agree", 2: "Agree", 3: "Neither", 4: "Disagree", 5: "Strongly disagree"}
    satisfied = dict(enumerate(["非常满意", "满意", "一般", "不满意", "非常不满意"], 1))
    frame = pd.DataFrame({**{f"A{k}": [1, 2, 2, 4, 5] * 5 for k in (1, 2, 3)}, "S": [1, 1, 2, 5, 5] * 5})
    labels = {**{f"A{k}": best_first for k in (1, 2, 3)}, "S": satisfied}
    made, q, data = drafted(tmp_path, frame, labels, {"S": "总体满意度"})
    assert all(q.items[i].reverse for i in ("A1", "A2", "A3", "S"))
    assert data.frame(["A1", "S"]).to_numpy()[:5].tolist() == [[5, 5], [4, 5], [4, 4], [2, 1], [1, 1]]
    assert "turned round" in made.summary()
    assert data.group_label("S", "5", q.languages[0]) == "非常满意"
    from surveykit.scoring import score

    csat = score(data, "csat", item="S")
    assert csat.tidy()["estimate"].iloc[0] == pytest.approx(0.6)  # 1 and 2 of 5 are the satisfied


def test_scales_with_words_at_their_ends_only(tmp_path):
    ends = {1: "Extremely dissatisfied", 7: "Extremely satisfied", 8: "Don't know", 9: "Refused"}
    nps = {0: "Not at all likely", 10: "Extremely likely", 99: "No answer"}
    frame = pd.DataFrame(
        {**{f"sat{k}": [1, 4, 6, 7, 8] * 5 for k in (1, 2, 3)}, "rec": [0, 3, 9, 10, 99] * 5}
    )
    names = {**{f"sat{k}": f"How satisfied are you with: {w}" for k, w in ((1, "price"), (2, "staff"), (3, "place"))},
             "rec": "How likely are you to recommend us?"}  # fmt: skip
    _, q, data = drafted(tmp_path, frame, {**{f"sat{k}": ends for k in (1, 2, 3)}, "rec": nps}, names)
    assert (q.items["sat1"].scale.min, q.items["sat1"].scale.max) == (1, 7)
    assert not q.items["sat1"].reverse
    assert dict(q.items["sat1"].scale.missing) == {"8": "dont_know", "9": "refused"}
    assert [m.metric for m in q.metrics.values()] == ["nps"]
    assert len(q.constructs) == 1
    assert data.frame(["rec"])["rec"].count() == 20


def test_the_language_of_a_typed_file_is_that_of_its_words(tmp_path):
    frame = pd.DataFrame(
        {"sex": [1, 2] * 10, "s1": [1, 2, 3, 4, 5] * 4, "s2": [5, 4, 3, 2, 1] * 4, "w": [1.5] * 20}
    )
    satisfied = dict(enumerate(["非常不满意", "不满意", "一般", "满意", "非常满意"], 1))
    _, q, _ = drafted(
        tmp_path,
        frame,
        {"s1": satisfied, "s2": satisfied, "sex": {1: "男", 2: "女"}},
        {"s1": "服务", "s2": "质量"},
    )
    assert q.languages == ("zh",)


def test_boxes_that_nobody_declared_a_set(tmp_path):
    box, codes = {0: "未选中", 1: "选中", 9: "未作答"}, [[1, 0, 1], [0, 0, 1], [9, 9, 9], [0, 0, 0]] * 6
    frame = pd.DataFrame(
        [[*row, 1 + i % 5] for i, row in enumerate(codes)], columns=["Q6_1", "Q6_2", "Q6_3", "Q7"]
    )
    names = {f"Q6_{k}": f"您用过哪些产品({w})" for k, w in ((1, "手机"), (2, "电脑"), (3, "平板"))}
    missing = {f"Q6_{k}": [9] for k in (1, 2, 3)}
    made, q, data = drafted(
        tmp_path, frame, {f"Q6_{k}": box for k in (1, 2, 3)}, names, missing_ranges=missing
    )
    assert q.items["Q6"].type == "multi"
    assert [w["zh"] for w in q.items["Q6"].options.values()] == ["手机", "电脑", "平板"]
    assert any("boxes of one question" in g for g in made.report.guesses)
    ticked = data.frame(["Q6__1", "Q6__3"]).to_numpy()
    assert ticked[[0, 1, 3]].tolist() == [[1, 1], [0, 1], [0, 0]]
    assert all(x != x for x in ticked[2]), "a declared missing code is no unticked box"


def test_words_of_a_battery_share_their_stem(tmp_path):
    frame = pd.DataFrame({f"Q3_R{k}": [1, 2, 3, 4, 5] * 5 for k in (1, 2, 3)})
    names = {f"Q3_R{k}": f"请评价以下方面—{w}" for k, w in ((1, "质量"), (2, "服务"), (3, "价格"))}
    satisfied = dict(enumerate(["非常不满意", "不满意", "一般", "满意", "非常满意"], 1))
    _, q, _ = drafted(tmp_path, frame, dict.fromkeys(names, satisfied), names)
    (battery,) = q.constructs.values()
    assert battery.title["zh"] == "请评价以下方面"
    assert [q.items[i].text["zh"] for i in battery.items] == ["质量", "服务", "价格"]
    assert dict(q.items["Q3_R1"].scale.labels[5]) == {"zh": "非常满意"}


def test_words_for_no_answer_that_no_code_declares(tmp_path):
    frame = pd.DataFrame({"Q8": [1, 2, -3, -2] * 6})
    _, q, data = drafted(
        tmp_path, frame, {"Q8": {1: "太贵", 2: "质量差", -3: "跳过", -2: "空"}}, {"Q8": "离开的原因"}
    )
    assert list(q.items["Q8"].options) == ["1", "2"]
    assert {c.item: dict(c.missing) for c in data.import_report.columns}["Q8"] == {
        "not_shown": 6,
        "skipped": 6,
    }


def test_a_codebook_whose_labels_fall_turns_its_items_round(tmp_path):
    words = ["非常满意", "满意", "一般", "不满意", "非常不满意"]
    categories = "".join(
        f"<catgry><catValu>{k}</catValu><labl>{w}</labl></catgry>" for k, w in enumerate(words, 1)
    )
    (tmp_path / "a.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><codeBook xmlns="ddi:codebook:2_5"><dataDscr>'
        f'<var ID="V1" name="Q1"><labl>您对服务的满意度</labl>{categories}</var>'
        f'<var ID="V2" name="Q2" nature="ordinal"><labl>您对价格的满意度</labl>{categories}</var></dataDscr></codeBook>',
        encoding="utf-8",
    )
    from surveykit.responses.definitions import definition_of

    q = Questionnaire.from_text(definition_of(tmp_path / "a.xml").yaml(), "a.yaml")
    assert [q.items[i].reverse for i in ("Q1", "Q2")] == [True, True]
    assert read(pd.DataFrame({"Q1": [1, 5], "Q2": [2, 4]}), q).frame(["Q1", "Q2"]).to_numpy().tolist() == [
        [5, 4],
        [1, 2],
    ]
