"""Studies unlike the examples: many waves, long names of groups, many drivers, codes for groups, models that disagree."""

from __future__ import annotations

import itertools
import re
import sys

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.findings import Label, fill
from surveykit.findings._document import _worded
from surveykit.findings._finding import plain
from surveykit.report._cells import label_text
from surveykit.report.charts._base import Look
from surveykit.report.charts._canvas import Word
from surveykit.report.charts.heat import Tile, heat
from surveykit.report.charts.profiles import Mark, Profile, profiles
from surveykit.report.charts.trend import Moment, Run, trend
from surveykit.report.drivers import _ordered, driver_figure
from tests.report_study import report

LOOK = Look("#9B1B30", "Noto Sans CJK SC", "en")
LONG = "Northern Europe and the Baltic states, short-haul connections (n = 735)"


def _texts(svg: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", t) for t in re.findall(r"<text[^>]*>(.*?)</text>", svg, re.S)]


@pytest.mark.parametrize("waves", [3, 12, 40])
def test_names_and_values_of_waves_do_not_cover_each_other(
    waves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: list[Word] = []

    def written(placed: list[Word]) -> list[object]:
        words.extend(placed)
        return []

    monkeypatch.setattr(sys.modules[Run.__module__], "written", written)
    run = Run("Score", tuple(Moment(i, i % 5, i % 5 - 1, i % 5 + 1, f"−{i % 5}.25") for i in range(waves)))
    trend([run], [f"{2014 + i // 4} Q{i % 4 + 1}" for i in range(waves)], LOOK, {"no": "", "caution": ""})
    for kind in (lambda t: "." in t, lambda t: re.match(r"20|Q", t)):
        rows: dict[float, list[tuple[float, float]]] = {}
        for word in words:
            if kind(word.text):
                half = len(word.text) * 2.9
                rows.setdefault(round(word.y), []).append((word.x - half, word.x + half))
        assert rows
        for spans in rows.values():
            spans.sort()
            assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    assert sum(word.text.startswith("2") for word in words) >= 3


def test_a_long_name_of_a_group_keeps_its_n_and_a_long_word_is_whole() -> None:
    columns = ["Satisfaction", "Price", "Image", "Value", "Trust", "Ease"]
    tiles = [Tile(0, j, "3.5", 0.1) for j in range(len(columns))]
    said = _texts(heat(tiles, [LONG], columns, LOOK).svg)
    assert {"Satisfaction", "Price"} <= set(said)
    assert not any("…" in t for t in said)
    assert any("735" in t for t in said)
    groups = [Profile(LONG, (Mark(0.1, 0.0, 0.2, "0.1"),)) for _ in range(8)]
    said = _texts(profiles(groups, ["Satisfaction"], LOOK, axis="SD").svg)
    assert not any("…" in t for t in said)


def test_codes_of_groups_in_cautions_are_said_in_words_and_numbers_stay() -> None:
    check = {
        "about": ["8", "2"],
        "texts": {
            "en": "Few answers (below 30; the smallest is 8): 8 and 2. Wide.",
            "zh": "回答较少（最小为8）：8、2。较宽。",
        },
    }
    words = {"route=8": {"en": "Islands", "zh": "海岛"}, "route=2": {"en": "Alps", "zh": "山区"}}
    texts = _worded(check, words, "route")["texts"]
    assert texts == {
        "en": "Few answers (below 30; the smallest is 8): Islands and Alps. Wide.",
        "zh": "回答较少（最小为8）：海岛、山区。较宽。",
    }


@pytest.mark.parametrize(("language", "said"), [("en", "The 2 largest of "), ("zh", "项中最大的2项。")])
def test_page_one_draws_the_largest_of_many_drivers_and_says_so(
    language: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = report(language)._view
    result = view.document.of("drivers")[0]
    every = _ordered(view, result) * 3
    monkeypatch.setattr(sys.modules[driver_figure.__module__], "_ordered", lambda *_: every)
    few = driver_figure(view, result, "few", most=2)
    assert few is not None
    assert few.plot is not None
    assert said in "".join(view.plain(n) for n in few.notes)
    assert list(few.plot.categories) == [label_text(view, r.text("term")) for r in every[:2]]
    whole = driver_figure(view, result, "all", most=len(every) - 1)  # one more is drawn rather than left out
    assert whole is not None
    assert whole.notes == ()


def test_a_sentence_that_ends_with_a_quoted_sentence_has_one_stop_and_long_names_are_quoted() -> None:
    content = Label({"en": "I am content.", "zh": "我很满意。"}, "/labels/q1")
    said = fill({"en": "It goes with {x}. {x}: yes.", "zh": "与{x}有关，即{x}。是。"}, x=content)
    assert plain(said, "en") == "It goes with “I am content.” “I am content.”: yes."
    assert plain(said, "zh") == "与“我很满意。”有关，即“我很满意。”是。"
    for words in (
        "I see myself as somebody who is easily moved to tears",
        "我认为自己在日常生活和工作中都是一个非常随和并且乐于助人的人",
    ):
        assert (
            plain(fill({"en": "{x} is", "zh": "{x}"}, x=Label({"en": words}, "/labels/q2")), "en")
            == f"“{words}” is"
        )


def test_associations_of_opposite_direction_of_groups_and_of_numbers_are_said_as_they_are() -> None:
    rng = np.random.default_rng(5)
    score = rng.integers(1, 6, 300)
    frame = pd.DataFrame(
        {
            "a": score,
            "b": 6 - np.clip(score + rng.integers(-1, 2, 300), 1, 5),
            "sex": rng.integers(1, 3, 300).astype(str),
            "age": 20 + 8 * score + rng.integers(0, 9, 300),
        }
    )
    q = sk.Questionnaire.from_text(
        """
id: q
title: {en: Q, zh: 问}
languages: [en, zh]
scales: {s: {min: 1, max: 5, labels: {1: {en: low, zh: 低}, 5: {en: high, zh: 高}}}}
items:
  a: {text: {en: Price, zh: 价格}, scale: s}
  b: {text: {en: Effort, zh: 费力}, scale: s}
  sex: {text: {en: Sex, zh: 性别}, options: {"1": {en: Men, zh: 男}, "2": {en: Women, zh: 女}}}
  age: {text: {en: Age, zh: 年龄}, type: number}
"""
    )
    data = sk.read(frame, q)
    made = sk.report(
        data,
        [
            sk.analyse(data, "correlation", items=["a", "b"]),
            sk.analyse(data, "regression", outcome="a", predictors=["age", "sex"]),
        ],
    )
    found = {f.id: f for f in made.findings}
    brief = found["correlation.correlation.a.b"].brief
    assert brief is not None
    assert "opposite directions" in plain(brief, "en")
    assert "负相关" in plain(brief, "zh")
    assert "per unit" in found["regression.regression.age"].text("en")
    assert "每高一个单位" in found["regression.regression.age"].text("zh")
    labels = made.document.data["labels"]
    assert labels["sex[2]"] == {"en": "Sex: Women", "zh": "性别：女"}


def test_words_in_the_heads_of_a_cross_table_are_whole() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 5] * 40, "route": list("ivni") * 50})
    q = sk.Questionnaire.from_text(
        """
id: q
title: {en: Q}
scales: {s: {min: 1, max: 5, labels: {1: {en: low}, 5: {en: high}}}}
items:
  a: {text: {en: Price}, scale: s}
  route: {text: {en: Route}, options: {i: {en: Islands}, v: {en: Vancouver}, n: {en: NorthernEuropeAndTheBalticStatesAtLarge}}}
"""
    )
    data = sk.read(frame, q)
    html = sk.report(data, [sk.analyse(data, "crosstab", rows="a", columns="route")]).html()
    assert 'class="given" data-fixed="given">Islands<' in html
    assert 'class="given endless" data-fixed="given">NorthernEurope' in html
    assert ".endless { overflow-wrap: anywhere; }" in html
    assert ".given { overflow-wrap" not in html
