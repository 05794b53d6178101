"""A study that judges its answers: what is set aside is counted, what changes is said, in both languages."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.results import Estimates, Table
from surveykit.study import run
from surveykit.study.execute import results_of
from surveykit.study.prepare import prepare
from surveykit.study.sensitivity import sensitivity

RNG = np.random.Generator(np.random.Philox(key=51))
ITEMS = [f"q{i}" for i in range(8)]
QUESTIONNAIRE = "\n".join(
    ["id: tea", "title: Tea", "scales:", '  a: {min: 1, max: 7, labels: {1: "no", 7: "yes"}}', "items:"]
    + [f"  {i}: {{text: {i}, scale: a}}" for i in ITEMS]
    + ["  stop: {text: Tick two, scale: a, check: 2}"]
    + ["constructs:", "  x: {items: [q0, q1, q2, q3]}", "  y: {items: [q4, q5, q6, q7]}"]
    + ["metrics:", "  liked: {metric: csat, item: q0}"]
)
STUDY = """
title: Tea
questionnaire: tea.yaml
data: answers.csv
languages: [en, zh]
analyses:
  - {analysis: correlation, items: [x, y]}
  - {analysis: item_audit}
  - {analysis: missingness}
  - {analysis: early_late}
models: []
quality:
  duration: seconds
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two unrelated constructs; twenty careless people tick seven throughout and make them go together."""
    home = tmp_path_factory.mktemp("tea")
    n = 200
    levels = RNG.normal(0, 1, (n, 2))
    x = np.repeat(levels, 4, axis=1) + RNG.normal(0, 0.8, (n, 8)) + 3.5
    frame = pd.DataFrame(np.clip(np.rint(x), 1, 7).astype(int), columns=ITEMS).assign(stop=2)
    frame["seconds"] = np.rint(RNG.lognormal(6, 0.25, n))
    frame.loc[:19, ITEMS] = 7
    frame.loc[:19, "seconds"] = 20
    frame.loc[:4, "stop"] = 7
    frame.to_csv(home / "answers.csv", index=False)
    (home / "tea.yaml").write_text(QUESTIONNAIRE, encoding="utf-8")
    return home


def planned(folder, text):
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def results(folder):
    run(planned(folder, STUDY), folder / "out")
    return json.loads((folder / "out" / "results.json").read_text("utf-8"))


def test_nobody_is_removed_and_what_would_change_is_said(results):
    assert results["rows"]["used"] == 200
    quality = results["results"]["quality"]
    counts = {r["term"]: r["count"] for r in quality["tidy"]}
    assert (counts["attention"], counts["speed"], counts["straight"]) == (5, 20, 20)
    assert quality["glance"]["poor"] >= 20
    row = next(r for r in results["results"]["sensitivity"]["tidy"] if r["result"] == "correlation")
    assert row["estimate"] > row["without"]
    assert row["changed"]
    said = {f["id"]: f["texts"] for f in results["findings"]}
    poor = quality["glance"]["poor"]
    assert f"{quality['glance']['poor']} of 200" in said["quality.quality"]["en"]
    assert said["quality.sensitivity"] == {
        "en": f"Leaving out doubtful respondents ({poor} of 200) changes 2 of the 2 conclusions checked, "
        "above all the one on “Customer satisfaction (CSAT)”.",
        "zh": f"剔除存疑答卷（200份中的{poor}份）后，所核对的2项结论中有2项发生改变，首先涉及“顾客满意度（CSAT）”。",
    }


def test_where_nothing_changes_that_is_said(folder):
    """Three of 200 tick at random: doubted, and no conclusion is another one without them."""
    frame = pd.read_csv(folder / "answers.csv").iloc[20:].reset_index(drop=True)
    frame.loc[:2, ITEMS] = RNG.integers(1, 8, (3, len(ITEMS)))
    frame.loc[:2, "stop"] = 6
    frame.to_csv(folder / "calm.csv", index=False)
    study = planned(folder, STUDY.replace("answers.csv", "calm.csv"))
    document = json.loads(results_of(study))
    facts = document["results"]["sensitivity"]["glance"]
    assert (facts["flagged"], facts["changed"]) == (3, 0)
    said = {f["id"]: f["texts"] for f in document["findings"]}["quality.sensitivity"]
    assert said["en"].startswith(
        f"All {facts['numbers']} conclusions checked stay the same when doubtful respondents (3 of 180)"
    )
    assert said["zh"] == f"剔除存疑答卷（180份中的3份）后，所核对的{facts['numbers']}项结论均未改变。"


def test_no_row_of_a_result_is_about_a_person(results):
    for id_ in ("quality", "sensitivity"):
        result = results["results"][id_]
        for table in (result["tidy"], *result["tables"].values()):
            assert len(table) < 60
        assert "reasons" not in {k for row in result["tidy"] for k in row}


def test_the_report_shows_the_tables(folder, results):
    for language, words in (("en", "Respondents by reason for doubt"), ("zh", "按疑点统计的答卷")):
        page = (folder / "out" / f"report.{language}.html").read_text("utf-8")
        assert words in page


def test_what_the_study_excludes_is_counted_in_the_flow(folder):
    study = planned(folder, STUDY + "  exclude: [attention, poor]\n")
    plan = prepare(study, lambda _: None, lambda _: None)
    report = plan.data.import_report
    aside = dict(report.set_aside)
    assert aside["failed an attention check"] == 5
    assert report.rows_read == report.rows_used + sum(aside.values()) == 200
    assert plan.data.n_rows == len(plan.data.frame(["q0"]))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("  exclude: [attenion]\n", "STUDY_EXCLUDE"),
        ("  exclude: [even_odd]\n", "STUDY_EXCLUDE"),
        ("  speeed: 3\n", "OPTION_UNKNOWN"),
        ("  straight: 1\n", "OPTION_VALUE"),
    ],
)
def test_impossible_wishes_are_said_with_their_line(folder, text, code):
    with pytest.raises(SurveykitError) as raised:
        prepare(planned(folder, STUDY + text), lambda _: None, lambda _: None)
    assert raised.value.errors[0].code == code
    assert "study.yaml" in str(raised.value)


def result_of(*rows):
    columns = ("term", "group", "n", "estimate", "se", "low", "high", "p")
    return Estimates("correlation", {"en": "c", "zh": "c"}, Table(columns, rows), {})


@pytest.mark.parametrize(
    ("before", "after", "kind", "changed"),
    [
        ((0.3, 0.1, 0.5, 0.01), (0.2, 0.0, 0.4, 0.06), "test", True),
        ((0.3, 0.1, 0.5, 0.01), (0.25, 0.1, 0.4, 0.02), "test", False),
        ((0.3, 0.1, 0.5, 0.01), (-0.3, -0.5, -0.1, 0.01), "test", True),
        ((0.1, -0.1, 0.3, 0.3), (-0.1, -0.3, 0.1, 0.4), "test", False),
        ((3.0, 2.8, 3.2, None), (3.1, 2.9, 3.3, None), "estimate", False),
        ((3.0, 2.8, 3.2, None), (3.3, 3.1, 3.5, None), "estimate", True),
    ],
)
def test_what_counts_as_another_conclusion(before, after, kind, changed):
    (e1, l1, h1, p1), (e2, l2, h2, p2) = before, after
    first = result_of(("a", "", 100, e1, 0.1, l1, h1, p1))
    second = result_of(("a", "", 90, e2, 0.1, l2, h2, p2))
    found = sensitivity({"c": first}, lambda: {"c": second}, 100, 10)
    (row,) = found.tidy().to_dict("records")
    assert (row["kind"], row["changed"], row["change"]) == (kind, changed, pytest.approx(e2 - e1))
    assert found.facts["changed"] == int(changed)


def test_nothing_is_run_again_where_nobody_is_doubted():
    def never():
        raise AssertionError("a second run")

    found = sensitivity({"c": result_of(("a", "", 100, 0.3, 0.1, 0.1, 0.5, 0.01))}, never, 100, 0)
    assert found.facts["flagged"] == 0
    assert not len(found.tidy())
