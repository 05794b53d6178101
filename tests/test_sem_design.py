"""A fit takes the weights and clusters that its answers were read with, or says that it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import read
from surveykit.sem import fit

MODEL = "a =~ x1 + x2 + x3"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    school = np.repeat(np.arange(30), 10)
    factor = rng.normal(size=300) + 0.7 * rng.normal(size=30)[school]
    items = {f"x{i}": 0.8 * factor + rng.normal(size=300) for i in (1, 2, 3)}
    return pd.DataFrame({**items, "w": rng.uniform(0.5, 2, 300), "school": school, "area": school % 3})


def test_weights_of_the_answers_are_sampling_weights(frame) -> None:
    by_design = fit(MODEL, read(frame, weight="w"))
    by_name = fit(MODEL, read(frame), sampling_weights="w")
    np.testing.assert_allclose(by_design.theta, by_name.theta)
    np.testing.assert_allclose(by_design.vcov, by_name.vcov)
    assert any("weights w" in note for note in by_design.notes())
    assert "DESIGN_UNUSED" not in {c.code for c in by_design.checks}


def test_clusters_of_the_answers_widen_the_errors(frame) -> None:
    clustered = fit(MODEL, read(frame, clusters="school"))
    by_name = fit(MODEL, read(frame), cluster="school")
    np.testing.assert_allclose(clustered.vcov, by_name.vcov)
    plain = fit(MODEL, frame)
    variance = plain.table.names().index("a~~a")
    assert clustered.vcov[variance, variance] > plain.vcov[variance, variance]


@pytest.mark.parametrize(
    "options", [{"method": "pls", "bootstrap": 50}, {"method": "gls"}, {"bootstrap": 20}]
)
def test_what_does_not_know_the_design_says_so(frame, options) -> None:
    if options.get("method") == "pls":
        frame = frame.rename(columns={"x3": "y"})
        found = fit("a =~ x1 + x2\ny ~ a", read(frame, weight="w", clusters="school"), **options)
    else:
        found = fit(MODEL, read(frame, weight="w", clusters="school"), **options)
    check = next(c for c in found.checks if c.code == "DESIGN_UNUSED")
    assert check.about == ("weights", "clusters")
    assert "权重、整群" in check.text("zh")


def test_strata_of_the_answers_are_taken(frame) -> None:
    found = fit(MODEL, read(frame, weight="w", clusters="school", strata="area"))
    by_name = fit(MODEL, read(frame), sampling_weights="w", cluster="school", strata="area")
    np.testing.assert_allclose(found.vcov, by_name.vcov)
    assert "DESIGN_UNUSED" not in {c.code for c in found.checks}
    assert any("strata area" in note for note in found.notes())


def test_the_middle_of_the_sandwich_is_centred_by_stratum(frame) -> None:
    # a regression with weights: its scores by hand, summed by cluster, about the mean of each stratum
    found = fit(
        "x1 ~ x2 + x3", frame, sampling_weights="w", cluster="school", strata="area", meanstructure=True
    )
    w = frame["w"].to_numpy() / frame["w"].mean()
    X = np.column_stack([np.ones(len(frame)), frame["x2"], frame["x3"]])
    bread = np.linalg.inv(X.T @ (X * w[:, None]))
    b = bread @ X.T @ (w * frame["x1"].to_numpy())
    scores = X * (w * (frame["x1"].to_numpy() - X @ b))[:, None]
    middle = np.zeros((3, 3))
    for _, part in frame.groupby("area"):
        sums = np.array([scores[rows.index].sum(axis=0) for _, rows in part.groupby("school")])
        about = sums - sums.mean(axis=0)
        middle += len(sums) / (len(sums) - 1) * about.T @ about
    by_hand = np.sqrt(np.diagonal(bread @ middle @ bread))
    rows = found.tidy().set_index(["lhs", "op", "rhs"])
    ours = [
        rows.loc[("x1", "~1", ""), "se"],
        rows.loc[("x1", "~", "x2"), "se"],
        rows.loc[("x1", "~", "x3"), "se"],
    ]
    np.testing.assert_allclose(ours, by_hand, rtol=1e-8)


def test_strata_are_those_of_the_survey_package(shared_data) -> None:
    # svyglm(api00 ~ ell + meals, svydesign(id = ~1, strata = ~stype, weights = ~pw)), survey 4.1
    frame = pd.read_csv(shared_data("apistrat.csv"))[["api00", "ell", "meals", "pw", "stype"]]
    found = fit("api00 ~ ell + meals", frame, sampling_weights="pw", strata="stype", meanstructure=True)
    rows = found.tidy().set_index(["op", "rhs"])
    assert rows.loc[("~1", ""), "se"].max() == pytest.approx(8.8946740562, rel=1e-8)
    assert rows.loc[("~", "ell"), "se"] == pytest.approx(0.3935903243, rel=1e-8)
    assert rows.loc[("~", "meals"), "se"] == pytest.approx(0.2799665549, rel=1e-8)


def test_strata_clusters_and_weights_are_those_of_lavaan_survey(shared_data) -> None:
    # Γ of the second moments by survey 4.1 (svymean of the products, clusters within strata), given to lavaan 0.6-14 as
    # NACOV with se = "robust.sem" and test = "satorra.bentler": what lavaan.survey does
    frame = pd.read_csv(shared_data("HS1939_weights_clusters.csv"))
    found = fit(
        "f1 =~ x1 + x2 + x3\nf2 =~ x4 + x5 + x6",
        frame,
        sampling_weights="w",
        cluster="clus",
        strata="sex01",
        se="robust_sem",
        test="satorra_bentler",
        information="expected",
        meanstructure=False,
    )
    se = found.tidy()["se"]
    assert se.iloc[[1, 2, 4, 6, 14]].tolist() == pytest.approx(
        [0.150828068, 0.171419544, 0.072844582, 0.158105306, 0.072128012], rel=2e-6
    )
    assert found.measures["chisq"] == pytest.approx(22.88824626, rel=1e-8)
    assert found.measures["chisq_scaled"] == pytest.approx(18.14496707, rel=1e-6)


def test_a_stratum_of_one_cluster_is_refused(frame) -> None:
    alone = frame.assign(area=np.where(frame["school"] == 0, 9, frame["area"]))
    with pytest.raises(SurveykitError) as caught:
        fit(MODEL, alone, cluster="school", strata="area")
    assert caught.value.code == "LONELY_STRATUM"


def test_a_weight_must_be_a_number(frame) -> None:
    for value, word in ((np.nan, "missing"), (-1.0, "negative")):
        weights = frame["w"].copy()
        weights[7] = value
        with pytest.raises(SurveykitError) as caught:
            fit(MODEL, frame.assign(w=weights), sampling_weights="w")
        assert word in caught.value.what
        assert caught.value.got == "rows 8"


def test_rows_without_a_group_or_any_answer_are_counted(frame) -> None:
    halves = np.where(np.arange(300) < 150, "a", "b").astype(object)
    halves[:10] = None
    found = fit(MODEL, frame.assign(g=halves), group="g")
    check = next(c for c in found.checks if c.code == "GROUP_MISSING")
    assert check.values["rows"] == 10
    assert found.n == 290
    empty = frame.copy()
    empty.loc[:19, ["x1", "x2", "x3"]] = np.nan
    partly = fit(MODEL, empty)
    assert (partly.n, partly.n_total) == (280, 300)
    assert "280 of 300" in partly.notes()[0]
