"""Letters, bases and small columns of a banner table against R: prop.test, t.test, and z on Kish's effective n.

The letters were printed by R 4.2.2 for the same rows: shares by ``prop.test(correct = FALSE)``, means by ``t.test`` (Welch),
weighted shares by a pooled z with Kish's effective n. survey's ``svyttest`` on ``svydesign(~1, weights = ~w)`` gives the same
letters but one: for q=5 its p of W against N lies above .05, the pooled z just below.
"""

from __future__ import annotations

import pandas as pd
import pytest

from surveykit.analyses import analyse
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read

QUESTIONNAIRE = """
id: regions
title: {en: Regions, zh: 地区}
version: "1"
languages: [en, zh]
groups: [region]
scales: {five: {min: 1, max: 5, labels: {1: {en: Poor, zh: 差}, 5: {en: Good, zh: 好}}}}
items:
  q: {text: {en: "How was it?", zh: 感觉如何？}, scale: five}
  region:
    text: {en: "Which region?", zh: 哪个地区？}
    type: single
    options:
      N: {en: North, zh: 北}
      S: {en: South, zh: 南}
      E: {en: East, zh: 东}
      W: {en: West, zh: 西}
      X: {en: Elsewhere, zh: 其他}
"""
COUNTS = {
    "N": (13, 50, 70, 53, 20), "S": (9, 40, 42, 58, 24), "E": (23, 39, 41, 17, 8), "W": (9, 36, 49, 24, 24),
    "X": (1, 0, 4, 6, 3),
}  # fmt: skip
PLAIN = {
    "q=1": ["", "", "A B D", ""], "q=2": ["", "", "", ""], "q=3": ["B", "", "", "B"], "q=4": ["C d", "a C D", "", ""],
    "q=5": ["", "C", "", "A C"], "q:top": ["C", "A C D", "", "C"], "q:mean": ["C", "a C", "", "C"],
}  # fmt: skip
WEIGHTED = PLAIN | {
    "q=3": ["b", "", "", "b"], "q=4": ["C D", "C D", "", ""], "q:mean": ["C", "C", "", "C"],
}  # fmt: skip
N_EFF = {"N": 183.316817, "S": 154.395632, "E": 114.056941, "W": 126.641398}
ORDER = ("N", "S", "E", "W", "X")


def rows() -> pd.DataFrame:
    made = [(g, k + 1) for g, counts in COUNTS.items() for k, n in enumerate(counts) for _ in range(n)]
    frame = pd.DataFrame(made, columns=["region", "q"])
    frame["w"] = [round(0.4 + ((i * 37) % 101) / 84, 4) for i in range(len(frame))]
    return frame


@pytest.mark.parametrize(("weight", "letters"), [(None, PLAIN), ("w", WEIGHTED)])
def test_letters_are_those_of_r(weight: str | None, letters: dict[str, list[str]]) -> None:
    asked = Questionnaire.from_text(QUESTIONNAIRE)
    data = read(rows(), asked, weight=weight) if weight else read(rows().drop(columns="w"), asked)
    table = analyse(data, "banner", rows=["q"], banner=["region"]).tidy().set_index(["term", "group"])
    found = {}
    for term in letters:
        cells = [table.loc[(term, f"region={g}"), "letters"] for g in ORDER]
        found[term] = cells
        assert found[term].pop() == ""  # fourteen people: marked, not tested
        assert table.loc[(term, "region=X"), "remark"] == "small_base"
        assert table.loc[(term, ""), "n"] == sum(map(sum, COUNTS.values()))
        assert [table.loc[(term, f"region={g}"), "n"] for g in ORDER] == [sum(COUNTS[g]) for g in ORDER]
    assert found == letters
    if weight:
        for group, n in N_EFF.items():
            assert table.loc[("q:mean", f"region={group}"), "n_eff"] == pytest.approx(n, abs=1e-6)
