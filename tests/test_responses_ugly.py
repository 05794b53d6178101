"""Exports as they come: other languages, anonymised, reordered, semicolons and decimal commas of a European Excel."""

from __future__ import annotations

import pytest

from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.study.from_export import study_from_export

WJX = ["序号", "提交答卷时间", "所用时间", "来自IP"]
START = ["2026/9/19 1:56:57", "83秒", "1.2.3.4(北京)"]


def by_text(q, word):
    return next(i for i in q.items.values() if any(word in t for t in i.text.values()))


def test_wenjuanxing_rankings_by_arrows(drafted, tmp_path):
    orders = ["价格→服务→环境", "服务→价格", "(跳过)", "环境→服务→价格"]
    made, q = drafted(
        [[*WJX, "1、请排序", "2、满意度"], *[[str(i), *START, o, "5"] for i, o in enumerate(orders * 5)]]
    )
    assert any("rankings of 3 choices" in g for g in made.report.guesses)
    price = by_text(q, "价格")
    assert (price.scale.min, price.scale.max) == (1, 3)
    assert not q.constructs
    values = read(tmp_path / "a.csv", q).frame([price.id])[price.id].tolist()[:4]
    assert values[:2] == [1, 2]
    assert values[3] == 3
    missing = {c.item: dict(c.missing) for c in made.report.columns}
    assert missing[price.id] == {"not_shown": 5}
    assert missing[by_text(q, "环境").id] == {"not_shown": 5, "skipped": 5}


def test_wenjuanxing_rankings_in_columns_are_no_scale_of_a_construct(drafted):
    rows = [["1", "2", "3"], ["3", "1", "2"], ["2", "3", "1"], ["-2", "1", "2"]] * 6
    header = [*WJX, "1、请按重要性排序(价格)", "1、(服务)", "1、(环境)"]
    _, q = drafted([header, *[[str(i), *START, *r] for i, r in enumerate(rows)]])
    assert not q.constructs
    assert by_text(q, "服务").scale.max == 3


def test_a_european_excel(drafted, tmp_path):
    rows = [[str(i), f"{i % 3},{i % 10}", f"0{1000 + i % 4}", str(i % 11)] for i in range(60)]
    _, q = drafted([["id", "Gewicht", "PLZ", "Würden Sie uns recommend?"], *rows], "cp1252", ";")
    assert q.items["Gewicht"].type == "number"
    # a postal code keeps its zero
    assert list(q.items["PLZ"].options) == ["01000", "01001", "01002", "01003"]
    assert read(tmp_path / "a.csv", q).frame(["Gewicht"])["Gewicht"].tolist()[:3] == [0.0, 1.1, 2.2]


def test_limesurvey_in_french_with_repeated_headers(drafted):
    header = ["ID de la réponse", "Date de soumission", "Dernière page", "Langue de départ", "Commentaires", "Commentaires",
              "Lesquels ? [Thé]", "Lesquels ? [Café]", "Lesquels ? [Autre]"]  # fmt: skip
    rows = [
        [str(i), "2026-01-01" if i % 5 else "", "3", "fr", f"a {i}", f"b {i}", ["Oui", "Non"][i % 2], ["Non", "Oui"][i % 2],
         "jus" if i % 7 == 0 else ""]
        for i in range(40)
    ]  # fmt: skip
    made, q = drafted([header, *rows], "utf-8-sig", ";")
    assert made.report.platform == "limesurvey"
    assert dict(made.report.set_aside) == {"not submitted": 8}
    several = by_text(q, "Lesquels")
    assert several.type == "multi"
    assert {t for words in several.options.values() for t in words.values()} == {"Thé", "Café", "Other"}


@pytest.mark.parametrize("no", ["Falso", "Falsch", "Faux", "False", "否"])
def test_qualtrics_says_unfinished_in_the_language_of_its_user(drafted, no):
    header = ["Q1", "ResponseId", "Status", "Finished", "Q2"]
    ids = [f'{{"ImportId":"{x}"}}' for x in ("QID1", "_recordId", "status", "finished", "QID2")]
    rows = [["3", f"R_{i}", "IP", no if i % 4 == 0 else "x", "4"] for i in range(20)]
    made, _ = drafted([header, header, ids, *rows])
    assert dict(made.report.set_aside) == {"not finished": 5}


def test_typeform_partial_responses(drafted):
    dates = ["Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)"]
    header = ["#", "How do you feel?", "Response Type", *dates, "Network ID", "Tags"]
    rows = [
        [f"a{i}", "good", "partial" if i % 5 == 0 else "completed", "2026", "", "2026", f"n{i}", ""]
        for i in range(20)
    ]
    made, _ = drafted([header, *rows])
    assert dict(made.report.set_aside) == {"not completed": 4}


def test_marks_of_two_platforms_are_said(drafted):
    header = ["ResponseId", "StartDate", "Status", "Finished", "Q1", "1、性别", "提交答卷时间", "所用时间"]
    made, _ = drafted(
        [header, *[[f"R_{i}", "2026-01-01", "0", "1", "3", "男", *START[:2]] for i in range(20)]]
    )
    assert any("marks of qualtrics too" in g and "platform: qualtrics" in g for g in made.report.guesses)


def test_surveymonkey_anonymised_reordered_and_in_utf16(drafted):
    header = [
        ["Age?", "Which?", "", "", "How satisfied?"],
        ["Open-Ended Response", "Web", "App", "Other (please specify)", "Response"],
    ]
    levels = ["Very satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very dissatisfied"]
    rows = [[str(20 + i), "Web" if i % 2 else "", "App", "", levels[i % 5]] for i in range(40)]
    made, q = drafted([*header, *rows], "utf-16")
    assert made.report.platform == "surveymonkey"
    assert by_text(q, "How satisfied").scale.max == 5
    assert by_text(q, "Which").type == "multi"


def test_noise_is_no_reversed_item(drafted):
    import random

    rng = random.Random(4)
    rows = [[rng.choice("12345") for _ in range(3)] for _ in range(60)]
    made, q = drafted([["sat_1", "sat_2", "sat_3"], *rows])
    assert q.constructs
    assert "reversed?" not in made.files[0].read_text("utf-8")


def test_json_with_nothing_ticked_objects_and_personal_data(tmp_path):
    import json

    people = [
        {
            "use": [["x"], ["x", "y"], []][i % 3],
            "who": {"sex": "fm"[i % 2], "email": f"a{i}@b.com"},
            "nps": i % 11,
            "note": None,
        }
        for i in range(33)
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(people), "utf-8")
    made = study_from_export(tmp_path / "s", path)
    q = Questionnaire.load(made.files[0])
    assert list(q.items["use"].options) == ["x", "y"]
    assert "who.email" in made.drafted.personal
    ticks = read(path, q).frame(["use__x", "use__y"])
    assert ticks.iloc[:3].to_numpy().tolist() == [[1, 0], [1, 1], [0, 0]]


def test_a_scale_of_which_only_some_words_were_chosen(drafted, tmp_path):
    words = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"]
    rows = [[words[i % 5], words[1 + i % 3]] for i in range(40)]
    made, q = drafted([["The staff are kind", "The shop is clean"], *rows])
    kind, clean = by_text(q, "staff"), by_text(q, "clean")
    assert clean.scale == kind.scale
    assert read(tmp_path / "a.csv", q).frame([clean.id])[clean.id].tolist()[:3] == [2, 3, 4]
    assert "points that nobody chose here were taken" in made.files[0].read_text("utf-8")
