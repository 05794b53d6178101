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
