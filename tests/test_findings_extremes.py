"""Findings and page one of studies at the edges: nothing there, everything perfect, huge, tiny, against the grain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from surveykit.findings import Document, Finding, findings_of, plain
from surveykit.findings.drivers import candidates, near_top
from surveykit.report._blocks import Box, Boxes, View
from surveykit.report._chosen import chosen_findings
from surveykit.report.summary import summary
from tests.report_study import report


def with_result(document: Document, name: str, **parts: Any) -> Document:
    results = document.data["results"]
    return Document({**document.data, "results": {**results, name: {**results[name], **parts}}})


def driven(
    shares: Mapping[str, float], *, r2: float, tops: Mapping[str, float], r: Mapping[str, float], n: int = 240
) -> Document:
    """The document of the test study with drivers of Loyalty as stated, in the order given."""
    rows = [
        {
            "term": name, "group": "", "n": n, "n_eff": float(n), "estimate": share * r2, "low": 0.0, "high": 1.0, "share": share,
            "rank": place, "top": tops[name], "r": r[name], "beta": r[name],
        }
        for place, (name, share) in enumerate(shares.items(), 1)
    ]  # fmt: skip
    document = report("en").document
    glance = {**document.data["results"]["drivers"]["glance"], "r2": r2, "n": n}
    return with_result(document, "drivers", tidy=rows, glance=glance, checks=[])


def first(document: Document) -> Finding:
    return next(f for f in findings_of(document) if f.id == "driver.drivers.first")


def view_of(document: Document, language: str = "en") -> View:
    return replace(report(language)._view, document=document, findings=findings_of(document))


def boxes(view: View) -> list[list[str]]:
    """The lines of the boxes at the end of page one: what next (if anything), what cannot be concluded."""
    block = summary(view)[-1]
    found = block.boxes if isinstance(block, Boxes) else (block,)
    return [[view.plain(item) for item in box.items] for box in found if isinstance(box, Box)]


THREE = ("Quality", "Satisfaction", "sat1")


def test_nothing_is_recommended_where_nothing_goes_with_the_outcome() -> None:
    even = dict(zip(THREE, (0.6, 0.3, 0.1), strict=True))
    document = driven(even, r2=0.004, tops=even, r=dict.fromkeys(THREE, 0.03))
    found = first(document)
    assert found.strength == "none"
    assert found.text("en").startswith("There is no evidence that anything compared goes with Loyalty")
    assert found.text("zh").startswith("没有证据表明所比较的各项与忠诚相关")
    assert candidates(document, "drivers") == []
    assert not any("Look at" in line for line in boxes(view_of(document))[0])


def test_a_certain_trifle_is_called_one_and_not_recommended() -> None:
    even = dict(zip(THREE, (0.9, 0.06, 0.04), strict=True))
    tops = dict(zip(THREE, (1.0, 0.0, 0.0), strict=True))
    document = driven(even, r2=0.004, tops=tops, r=dict.fromkeys(THREE, 0.06), n=200_000)
    found = first(document)
    assert "Nothing compared goes closely with Loyalty" in found.text("en")
    assert "only 0.4% of the differences" in plain(found.brief or {}, "en")
    assert candidates(document, "drivers") == []
    assert any("Ask what else matters" in line for line in boxes(view_of(document))[0])


def test_all_drivers_that_may_come_first_are_named_and_looked_at() -> None:
    shares = dict(zip(THREE, (0.5, 0.4, 0.1), strict=True))
    tops = dict(zip(THREE, (0.6, 0.38, 0.02), strict=True))
    document = driven(shares, r2=0.4, tops=tops, r=dict.fromkeys(THREE, 0.5))
    found = first(document)
    assert found.about == ("Quality", "Loyalty", "Satisfaction")
    assert "Quality (in 60%) or Satisfaction (in 38%)" in plain(found.brief or {}, "en")
    assert [r.text("term") for r in candidates(document, "drivers")] == ["Quality", "Satisfaction"]
    steps = boxes(view_of(document))[0]
    assert steps[0].startswith("Look at Quality and Satisfaction first, whichever of them matters more")
    assert "a change in Quality or Satisfaction would move Loyalty" in steps[1]


def test_where_all_may_come_first_none_is_recommended() -> None:
    shares = dict(zip(THREE, (0.4, 0.3, 0.3), strict=True))
    document = driven(shares, r2=0.4, tops=dict.fromkeys(THREE, 1 / 3), r=dict.fromkeys(THREE, 0.5))
    assert first(document).strength == "none"
    assert "cannot tell which aspect" in plain(first(document).brief or {}, "en")
    assert candidates(document, "drivers") == []


def test_a_driver_against_the_grain_says_so() -> None:
    shares = dict(zip(THREE, (0.8, 0.1, 0.1), strict=True))
    tops = dict(zip(THREE, (1.0, 0.0, 0.0), strict=True))
    r = dict(zip(THREE, (-0.6, 0.2, 0.2), strict=True))
    found = first(driven(shares, r2=0.4, tops=tops, r=r))
    assert found.text("en").endswith("Where Quality is higher, Loyalty tends to be lower.")
    assert found.text("zh").endswith("质量较高者，忠诚通常较低。")


def test_what_is_near_the_top_is_kept_and_not_worked_on() -> None:
    shares = dict(zip(THREE, (0.6, 0.3, 0.1), strict=True))
    tops = dict(zip(THREE, (1.0, 0.0, 0.0), strict=True))
    document = driven(shares, r2=0.4, tops=tops, r=dict.fromkeys(THREE, 0.5))
    sample = {**document.data["sample"], "places": {"Quality": 0.9, "Satisfaction": 0.5, "Loyalty": 0.5}}
    high = Document({**document.data, "sample": sample})
    assert near_top(high, "Quality")
    assert [r.text("term") for r in candidates(high, "drivers")] == ["Satisfaction"]
    steps = boxes(view_of(high))[0]
    assert steps[0].startswith("Keep Quality where it is")
    assert steps[1].startswith("Look at Satisfaction next")
    full = Document({**document.data, "sample": {**sample, "places": {"Loyalty": 0.9}}})
    assert candidates(full, "drivers") == []
    assert boxes(view_of(full))[0][0].startswith("Keep Loyalty where it is")


def test_places_lie_between_the_ends_of_the_scale() -> None:
    places = report("en").document.data["sample"]["places"]
    assert {"qua1", "recommend", "Quality"} <= set(places)
    assert all(0 <= v <= 1 for v in places.values())
    assert places["Quality"] == pytest.approx(sum(places[f"qua{i}"] for i in (1, 2, 3)) / 3)


def test_a_few_answers_get_no_recommendation_and_no_strong_evidence() -> None:
    document = report("en").document
    few = Document({**document.data, "rows": {**document.data["rows"], "used": 30}})
    steps = boxes(view_of(few))[0]
    assert not any(s.startswith(("Look at", "Test before")) for s in steps)
    assert steps[-1].startswith("Ask more people")
    check = {
        "code": "FEW_ANSWERS", "level": "caution", "about": [], "values": {},
        "texts": {"en": "There are 60 answers for 37 parameters.", "zh": "37个参数仅有60份回答。"},
    }  # fmt: skip
    found = findings_of(with_result(document, "chain", checks=[check]))
    paths = [f for f in found if f.id.startswith("path.chain.")]
    assert {f.strength for f in paths} <= {"moderate", "weak", "none"}
    brief = next(plain(f.brief, "en") for f in paths if f.brief)
    assert "another sample may look different" in brief
    assert "37 parameters" not in brief


def test_nothing_is_held_equal_where_only_one_path_leads_to_a_target() -> None:
    found = {f.id: f for f in findings_of(report("en").document)}
    alone, among = found["path.chain.Satisfaction.Quality."], found["path.chain.Loyalty.Satisfaction."]
    assert "other constructs" not in alone.text("en")
    assert "其他构念" not in alone.text("zh")
    assert plain(alone.brief or {}, "en").startswith(
        "People with higher Quality tend to have higher Satisfaction"
    )
    assert "other constructs held equal" in among.text("en")
    assert "n = 240" in alone.text("en")
    assert "n = 240" in alone.text("zh")


def scored(rows: list[dict[str, Any]]) -> Document:
    keep = {
        "group": "",
        "se": 1.0,
        "n_eff": 240.0,
        "deff": 1.0,
        "method": "t",
        "missing": 0,
        "confidence": 0.95,
        "remark": "",
    }
    document = report("en").document
    return with_result(document, "scores", tidy=[{**keep, "n": 240, **row} for row in rows])


def index_rows(*values: tuple[str, float, float, float]) -> list[dict[str, Any]]:
    return [
        {"term": t, "estimate": e, "low": a, "high": b, "metric": "index", "unit": "index"}
        for t, e, a, b in values
    ]


def ranking(document: Document) -> Finding | None:
    return next((f for f in findings_of(document) if f.id == "ranking"), None)


def test_scores_are_ranked_only_where_they_stand_apart() -> None:
    apart = ranking(
        scored(index_rows(("Quality", 80, 78, 82), ("Satisfaction", 60, 58, 62), ("Loyalty", 50, 48, 52)))
    )
    assert apart is not None
    assert "Quality is the highest" in apart.text("en")
    overlap = ranking(
        scored(index_rows(("Quality", 52, 48, 56), ("Satisfaction", 51, 47, 55), ("Loyalty", 50, 46, 54)))
    )
    assert overlap is not None
    assert overlap.strength == "none"
    assert "cannot be told" in overlap.text("en")
    near = ranking(
        scored(
            index_rows(
                ("Quality", 50.9, 50.8, 51), ("Satisfaction", 50.5, 50.4, 50.6), ("Loyalty", 50, 49.9, 50.1)
            )
        )
    )
    assert near is not None
    assert "lie close together" in near.text("en")
    assert near.importance < 50
    assert (
        ranking(
            scored(
                index_rows(
                    ("Quality", 100, 100, 100), ("Satisfaction", 100, 100, 100), ("Loyalty", 100, 100, 100)
                )
            )
        )
        is None
    )


def test_a_score_without_any_spread_has_no_interval_in_words() -> None:
    found = findings_of(scored(index_rows(("Quality", 100.0, 100.0, 100.0))))
    said = next(f for f in found if f.id == "score.Quality")
    assert "so no interval can be had" in said.text("en")
    assert "无法得出区间" in said.text("zh")
    assert said.strength == "none"


def test_an_interval_without_zero_is_not_written_as_if_it_ended_there() -> None:
    document = report("en").document
    rows = [dict(r) for r in document.data["results"]["chain"]["tables"]["standardised"]]
    for row in rows:
        if row["op"] == "~":
            row |= {"est": 0.15, "low": 0.002, "high": 0.29}
    tables = {**document.data["results"]["chain"]["tables"], "standardised": rows}
    found = findings_of(with_result(document, "chain", tables=tables))
    said = next(f for f in found if f.id.startswith("path.chain."))
    assert ".002 to .290" in said.text("en")
    assert "0.002至0.290" in said.text("zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_one_names_the_limits_of_its_own_study(language: str) -> None:
    view = report(language)._view
    limits = " ".join(boxes(view)[-1])
    words = {
        "en": (
            "to compare it with" if not view.document.of("trend") else "all waves together",
            "groups with fewer than 10",
        ),
        "zh": ("没有可供比较" if not view.document.of("trend") else "各波合计", "不足10份回答的组"),
    }[language]
    assert all(w in limits for w in words)


def test_a_refused_model_is_short_among_the_findings_and_explained_among_the_limits() -> None:
    document = report("en").document
    check = {
        "code": "NEGATIVE_VARIANCE", "level": "refuse", "about": ["sat1~~sat1"], "values": {},
        "texts": {"en": "A variance is negative.", "zh": "方差为负。"},
    }  # fmt: skip
    view = view_of(with_result(document, "chain", checks=[check]))
    told = [f for f in chosen_findings(view) if f.strength == "refused"]
    assert [f.id for f in told] == ["refused.chain"]
    assert "A variance is negative" not in plain(told[0].brief or {}, "en")
    assert any("A variance is negative." in line for line in boxes(view)[-1])


def test_no_good_news_about_questions_and_models_takes_a_place_on_page_one() -> None:
    view = report("en")._view
    assert not any(
        f.id.startswith(("alpha.", "fit.", "score.index.")) and f.importance < 40
        for f in chosen_findings(view)
    )
    assert 3 <= len(chosen_findings(view)) <= 4


def waves(*values: tuple[str, float]) -> Document:
    """The trend of the test study with one line as stated: estimate per wave, 200 people each, standard error 0.08."""
    document = report("en").document
    result = document.of("trend")[0]
    rows: list[dict[str, Any]] = []
    for wave, value in values:
        step = value - rows[-1]["estimate"] if rows else None
        rows.append(
            {
                "term": "Loyalty:mean", "group": wave, "n": 200, "estimate": value, "se": 0.08, "low": value - 0.157,
                "high": value + 0.157, "item": "Loyalty", "code": "", "statistic": "mean", "unit": "mean",
                "before": rows[-1]["group"] if rows else "", "difference": step, "p_adjusted": None if step is None else 0.4,
                "change": "", "remark": "",
            }
        )  # fmt: skip
    glance = {**document.data["results"][result]["glance"], "tests": len(values) - 1, "lines": 1}
    return with_result(document, result, tidy=rows, glance=glance, checks=[])


def told(document: Document, start: str) -> list[Finding]:
    return [f for f in findings_of(document) if f.id.startswith(start)]


def test_many_small_steps_that_make_a_large_one_are_told() -> None:
    document = waves(("first", 5.0), ("second", 4.8), ("third", 4.6), ("fourth", 4.4))
    (since,) = [f for f in told(document, "trend.") if f.id.endswith(".since")]
    assert (
        since.text("en")
        == "Compared with Spring, fourth is lower on Loyalty (4.40 against 5.00; n = 200 and 200)."
    )
    assert since.text("zh") == "与“春季”相比，“fourth”下降的有忠诚（由5.00变为4.40；n分别为200和200）。"
    assert since.strength == "strong"
    assert not any(f.id.endswith(".none") for f in told(document, "trend."))
    assert "Find out what else changed between Spring and fourth." in boxes(view_of(document))[0]


def test_waves_whose_intervals_touch_are_not_said_to_differ() -> None:
    document = waves(("first", 5.0), ("second", 4.95), ("third", 4.8))
    assert [f.id.rpartition(".")[2] for f in told(document, "trend.")] == ["none"]


def test_what_changed_in_between_is_not_compared_over_the_change() -> None:
    document = waves(("first", 5.0), ("second", 4.0), ("third", 3.0))
    result = document.of("trend")[0]
    rows = [dict(r) for r in document.data["results"][result]["tidy"]]
    rows[1]["change"] = "no"
    assert not any(f.id.endswith(".since") for f in told(with_result(document, result, tidy=rows), "trend."))


def grouped(*values: tuple[str, float, float]) -> Document:
    """Scores of the test study by store: term, value in the north, value in the south; each pair differs at .0001."""
    document = report("en").document
    result = next(r for r in document.of("scores") if document.facts(r).get("by") == "store")
    rows, pairs = [], []
    for term, north, south in values:
        for group, value in (("north", north), ("south", south)):
            rows.append(
                {
                    "term": term, "group": group, "n": 120, "estimate": value, "low": value - 1.0, "high": value + 1.0,
                    "metric": "index", "unit": "index", "remark": "",
                }
            )  # fmt: skip
        pairs.append(
            {
                "term": term,
                "first": "north",
                "second": "south",
                "estimate": north - south,
                "p_adjusted": 0.0001,
            }
        )
    return with_result(document, result, tidy=rows, tables={"differences": pairs})


def test_a_group_that_is_lower_throughout_is_told_in_one_sentence() -> None:
    document = grouped(("Quality", 60.0, 50.0), ("Loyalty", 61.0, 49.0))
    (one,) = told(document, "groups.store:")
    assert one.about[0] == "store=south"
    assert "Quality (50.0 against 60.0 in “North”; n = 120 and 120)" in one.text("en")
    view = view_of(document)
    assert [f.id for f in chosen_findings(view) if f.id.startswith("groups.store")] == ["groups.store:south"]
    assert "Find out from the group “South” why several of its scores are lower." in boxes(view)[0]


def test_a_certain_but_small_difference_is_called_slight_and_asks_for_nothing() -> None:
    document = grouped(("Quality", 50.9, 50.0))
    (one,) = told(document, "groups.store.Quality")
    assert "slightly higher" in one.text("en")
    assert "略高于" in one.text("zh")
    assert one.strength == "strong"
    assert one.importance < 40
    assert not any("why its" in line for line in boxes(view_of(document))[0])


def test_without_scores_and_models_the_questions_themselves_are_told() -> None:
    data = report("en").document.data
    rows = [
        {"term": f"qua{i}", "group": "", "n": 240, "estimate": 6.0 - i, "low": 5.8 - i, "high": 6.2 - i}
        for i in (1, 2, 3)
    ]
    asked = {
        **data["results"]["reliability"],
        "id": "descriptives",
        "tidy": rows,
        "glance": {"n": 240},
        "tables": {},
    }
    alone = Document({**data, "results": {"descriptives": asked}})
    (found,) = [f for f in findings_of(alone) if f.id.startswith("ranking.")]
    assert found.text("en").startswith(
        "Of the questions on a scale from 1 to 7, “The product is good.” is answered highest (mean 5.00, 95% interval 4.80"
    )
    assert found.text("zh").startswith("在1至7分的题目中，“产品很好。”得分最高（均值5.00")
    assert found.strength == "strong"
    assert all(alone.value(n.key) == n.value for n in found.numbers.values())
    beside = Document({**data, "results": {**data["results"], "descriptives": asked}})
    assert not [f for f in findings_of(beside) if f.id.startswith(("ranking.d", "score.item."))]


def test_drivers_that_people_hardly_told_apart_are_a_limit() -> None:
    shares = dict(zip(THREE, (0.5, 0.4, 0.1), strict=True))
    tops = dict(zip(THREE, (0.6, 0.38, 0.02), strict=True))
    document = driven(shares, r2=0.4, tops=tops, r=dict.fromkeys(THREE, 0.5))
    tables = document.data["results"]["reliability"]["tables"]
    htmt = [{"lhs": "Quality", "rhs": "Satisfaction", "group": "", "n": 240, "htmt": 0.97}]
    merged = with_result(document, "reliability", tables={**tables, "htmt": htmt})
    assert any("hardly told the two apart" in line for line in boxes(view_of(merged))[-1])
    assert any("几乎未能区分二者" in line for line in boxes(view_of(merged, "zh"))[-1])


def test_drivers_of_a_few_complete_answers_are_weak_evidence_and_not_recommended() -> None:
    shares = dict(zip(THREE, (0.8, 0.1, 0.1), strict=True))
    tops = dict(zip(THREE, (1.0, 0.0, 0.0), strict=True))
    document = driven(shares, r2=0.5, tops=tops, r=dict.fromkeys(THREE, 0.7), n=28)
    assert first(document).strength == "weak"
    assert not any(s.startswith(("Look at", "Test before")) for s in boxes(view_of(document))[0])
