"""Scores under a survey design: R survey 4.1.1 on the California school data, and what must hold anywhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import read
from surveykit.scoring import score

RNG = np.random.Generator(np.random.Philox(key=12))


@pytest.fixture(scope="module")
def one_stage(shared_data):
    frame = pd.read_csv(shared_data("apiclus1.csv"), na_values=["NA", ""])
    frame["recommend"] = np.floor(frame.api00 / 91)
    return frame


@pytest.fixture(scope="module")
def stratified(shared_data):
    return pd.read_csv(shared_data("apistrat.csv"), na_values=["NA", ""])


def clustered(n=240, clusters=12):
    """Answers that are alike within clusters, clusters in two strata."""
    cluster = np.repeat(np.arange(clusters), n // clusters)
    level = RNG.normal(0, 1.5, clusters)[cluster]
    return pd.DataFrame(
        {
            "recommend": np.clip(np.rint(7 + level + RNG.normal(0, 2, n)), 0, 10),
            "sat": np.clip(np.rint(3.5 + level / 2 + RNG.normal(0, 1, n)), 1, 5),
            "ease": np.clip(np.rint(5 + level + RNG.normal(0, 1, n)), 1, 7),
            "cluster": cluster,
            "stratum": np.where(cluster < clusters // 2, "north", "south"),
            "group": np.where(np.arange(n) % 3 == 0, "a", "b"),
            "w": RNG.uniform(0.5, 2, n),
        }
    )


def test_nps_of_a_cluster_sample(one_stage):
    """svymean of 100, 0, -100 with confint(df = degf) and deff = "replace"; svyttest with the covariance."""
    data = read(one_stage, weight="pw", clusters="dnum", fpc="fpc")
    (row,) = score(data, "nps", item="recommend").tidy().to_dict("records")
    told = [-41.53005464480875, 12.13317981593181, -67.55313719613230, -15.50697209348521, 7.85287375484554]
    assert [row[k] for k in ("estimate", "se", "low", "high", "deff")] == pytest.approx(told, rel=1e-9)
    assert row["method"] == "design_t"
    assert row["n_eff"] == pytest.approx(183 / told[4], rel=1e-9)
    groups = score(data, "nps", item="recommend", by="stype")
    assert groups.tidy()["se"].to_numpy() == pytest.approx(
        [12.0231123844255, 20.0464844104213, 14.2377472874168], rel=1e-9
    )
    pair = groups.tables()["differences"].records()[0]
    assert (pair["first"], pair["second"]) == ("E", "H")
    assert pair["se"] == pytest.approx(15.9931339749436, rel=1e-9)
    assert (pair["statistic"], pair["p"]) == pytest.approx((0.6078997548, 0.55372604), rel=1e-7)
    assert (pair["low"], pair["high"]) == pytest.approx((-24.8288431359, 44.2732875803), rel=1e-9)


def test_shares_means_and_tests_of_stratified_samples(reference, stratified):
    told = {
        c["case"]: c for c in reference("survey")["cases"] if c["call"].startswith("svydesign(id=~1,strata")
    }
    frame = stratified.assign(high=(stratified.api00 > 700).astype(float))
    data = read(frame, weight="pw", strata="stype", fpc="fpc")
    (row,) = score(data, "csat", item="high", top=1, scale=(0, 1)).tidy().to_dict("records")
    assert row["estimate"] == pytest.approx(told["svyciprop_logit"]["est"][0], rel=1e-8)
    assert [row["low"], row["high"]] == pytest.approx(told["svyciprop_logit"]["ci"], rel=1e-8)
    assert row["method"] == "design_logit"
    means = score(data, "mean", items=["api00", "enroll"]).tidy()
    assert means["estimate"].to_numpy() == pytest.approx(told["svymean"]["est"], rel=1e-8)
    assert means["se"].to_numpy() == pytest.approx(told["svymean"]["se"], rel=1e-8)
    by_type = score(data, "mean", items=["api00"], by="stype").tidy()
    assert by_type["se"].to_numpy() == pytest.approx(told["svyby"]["se"], rel=1e-8)
    test = reference("survey_api")["results"]["strat"]["ttest"]
    (pair,) = score(data, "mean", items=["api00"], by="comp.imp").tables()["differences"].records()
    assert (-pair["estimate"], -pair["statistic"], pair["p"]) == pytest.approx(
        (test["diff"], test["t"], test["p"]), rel=1e-9
    )


def test_weights_that_follow_from_population_sizes(reference, shared_data):
    frame = pd.read_csv(shared_data("apiclus2.csv"), na_values=["NA", ""])
    data = read(frame, clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])
    told = reference("survey_api")["results"]["clus2"]["mean_api00"]
    (row,) = score(data, "mean", items=["api00"]).tidy().to_dict("records")
    assert (row["estimate"], row["se"]) == pytest.approx((told["est"], told["se"]), rel=1e-9)


def test_every_metric_is_the_mean_of_what_each_person_has():
    frame = clustered()
    data = read(frame, weight="w", strata="stratum", clusters="cluster")
    sampling = data.sampling()
    asked = {
        "nps": {"item": "recommend"},
        "csat": {"item": "sat", "scale": (1, 5)},
        "ces": {"item": "ease"},
        "mean": {"items": ["sat"]},
        "index": {"items": ["sat", "ease"], "scale": None},
        "loyalty": {"dimensions": {"b": "sat", "a": "recommend"}},
    }
    asked["index"] = {"items": ["sat"], "scale": (1, 5)}
    asked["loyalty"] |= {"scale": (0, 10)}
    for metric, options in asked.items():
        scores = score(data, metric, **options)
        (row, *_) = scores.tidy().to_dict("records")
        people = scores.by_respondent()[row["term"]].to_numpy()
        estimate, spread = sampling.spread_of_mean(people)
        assert row["estimate"] == pytest.approx(estimate, rel=1e-10), metric
        assert row["se"] == pytest.approx(sampling.variance(spread) ** 0.5, rel=1e-10), metric
        assert row["deff"] > 1.5, metric  # people of one cluster are alike
        assert row["df"] == 10, metric
        assert row["low"] < row["estimate"] < row["high"], metric


def test_a_row_as_its_own_cluster_changes_next_to_nothing():
    """Without anything to learn from the design, its errors are those of the weights (to order 1/n)."""
    frame = clustered().assign(row=np.arange(240))
    plain = score(read(frame), "mean", items=["sat"]).tidy()
    designed = score(read(frame, clusters="row"), "mean", items=["sat"]).tidy()
    assert designed["se"][0] == pytest.approx(plain["se"][0], rel=1e-12)
    assert designed[["low", "high"]].to_numpy() == pytest.approx(plain[["low", "high"]].to_numpy(), rel=1e-12)


def test_clusters_cover_what_weights_alone_miss():
    """Over 300 samples of 12 clusters the design's 95 % interval covers, that of single rows does not."""
    from surveykit.intervals import t_value
    from surveykit.sampling import Sampling, mean

    hits = {"design": 0, "rows": 0}
    cluster = np.repeat(np.arange(12), 10)
    designs = {"design": Sampling.of(120, clusters=[cluster]), "rows": Sampling.of(120)}
    for _ in range(300):
        x = RNG.normal(0, 1, 12)[cluster] + RNG.normal(0, 1, 120)
        for name, sampling in designs.items():
            found = mean(sampling, x)
            hits[name] += bool(abs(found.estimate[0]) <= t_value(0.95, found.df) * found.se[0])
    assert hits["design"] / 300 > 0.91
    assert hits["rows"] / 300 < 0.75


