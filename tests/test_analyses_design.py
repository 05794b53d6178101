"""Regression under a survey design against R survey's svyglm and replicate weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses import analyse
from surveykit.responses import read
from surveykit.sampling import Sampling, jackknife

PREDICTORS = ["ell", "meals", "mobility"]
DRAWN = {
    "apistrat.csv": {"weight": "pw", "strata": "stype", "fpc": "fpc"},
    "apiclus1.csv": {"weight": "pw", "clusters": "dnum", "fpc": "fpc"},
    "apiclus2.csv": {"clusters": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]},
}


@pytest.mark.parametrize("name", DRAWN)
def test_coefficients_errors_and_tests_are_those_of_svyglm(reference, shared_data, name):
    designs = {"apistrat.csv": "strat", "apiclus1.csv": "clus1", "apiclus2.csv": "clus2"}
    told = reference("survey_api")["results"][designs[name]]["glm_gauss"]
    frame = pd.read_csv(shared_data(name), na_values=["NA", ""])
    found = analyse(read(frame, **DRAWN[name]), "regression", outcome="api00", predictors=PREDICTORS)
    table = found.tidy()
    for column, theirs in (
        ("estimate", "Estimate"),
        ("se", "Std. Error"),
        ("t", "t value"),
        ("p", "Pr(>|t|)"),
    ):
        assert table[column].to_numpy() == pytest.approx([r[theirs] for r in told], rel=1e-8), column
    assert found.facts["se_type"] == "design"
    assert not [c for c in found.checks if c.code == "DESIGN_UNUSED"]


def test_replicate_weights_reach_the_coefficients():
    rng = np.random.Generator(np.random.Philox(key=2))
    cluster = np.repeat(np.arange(20), 10)
    x = rng.normal(size=200)
    y = 2 + x + rng.normal(size=20)[cluster] + rng.normal(size=200)
    made = jackknife(Sampling.of(200, clusters=[cluster]))
    names = [f"r{i}" for i in range(20)]
    frame = pd.DataFrame(made.replicates, columns=names).assign(one=1.0, x=x, y=y, cluster=cluster)
    columns = np.column_stack([np.ones(200), x])
    betas = made.estimates(lambda w: np.linalg.solve((columns.T * w) @ columns, (columns.T * w) @ y))
    told = np.sqrt((19 / 20) * ((betas - betas.mean(axis=0)) ** 2).sum(axis=0))
    drawn = read(frame, weight="one", replicates=names, replicate_kind="jk1")
    found = analyse(drawn, "regression", outcome="y", predictors=["x"]).tidy()
    assert found["se"].to_numpy() == pytest.approx(told, rel=1e-9)
    linear = analyse(read(frame, clusters="cluster"), "regression", outcome="y", predictors=["x"]).tidy()
    assert found["se"].to_numpy() == pytest.approx(linear["se"].to_numpy(), rel=0.1)


def test_a_group_is_a_domain_of_the_whole_sample():
    rng = np.random.Generator(np.random.Philox(key=3))
    frame = pd.DataFrame({"x": rng.normal(size=120), "cluster": np.repeat(np.arange(12), 10)})
    frame["y"] = frame.x + rng.normal(size=120)
    frame["group"] = np.where(np.arange(120) % 2 == 0, "a", "b")
    by = analyse(
        read(frame, clusters="cluster"), "regression", outcome="y", predictors=["x"], by="group"
    ).tidy()
    inside = (frame.group == "a").to_numpy()
    from surveykit.sampling import regression

    s = Sampling.of(120, clusters=[frame.cluster])
    y = np.where(inside, frame.y, np.nan)
    told = regression(s, y, np.column_stack([np.ones(120), frame.x]))
    assert by[by.group == "a"]["se"].to_numpy() == pytest.approx(told.se, rel=1e-9)
