"""A study with strata and clusters: the report says so in both languages, with the design effect behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.responses import read
from surveykit.scoring import score
from surveykit.study import report_of

RNG = np.random.Generator(np.random.Philox(key=3))


def answers():
    cluster = np.repeat(np.arange(10), 20)
    level = RNG.normal(0, 1.5, 10)[cluster]
    recommend = np.clip(np.rint(7 + level + RNG.normal(0, 1.5, 200)), 0, 10)
    return pd.DataFrame({"recommend": recommend, "town": cluster, "area": np.where(cluster < 5, "n", "s")})


@pytest.mark.parametrize(
    ("drawn", "en", "zh"),
    [
        ({"strata": "area", "clusters": "town"}, "10 clusters in 2 strata", "共2层、10个群"),
        ({"clusters": "town"}, "10 clusters, no strata", "10个群，未分层"),
        ({"strata": "area"}, "drawn within 2 strata", "在2层内抽取"),
    ],
)
def test_the_design_is_said(drawn, en, zh):
    data = read(answers(), "nps", **drawn)
    scores = score(data, "nps")
    row = scores.tidy().to_dict("records")[0]
    for language, words in (("en", en), ("zh", zh)):
        document = report_of(data, scores, language=language)
        (finding,) = (f for f in document.findings if f.id == "sample.design")
        text = finding.text(language)
        assert words in text
        assert f"{row['deff']:.2f}" in text
        method = {"en": "Taylor-linearised", "zh": "泰勒线性化"}[language]
        assert method in document.html()


def test_without_a_design_nothing_is_said():
    data = read(answers(), "nps")
    report = report_of(data, score(data, "nps"))
    assert not [f for f in report.findings if f.id == "sample.design"]
    assert "Taylor-linearised" not in report.html()