def test_everybody_alike_and_groups_within_one_cluster():
    frame = clustered().assign(recommend=10.0)
    (row,) = score(read(frame, clusters="cluster"), "nps", item="recommend").tidy().to_dict("records")
    assert (row["estimate"], row["method"]) == (100.0, "adjusted_wald")
    assert row["low"] < 100
    frame = clustered().assign(group=lambda f: np.where(f.cluster == 0, "a", "b"))
    rows = score(read(frame, clusters="cluster"), "nps", item="recommend", by="group").tidy()
    assert np.isnan(rows[["se", "low", "high", "n_eff"]].to_numpy()[0]).all()
    assert rows["remark"].tolist() == ["one_cluster", ""]
    assert not np.isnan(rows["estimate"][0])


def test_replicate_weights_reach_scores():
    frame = clustered()
    from surveykit.sampling import Sampling, jackknife

    made = jackknife(Sampling.of(240, clusters=[frame.cluster]))
    names = [f"rw{i}" for i in range(12)]
    frame[names] = made.replicates
    data = read(frame.assign(one=1.0), weight="one", replicates=names, replicate_kind="jk1")
    (row,) = score(data, "mean", items=["sat"]).tidy().to_dict("records")
    theta = frame.sat.to_numpy() @ made.replicates / made.replicates.sum(axis=0)
    assert row["se"] == pytest.approx(np.sqrt(11 / 12 * ((theta - theta.mean()) ** 2).sum()), rel=1e-10)
    assert row["df"] == 11
    assert "replicate weights" in score(data, "mean", items=["sat"]).notes()[0]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"strata": "stratm"}, "NO_COLUMN"),
        ({"strata": "lonely"}, "LONELY_STRATUM"),
        ({"strata": "group", "clusters": "cluster"}, "CLUSTER_IN_TWO_STRATA"),
        ({"fpc": "stratum"}, "DESIGN"),
        ({"strata": "stratum", "replicates": ["w"]}, "DESIGN"),
        ({"replicates": ["w"]}, "DESIGN"),
        ({"strata": "gaps"}, "DESIGN"),
    ],
)
def test_designs_that_cannot_be(options, code):
    frame = clustered().assign(lonely="a", gaps="a")
    frame.loc[0, "lonely"], frame.loc[0, "gaps"] = "b", None
    with pytest.raises(SurveykitError) as raised:
        read(frame, **options)
    assert raised.value.code == code


@pytest.mark.parametrize("engine", ["pandas", "polars", "duckdb"])
def test_the_design_is_the_same_on_every_engine(engine, tmp_path):
    frame = clustered()
    frame.to_csv(tmp_path / "answers.csv", index=False)
    data = read(tmp_path / "answers.csv", weight="w", strata="stratum", clusters="cluster", engine=engine)
    row = score(data, "nps", item="recommend", by="group").tidy()
    direct = score(
        read(frame, weight="w", strata="stratum", clusters="cluster"), "nps", item="recommend", by="group"
    ).tidy()
    assert row["se"].to_numpy() == pytest.approx(direct["se"].to_numpy(), rel=1e-10)
